use std::{collections::BTreeSet, fmt};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::{StreamId, change::Change};

/// A value that at most one stream of a tenant may hold at a time, such as an e-mail address.
///
/// The value is hashed with a [`ClaimKey`] before it is written; two values are the same
/// when their bytes are, so bring it to one canonical form first.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Claim {
    /// What sort of value it is; values of different kinds never meet.
    pub kind: &'static str,
    /// The canonical value in plain text.
    pub value: String,
}

impl fmt::Debug for Claim {
    /// Leaves the value out: it is personal more often than not.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claim").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// The secret that turns claimed values into keys. Without it, the keys in the table cannot be matched
/// against guessed values. It cannot be changed while claims are held: they would no longer be found.
#[derive(Clone)]
pub struct ClaimKey([u8; 32]);

impl ClaimKey {
    /// Takes 32 secret bytes.
    #[must_use]
    pub const fn new(secret: [u8; 32]) -> Self {
        Self(secret)
    }

    fn keyed(&self, stream: &StreamId, claim: &Claim) -> KeyedClaim {
        KeyedClaim { kind: claim.kind, partition_key: self.partition_key(stream.tenant(), claim) }
    }

    /// The partition key of a claim: `{tenant}!{kind}#{hash}`.
    pub(crate) fn partition_key(&self, tenant: &str, claim: &Claim) -> String {
        format!("{tenant}!{}#{}", claim.kind, self.hash(tenant, claim))
    }

    /// Tenant and kind are hashed too, so that equal values of two tenants do not look equal.
    fn hash(&self, tenant: &str, claim: &Claim) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        for part in [tenant, "\0", claim.kind, "\0", &claim.value] {
            mac.update(part.as_bytes());
        }
        mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Debug for ClaimKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClaimKey(…)")
    }
}

/// A claim as it stands in the table: without its value.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct KeyedClaim {
    pub(crate) kind: &'static str,
    pub(crate) partition_key: String,
}

/// What becomes of a stream's claims. Only those that change are hashed.
pub(crate) fn changes(
    key: &ClaimKey,
    stream: &StreamId,
    before: &BTreeSet<Claim>,
    after: &BTreeSet<Claim>,
) -> Vec<Change> {
    let taken = after.difference(before).map(|claim| Change::Take(key.keyed(stream, claim)));
    let released = before.difference(after).map(|claim| Change::Release(key.keyed(stream, claim)));
    taken.chain(released).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn email(value: &str) -> Claim {
        Claim { kind: "email", value: value.to_owned() }
    }

    fn stream(tenant: &str) -> StreamId {
        StreamId::new(tenant, "Account", "42").unwrap()
    }

    fn key() -> ClaimKey {
        ClaimKey::new([7; 32])
    }

    fn keyed(claim: &Claim) -> KeyedClaim {
        key().keyed(&stream("acme"), claim)
    }

    fn changes(before: &[Claim], after: &[Claim]) -> Vec<Change> {
        let set = |claims: &[Claim]| claims.iter().cloned().collect();
        super::changes(&key(), &stream("acme"), &set(before), &set(after))
    }

    #[test]
    fn equal_claims_change_nothing() {
        assert_eq!(changes(&[email("a"), email("b")], &[email("b"), email("a")]), []);
    }

    #[test]
    fn a_changed_value_is_one_taken_and_one_released() {
        let changes = changes(&[email("a"), email("b")], &[email("b"), email("c")]);
        assert_eq!(changes, [Change::Take(keyed(&email("c"))), Change::Release(keyed(&email("a")))]);
    }

    #[test]
    fn a_claim_named_twice_is_taken_once() {
        assert_eq!(changes(&[], &[email("a"), email("a")]), [Change::Take(keyed(&email("a")))]);
    }

    #[test]
    fn the_key_of_a_claim_names_tenant_and_kind_and_hides_the_value() {
        let key = key().partition_key("acme", &email("a@b.example"));
        let hash = key.strip_prefix("acme!email#").expect("tenant and kind come first");
        assert_eq!(hash.len(), 64);
        assert!(!key.contains("example"));
    }

    #[test]
    fn another_secret_tenant_kind_or_value_makes_another_hash() {
        let hash = |secret, tenant: &str, kind, value: &str| {
            ClaimKey::new([secret; 32]).hash(tenant, &Claim { kind, value: value.to_owned() })
        };
        let hashes: BTreeSet<_> = [
            hash(1, "acme", "email", "a"),
            hash(2, "acme", "email", "a"),
            hash(1, "other", "email", "a"),
            hash(1, "acme", "name", "a"),
            hash(1, "acme", "email", "b"),
        ]
        .into();
        assert_eq!(hashes.len(), 5);
    }

    #[test]
    fn debug_shows_neither_the_secret_nor_the_value() {
        assert_eq!(format!("{:?}", ClaimKey::new([7; 32])), "ClaimKey(…)");
        assert_eq!(format!("{:?}", email("a@b.example")), "Claim { kind: \"email\", .. }");
    }
}
