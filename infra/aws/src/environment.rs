//! Configuration from the environment. Each function reads what it uses and nothing more.

use std::fmt;

use base64::{Engine as _, prelude::BASE64_STANDARD};

use crate::limits::Limits;

/// The name of the table of commits and claims.
pub const EVENTS_TABLE: &str = "EVENTS_TABLE";
/// The name of the table of view rows.
pub const VIEWS_TABLE: &str = "VIEWS_TABLE";
/// The name of the table of rate limits.
pub const LIMITS_TABLE: &str = "LIMITS_TABLE";
/// What a client may ask for where nothing else was set for its tenant; see [`Limits`](crate::limits::Limits).
pub const RATE_LIMITS: &str = "RATE_LIMITS";
/// The name of the table of the feed.
pub const FEED_TABLE: &str = "FEED_TABLE";
/// The URL of the queue of provisioning steps.
pub const STEPS_QUEUE_URL: &str = "STEPS_QUEUE_URL";
/// The URL of the queue of replays.
pub const REPLAYS_QUEUE_URL: &str = "REPLAYS_QUEUE_URL";
/// The name of the table of imports.
pub const IMPORTS_TABLE: &str = "IMPORTS_TABLE";
/// The URL of the queue of imports.
pub const IMPORTS_QUEUE_URL: &str = "IMPORTS_QUEUE_URL";
/// The name of the table of what became of webhooks.
pub const WEBHOOKS_TABLE: &str = "WEBHOOKS_TABLE";
/// The URL of the queue of deliveries to webhooks.
pub const DELIVERIES_QUEUE_URL: &str = "DELIVERIES_QUEUE_URL";
/// A [`KeyRing`]: derives the secrets that webhooks are signed with.
pub const WEBHOOK_KEY: &str = "WEBHOOK_KEY";
/// 32 bytes: keys the hashes under which e-mail addresses and user names are claimed. The one key that
/// cannot be rotated: under another key every claim that was ever made would be out of sight, and addresses could
/// be given twice. To change it, export the events and import them into an empty store, which keys the claims anew.
pub const CLAIM_KEY: &str = "CLAIM_KEY";
/// A [`KeyRing`]: derives the tokens in confirmation links.
pub const CONFIRMATION_KEY: &str = "CONFIRMATION_KEY";
/// A [`KeyRing`]: signs the cursors of lists.
pub const CURSOR_KEY: &str = "CURSOR_KEY";
/// Where confirmation links lead; the token is appended.
pub const CONFIRMATION_LINK: &str = "CONFIRMATION_LINK";
/// The address that mails come from.
pub const MAIL_FROM: &str = "MAIL_FROM";
/// What carries mails: `ses`, `smtp` or `outbox`.
pub const MAIL_TRANSPORT: &str = "MAIL_TRANSPORT";
/// For `outbox`: a folder that mails are written to.
pub const MAIL_OUTBOX: &str = "MAIL_OUTBOX";
/// For `smtp`: the server, with credentials in it; see [`Smtp::at`](crate::mail::Smtp::at).
pub const SMTP_URL: &str = "SMTP_URL";
/// For `ses`, optional: the configuration set that publishes bounces and complaints.
pub const SES_CONFIGURATION_SET: &str = "SES_CONFIGURATION_SET";

/// What the function is called; Lambda sets it.
pub const FUNCTION_NAME: &str = "AWS_LAMBDA_FUNCTION_NAME";
/// Which version of the function runs; Lambda sets it.
pub const FUNCTION_VERSION: &str = "AWS_LAMBDA_FUNCTION_VERSION";
/// Optional: where spans are sent to, if the functions are built with the feature `otel`.
pub const OTLP_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// What a function may be given and does without: mails go out with no configuration set, but nothing is heard of them
/// again; logs begin at `info`; traces are exported nowhere.
pub const OPTIONAL: [&str; 3] = [SES_CONFIGURATION_SET, "RUST_LOG", OTLP_ENDPOINT];

/// A setting is missing or cannot be read. Its value is not shown: it may be a secret.
#[derive(Debug, thiserror::Error)]
pub enum BadSetting {
    #[error("set the environment variable {0}")]
    Missing(&'static str),
    #[error("the environment variable {0} is not 32 bytes, in base64 or as 64 hexadecimal digits")]
    NotAKey(&'static str),
    #[error(
        "the environment variable {0} is not one key, or two with a comma between them, each 32 bytes, in base64 or as 64 \
         hexadecimal digits"
    )]
    NotAKeyRing(&'static str),
    #[error("the environment variable {name} is not {expected}")]
    Unusable {
        name: &'static str,
        /// What it should be, with an example.
        expected: &'static str,
    },
}

/// # Errors
/// [`BadSetting::Missing`].
pub fn text(name: &'static str) -> Result<String, BadSetting> {
    std::env::var(name).map_err(|_| BadSetting::Missing(name))
}

/// # Errors
/// [`BadSetting::Missing`], [`BadSetting::NotAKey`].
pub fn key(name: &'static str) -> Result<SecretKey, BadSetting> {
    SecretKey::parse(&text(name)?).ok_or(BadSetting::NotAKey(name))
}

/// # Errors
/// [`BadSetting::Missing`], [`BadSetting::NotAKeyRing`].
pub fn keys(name: &'static str) -> Result<KeyRing, BadSetting> {
    KeyRing::parse(&text(name)?).ok_or(BadSetting::NotAKeyRing(name))
}

/// # Errors
/// [`BadSetting::Missing`], [`BadSetting::Unusable`].
pub fn limits(name: &'static str) -> Result<Limits, BadSetting> {
    let expected = "commands=1200/60,queries=6000/60,shut-offs=1200/60, each with 10 to 1000000 requests in 10 to \
                    3600 seconds";
    text(name)?.parse().map_err(|_| BadSetting::Unusable { name, expected })
}

/// 32 secret bytes. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretKey([u8; 32]);

impl SecretKey {
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Base64, or 64 hexadecimal digits, which Secrets Manager draws. Neither can be taken for the other: 64
    /// characters of base64 are 48 bytes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let bytes = hexadecimal(text).or_else(|| BASE64_STANDARD.decode(text).ok())?;
        bytes.try_into().ok().map(Self)
    }

    #[must_use]
    pub fn to_base64(&self) -> String {
        BASE64_STANDARD.encode(self.0)
    }

    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// The bytes of 64 digits.
fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(16)).collect();
    let pairs = digits.filter(|digits| digits.len() == 64)?;
    Some(pairs.chunks(2).map(|pair| (pair[0] << 4 | pair[1]) as u8).collect())
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

/// A key, and during a rotation another one: `{key}` or `{key},{other}`. Whatever is new is made
/// with the first; what was made with either is good.
///
/// So that nobody ever meets what was made with a key that they do not know, a rotation takes three deployments:
/// `old,new`, then `new,old`, then, when nothing of the old key is out any more, `new`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRing {
    pub current: SecretKey,
    pub other: Option<SecretKey>,
}

impl KeyRing {
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once(',') {
            None => SecretKey::parse(text).map(Self::from),
            Some((current, other)) => {
                let (current, other) = (SecretKey::parse(current)?, SecretKey::parse(other)?);
                (current != other).then_some(Self { current, other: Some(other) })
            }
        }
    }

    #[must_use]
    pub fn to_text(&self) -> String {
        self.all().map(SecretKey::to_base64).collect::<Vec<_>>().join(",")
    }

    /// The first one first.
    pub fn all(&self) -> impl Iterator<Item = &SecretKey> {
        [&self.current].into_iter().chain(&self.other)
    }
}

impl From<SecretKey> for KeyRing {
    fn from(current: SecretKey) -> Self {
        Self { current, other: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_has_one_key_or_two_that_differ() {
        let (old, new) = (SecretKey::new([7; 32]), SecretKey::new([8; 32]));
        let ring = KeyRing { current: new.clone(), other: Some(old.clone()) };
        assert_eq!(KeyRing::parse(&ring.to_text()), Some(ring.clone()));
        assert_eq!(
            KeyRing::parse(&format!(" {} , {}\n", new.to_base64(), old.to_base64())),
            Some(ring.clone())
        );
        assert_eq!(ring.all().collect::<Vec<_>>(), [&new, &old]);
        assert_eq!(KeyRing::parse(&old.to_base64()), Some(old.clone().into()));
        let [old, new] = [old, new].map(|key| key.to_base64());
        for text in [
            "",
            ",",
            "?",
            &format!("{old},"),
            &format!(",{old}"),
            &format!("{old},{old}"),
            &format!("{old},{new},{old}"),
            &format!("{old} {new}"),
        ] {
            assert_eq!(KeyRing::parse(text), None, "{text}");
        }
        assert!(!format!("{ring:?}").contains(&old));
    }

    #[test]
    fn a_key_is_32_bytes_and_is_not_shown() {
        let key = SecretKey::new([7; 32]);
        assert_eq!(SecretKey::parse(&key.to_base64()), Some(key.clone()));
        assert_eq!(SecretKey::parse(&"07".repeat(32)), Some(key.clone()));
        assert_eq!(SecretKey::parse(&" fF".repeat(32).replace(' ', "")), Some(SecretKey::new([255; 32])));
        for no_key in ["c2hvcnQ=", "?", "", &"07".repeat(31), &"07".repeat(33), &"0g".repeat(32)] {
            assert_eq!(SecretKey::parse(no_key), None, "{no_key}");
        }
        assert_eq!(format!("{key:?}"), "SecretKey(…)");
    }

    #[test]
    fn a_missing_setting_is_named() {
        let error = text("ROLLCALL_NO_SUCH_SETTING").unwrap_err();
        assert_eq!(error.to_string(), "set the environment variable ROLLCALL_NO_SUCH_SETTING");
    }
}
