//! Configuration from the environment. Each function reads what it uses and nothing more.

use std::fmt;

use base64::{Engine as _, prelude::BASE64_STANDARD};

/// The name of the table of commits and claims.
pub const EVENTS_TABLE: &str = "EVENTS_TABLE";
/// The name of the table of view rows.
pub const VIEWS_TABLE: &str = "VIEWS_TABLE";
/// The URL of the queue of provisioning steps.
pub const STEPS_QUEUE_URL: &str = "STEPS_QUEUE_URL";
/// The URL of the queue of replays.
pub const REPLAYS_QUEUE_URL: &str = "REPLAYS_QUEUE_URL";
/// 32 bytes, base64: keys the hashes under which e-mail addresses and user names are claimed.
pub const CLAIM_KEY: &str = "CLAIM_KEY";
/// 32 bytes, base64: derives the tokens in confirmation links.
pub const CONFIRMATION_KEY: &str = "CONFIRMATION_KEY";
/// 32 bytes, base64: signs the cursors of lists.
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

/// A setting is missing or cannot be read. Its value is not shown: it may be a secret.
#[derive(Debug, thiserror::Error)]
pub enum BadSetting {
    #[error("set the environment variable {0}")]
    Missing(&'static str),
    #[error("the environment variable {0} is not 32 bytes in base64")]
    NotAKey(&'static str),
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
    SecretKey::from_base64(&text(name)?).ok_or(BadSetting::NotAKey(name))
}

/// 32 secret bytes. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretKey([u8; 32]);

impl SecretKey {
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    #[must_use]
    pub fn from_base64(text: &str) -> Option<Self> {
        BASE64_STANDARD.decode(text.trim()).ok()?.try_into().ok().map(Self)
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

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_32_bytes_and_is_not_shown() {
        let key = SecretKey::new([7; 32]);
        assert_eq!(SecretKey::from_base64(&key.to_base64()), Some(key.clone()));
        assert_eq!(SecretKey::from_base64("c2hvcnQ="), None);
        assert_eq!(SecretKey::from_base64("?"), None);
        assert_eq!(format!("{key:?}"), "SecretKey(…)");
    }

    #[test]
    fn a_missing_setting_is_named() {
        let error = text("ROLLCALL_NO_SUCH_SETTING").unwrap_err();
        assert_eq!(error.to_string(), "set the environment variable ROLLCALL_NO_SUCH_SETTING");
    }
}
