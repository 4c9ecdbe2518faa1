use std::{fmt, str::FromStr};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use event_store::StreamId;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// What is delivered; written as the `webhook-id` of all tries at it. It says itself what it is about, so that it can be
/// delivered again although nothing was kept of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// An event: of which stream of the tenant, in which commit, at which place in it, from 1.
    Event { kind: String, id: String, commit: u64, place: u64 },
    /// Somebody tries the webhook out.
    Test { id: String },
}

/// A text names no delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it names no delivery")]
pub struct NoDelivery;

const PREFIX: &str = "msg_";
/// Of streams there is none.
const TEST: &str = "test";
/// Longer texts are not looked at.
const MAX_LENGTH: usize = 2_048;

impl Delivery {
    /// An event of a stream.
    #[must_use]
    pub fn of(stream: &StreamId, commit: u64, place: u64) -> Self {
        Self::Event { kind: stream.kind().into(), id: stream.id().into(), commit, place }
    }
}

impl fmt::Display for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = match self {
            Self::Event { kind, id, commit, place } => format!("{kind}/{commit}/{place}/{id}"),
            Self::Test { id } => format!("{TEST}/{id}"),
        };
        write!(f, "{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(said))
    }
}

impl FromStr for Delivery {
    type Err = NoDelivery;

    fn from_str(text: &str) -> Result<Self, NoDelivery> {
        let read = read(text).ok_or(NoDelivery)?;
        // One text for one delivery.
        if read.to_string() == text { Ok(read) } else { Err(NoDelivery) }
    }
}

fn read(text: &str) -> Option<Delivery> {
    let said = text.strip_prefix(PREFIX).filter(|_| text.len() <= MAX_LENGTH)?;
    let said = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(said).ok()?).ok()?;
    let (kind, rest) = said.split_once('/')?;
    if kind == TEST {
        return Some(Delivery::Test { id: rest.into() });
    }
    let mut parts = rest.splitn(3, '/');
    let (commit, place, id) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?);
    (commit > 0 && place > 0).then(|| Delivery::Event { kind: kind.into(), id: id.into(), commit, place })
}

impl Serialize for Delivery {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Delivery {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_says_what_it_is_about() {
        let stream = StreamId::new("acme", "role", "a/b").unwrap();
        for delivery in [Delivery::of(&stream, 7, 2), Delivery::Test { id: "1".into() }] {
            let text = delivery.to_string();
            assert_eq!(text.parse(), Ok(delivery));
            assert!(text.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c)), "{text}");
        }
    }

    #[test]
    fn what_is_no_delivery_names_none() {
        let encoded = |said: &str| format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(said));
        for said in
            ["", "user", "user/1", "user/1/1", "user/0/1/a", "user/1/0/a", "user/-1/1/a", "user/01/1/a"]
        {
            assert_eq!(encoded(said).parse::<Delivery>(), Err(NoDelivery), "{said}");
        }
        for text in ["", "msg_", "msg_%", "user/1/1/a", &format!("msg_{}", "a".repeat(10_000))] {
            assert_eq!(text.parse::<Delivery>(), Err(NoDelivery), "{text}");
        }
    }
}
