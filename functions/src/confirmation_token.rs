//! The token in a confirmation link: `{key id}.{who}.{MAC}`. It is derived, so that every try sends the
//! same link and no secret stands in events, queues or logs; only its hash is stored.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::{TenantId, TokenHash, UserId};
use hmac::{Hmac, KeyInit as _, Mac as _};
use infra_aws::environment::{KeyRing, SecretKey};
use sha2::Sha256;

/// Whose confirmation, and which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub tenant: TenantId,
    pub user: UserId,
    pub number: u32,
}

/// Names how it is derived, so that another way can take over while old links still work. Which key it was, only
/// the hash tells.
const KEY_ID: &str = "1";
/// Longer texts are no tokens of ours and are not looked at.
const MAX_LENGTH: usize = 256;

/// The token of a confirmation.
#[must_use]
pub fn derive(key: &SecretKey, named: &Named) -> String {
    let who = BASE64_URL_SAFE_NO_PAD.encode(format!("{}/{}/{}", named.tenant, named.user, named.number));
    let mut mac = Hmac::<Sha256>::new_from_slice(key.bytes()).expect("HMAC takes keys of any length");
    mac.update(format!("confirmation/{KEY_ID}/{who}").as_bytes());
    format!("{KEY_ID}.{who}.{}", BASE64_URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

/// The token that a confirmation was issued with, before a rotation of the keys or after it: the one with this
/// hash. None if that key is gone, or not here yet; any other token would lead nowhere.
#[must_use]
pub fn derive_again(keys: &KeyRing, named: &Named, hash: TokenHash) -> Option<String> {
    keys.all().map(|key| derive(key, named)).find(|token| TokenHash::of(token) == hash)
}

/// Whose confirmation a token claims to be. Proves nothing: that is what the stored hash is for.
#[must_use]
pub fn read(token: &str) -> Option<Named> {
    if token.len() > MAX_LENGTH {
        return None;
    }
    let mut parts = token.split('.');
    let (_key_id, who, _mac, None) = (parts.next()?, parts.next()?, parts.next()?, parts.next()) else {
        return None;
    };
    let who = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(who).ok()?).ok()?;
    let mut parts = who.split('/');
    let (tenant, user, number, None) = (parts.next()?, parts.next()?, parts.next()?, parts.next()) else {
        return None;
    };
    let user: UserId = user.parse().ok()?;
    Some(Named { tenant: TenantId::parse(tenant).ok()?, user, number: number.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(number: u32) -> Named {
        let tenant = TenantId::parse("acme").unwrap();
        Named { user: UserId::derive(&tenant, "k"), tenant, number }
    }

    #[test]
    fn every_try_derives_the_same_token_and_every_confirmation_another() {
        let key = SecretKey::new([7; 32]);
        assert_eq!(derive(&key, &named(1)), derive(&key, &named(1)));
        assert_ne!(derive(&key, &named(1)), derive(&key, &named(2)));
        assert_ne!(derive(&key, &named(1)), derive(&SecretKey::new([8; 32]), &named(1)));
    }

    #[test]
    fn a_token_is_derived_again_with_the_key_that_it_was_issued_with() {
        let [old, new] = [[7; 32], [8; 32]].map(SecretKey::new);
        let issued = derive(&old, &named(1));
        let hash = TokenHash::of(&issued);
        let turned = KeyRing { current: new.clone(), other: Some(old.clone()) };
        assert_eq!(derive_again(&turned, &named(1), hash), Some(issued.clone()));
        assert_eq!(derive_again(&old.into(), &named(1), hash), Some(issued));
        assert_eq!(derive_again(&turned, &named(2), hash), None);
        assert_eq!(derive_again(&new.into(), &named(1), hash), None);
    }

    #[test]
    fn a_token_says_whose_it_is() {
        assert_eq!(read(&derive(&SecretKey::new([7; 32]), &named(3))), Some(named(3)));
    }

    #[test]
    fn what_is_no_token_names_nobody() {
        let long = "a".repeat(10_000);
        for text in ["", ".", "a.b", "1.%%%.x", "1.YQ.x", "1.YS9iL2M.x", "1.YQ.x.y", long.as_str()] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
