use std::{collections::BTreeSet, fmt};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::StreamId;

/// A value that at most one stream of a tenant may hold at a time, such as an e-mail address.
///
/// The value is hashed with a [`ClaimKey`] before it is written; two values are the same
/// when their bytes are, so bring it to one canonical form first.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Claim {
    /// What sort of value it is; values of different kinds never meet. Without `#`.
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

    /// The claims of a stream, each once, as they stand in the table.
    pub(crate) fn keyed(&self, stream: &StreamId, claims: &[Claim]) -> BTreeSet<KeyedClaim> {
        let keyed =
            |claim: &Claim| KeyedClaim { kind: claim.kind, partition_key: self.partition_key(stream, claim) };
        claims.iter().map(keyed).collect()
    }

    /// The partition key of a claim: `{tenant}!{kind}#{hash}`.
    fn partition_key(&self, stream: &StreamId, claim: &Claim) -> String {
        let tenant = stream.tenant();
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

/// What a commit does to the claims of its stream.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct ClaimChanges {
    pub(crate) taken: Vec<KeyedClaim>,
    pub(crate) released: Vec<KeyedClaim>,
}

impl ClaimChanges {
    pub(crate) fn between(before: &BTreeSet<KeyedClaim>, after: &BTreeSet<KeyedClaim>) -> Self {
        Self {
            taken: after.difference(before).cloned().collect(),
            released: before.difference(after).cloned().collect(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.taken.is_empty() && self.released.is_empty()
    }
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

    fn keyed(claims: &[Claim]) -> BTreeSet<KeyedClaim> {
        ClaimKey::new([7; 32]).keyed(&stream("acme"), claims)
    }

    fn one(claim: Claim) -> Vec<KeyedClaim> {
        keyed(&[claim]).into_iter().collect()
    }

    fn changes(before: &[Claim], after: &[Claim]) -> ClaimChanges {
        ClaimChanges::between(&keyed(before), &keyed(after))
    }

    #[test]
    fn equal_claims_change_nothing() {
        let changes = changes(&[email("a"), email("b")], &[email("b"), email("a")]);
        assert!(changes.is_empty());
    }

    #[test]
    fn a_changed_value_is_one_taken_and_one_released() {
        let changes = changes(&[email("a"), email("b")], &[email("b"), email("c")]);
        assert_eq!(changes, ClaimChanges { taken: one(email("c")), released: one(email("a")) });
    }

    #[test]
    fn a_claim_named_twice_is_taken_once() {
        let changes = changes(&[], &[email("a"), email("a")]);
        assert_eq!(changes, ClaimChanges { taken: one(email("a")), released: vec![] });
    }

    #[test]
    fn the_key_of_a_claim_names_tenant_and_kind_and_hides_the_value() {
        let key = ClaimKey::new([7; 32]).partition_key(&stream("acme"), &email("a@b.example"));
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
