use std::{collections::BTreeSet, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use url::{Host, Url};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{InvalidValue, TenantId};

/// A webhook, for ever: never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WebhookId(Uuid);

/// Where a webhook is sent to.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WebhookUrl(String);

/// Whether a webhook may be sent to the machine that it comes from, without TLS: to try it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loopback {
    Refused,
    Allowed,
}

/// Which types of events somebody wants to be told of; all of them, if none is named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventTypes(BTreeSet<String>);

/// One of the places that a tenant has for webhooks, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Slot(u8);

/// Which key of a ring it is; says nothing of the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyName(String);

/// What names a secret, which itself is stored nowhere: it is derived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret {
    /// From 1, in the webhook.
    pub version: u32,
    /// What it is derived with.
    pub key: KeyName,
}

/// Why nothing is sent any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DisableReason {
    /// Somebody asked for it.
    Asked,
    /// The receiver answered 410 Gone.
    Gone,
    /// Deliveries failed for hours, and none succeeded.
    Failing,
    /// Its secret cannot be derived any more: the key is gone.
    SecretLost,
}

impl WebhookId {
    const NAMESPACE: Uuid = Uuid::from_u128(0x3f0d_61c8_94be_4f02_8a7d_1c55_e9a0_27b3);

    /// The id of the webhook that `command_id` creates in `tenant`: a repeated create meets itself.
    #[must_use]
    pub fn derive(tenant: &TenantId, command_id: &str) -> Self {
        Self(Uuid::new_v5(&Self::NAMESPACE, format!("{tenant}\0{command_id}").as_bytes()))
    }
}

impl FromStr for WebhookId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl fmt::Display for WebhookId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl WebhookUrl {
    pub const MAX_BYTES: usize = 2_048;

    /// The address as it is asked for: in one spelling, without a fragment. Which machine a name leads to is judged when
    /// something is sent.
    ///
    /// # Errors
    /// `webhook-url-too-long` (2048 bytes), `webhook-url-invalid` for what is no address, `webhook-url-not-https`, and
    /// `webhook-url-credentials` for one with a user name or a password in it.
    pub fn parse(text: &str, loopback: Loopback) -> Result<Self, InvalidValue> {
        let invalid = |code, message: &str| InvalidValue::new(code, message);
        if text.len() > Self::MAX_BYTES {
            return Err(invalid("webhook-url-too-long", "the address of a webhook has at most 2048 bytes"));
        }
        let no_address =
            || invalid("webhook-url-invalid", "write an address such as https://example.com/hook");
        let mut url = Url::parse(text).map_err(|_| no_address())?;
        let host = url.host().ok_or_else(no_address)?;
        let is_local = loopback == Loopback::Allowed && is_loopback(&host);
        match url.scheme() {
            "https" => {}
            "http" if is_local => {}
            _ => {
                return Err(invalid(
                    "webhook-url-not-https",
                    "the address of a webhook begins with https://",
                ));
            }
        }
        if !url.username().is_empty() || url.password().is_some() {
            let message = "the address of a webhook has no user name and no password in it";
            return Err(invalid("webhook-url-credentials", message));
        }
        url.set_fragment(None);
        let url = String::from(url);
        if url.len() > Self::MAX_BYTES {
            return Err(invalid("webhook-url-too-long", "the address of a webhook has at most 2048 bytes"));
        }
        Ok(Self(url))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

impl fmt::Debug for WebhookUrl {
    /// Leaves the address out: some receivers have a secret in its path.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookUrl(…)")
    }
}

impl EventTypes {
    /// Types by their names, which are known ones.
    #[must_use]
    pub fn of(types: impl IntoIterator<Item = &'static str>) -> Self {
        Self(types.into_iter().map(Into::into).collect())
    }

    #[must_use]
    pub fn take(&self, event_type: &str) -> bool {
        self.0.is_empty() || self.0.contains(event_type)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl Slot {
    /// A tenant has so many webhooks at most.
    pub const COUNT: u8 = 10;

    /// All of them, the first one first.
    pub fn all() -> impl Iterator<Item = Self> {
        (1..=Self::COUNT).map(Self)
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl KeyName {
    /// The name of a key, of what names it.
    #[must_use]
    pub fn of(digest: &[u8]) -> Self {
        Self(digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect())
    }
}
