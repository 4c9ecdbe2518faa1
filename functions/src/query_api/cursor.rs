//! Where a list goes on: `{version}.{place}.{MAC}`. Good for the list, the tenant and the question that it came
//! from, and made by nobody else: it names a place in an index, which must not be a caller's to choose.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::TenantId;
use hmac::{Hmac, KeyInit as _, Mac as _};
use infra_aws::environment::{KeyRing, SecretKey};
use serde_json::json;
use sha2::Sha256;

use crate::http::{Kind, Problem};

/// Of the format.
const VERSION: &str = "1";
/// A place has at most 549 bytes. Longer texts are no cursors of ours and are not looked at.
const MAX_LENGTH: usize = 1_024;

/// Writes cursors and knows its own.
#[derive(Clone, Debug)]
pub struct Cursors {
    keys: KeyRing,
}

/// What a cursor is good for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'a> {
    pub tenant: &'a TenantId,
    /// Which list.
    pub list: &'static str,
    /// Everything that decides what is in it, and in which order; the same text for the same question.
    pub asked: &'a str,
}

impl Cursors {
    #[must_use]
    pub fn new(keys: impl Into<KeyRing>) -> Self {
        Self { keys: keys.into() }
    }

    pub(crate) fn write(&self, question: Question<'_>, place: &str) -> String {
        let mac = mac(&self.keys.current, question, place).finalize().into_bytes();
        let mac = BASE64_URL_SAFE_NO_PAD.encode(mac);
        format!("{VERSION}.{}.{mac}", BASE64_URL_SAFE_NO_PAD.encode(place))
    }

    /// The place that a cursor leads to.
    pub(crate) fn read(&self, question: Question<'_>, text: &str) -> Result<String, Problem> {
        self.place(question, text).ok_or_else(|| {
            Problem::new(Kind::INVALID_PARAMETER, "The cursor is not one of this list; begin without one.")
        })
    }

    fn place(&self, question: Question<'_>, text: &str) -> Option<String> {
        if text.len() > MAX_LENGTH {
            return None;
        }
        let (place, mac) = text.strip_prefix(VERSION)?.strip_prefix('.')?.split_once('.')?;
        let place = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(place).ok()?).ok()?;
        let tag = BASE64_URL_SAFE_NO_PAD.decode(mac).ok()?;
        let is_ours = self.keys.all().any(|key| self::mac(key, question, &place).verify_slice(&tag).is_ok());
        is_ours.then_some(place)
    }
}

fn mac(key: &SecretKey, question: Question<'_>, place: &str) -> Hmac<Sha256> {
    let Question { tenant, list, asked } = question;
    let mut mac = Hmac::<Sha256>::new_from_slice(key.bytes()).expect("HMAC takes keys of any length");
    // As JSON, so that no part can run into the next.
    mac.update(json!(["cursor", VERSION, list, tenant, asked, place]).to_string().as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(name: &str) -> TenantId {
        TenantId::parse(name).unwrap()
    }

    #[test]
    fn a_cursor_is_good_for_its_own_question_only() {
        let cursors = Cursors::new(SecretKey::new([7; 32]));
        let (acme, globex) = (tenant("acme"), tenant("globex"));
        let own = Question { tenant: &acme, list: "users", asked: "status=active" };
        let cursor = cursors.write(own, "zoë u-1");
        assert_eq!(cursors.read(own, &cursor).unwrap(), "zoë u-1");
        let others = [
            Question { tenant: &globex, ..own },
            Question { list: "roles", ..own },
            Question { asked: "", ..own },
        ];
        for other in others {
            assert_eq!(cursors.read(other, &cursor).unwrap_err().kind, Kind::INVALID_PARAMETER, "{other:?}");
        }
        assert!(Cursors::new(SecretKey::new([8; 32])).read(own, &cursor).is_err());
    }

    #[test]
    fn a_cursor_outlives_the_rotation_of_its_key_until_the_key_is_dropped() {
        let (old, new) = (SecretKey::new([7; 32]), SecretKey::new([8; 32]));
        let acme = tenant("acme");
        let question = Question { tenant: &acme, list: "users", asked: "" };
        let ring = |current: &SecretKey, other: &SecretKey| {
            Cursors::new(KeyRing { current: current.clone(), other: Some(other.clone()) })
        };
        let (before, known, turned) = (Cursors::new(old.clone()), ring(&old, &new), ring(&new, &old));
        let after = Cursors::new(new.clone());
        let (first, last) = (before.write(question, "u-1"), after.write(question, "u-2"));
        assert_eq!(known.write(question, "u-1"), first);
        assert_eq!(turned.write(question, "u-2"), last);
        for cursors in [&known, &turned] {
            assert_eq!(cursors.read(question, &first).unwrap(), "u-1");
            assert_eq!(cursors.read(question, &last).unwrap(), "u-2");
        }
        assert!(after.read(question, &first).is_err());
        assert!(before.read(question, &last).is_err());
    }

    #[test]
    fn a_cursor_with_any_letter_changed_is_refused() {
        let cursors = Cursors::new(SecretKey::new([7; 32]));
        let acme = tenant("acme");
        let question = Question { tenant: &acme, list: "users", asked: "" };
        let cursor = cursors.write(question, "u-1");
        for place in 0..cursor.len() {
            let mut changed = cursor.clone().into_bytes();
            changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert!(cursors.read(question, &changed).is_err(), "{changed}");
            assert!(cursors.read(question, &cursor[..place]).is_err());
        }
    }

    #[test]
    fn a_cursor_of_ones_own_making_is_refused() {
        let cursors = Cursors::new(SecretKey::new([7; 32]));
        let acme = tenant("acme");
        let question = Question { tenant: &acme, list: "users", asked: "" };
        let long = format!("1.{}.AA", "A".repeat(100_000));
        for text in
            ["", "x", "1", "1.", "1..", "1.dS0x.", "2.dS0x.AAAA", "e30", "\u{e9}", "1.%%.%%", long.as_str()]
        {
            assert!(cursors.read(question, text).is_err());
        }
    }
}
