use std::{collections::BTreeSet, fmt};

use cqrs_es::Aggregate;

use crate::{
    Claim, ClaimKey, DynamoEventStore, Loaded, StoreError, StreamId,
    claim::{ClaimChanges, KeyedClaim},
};

/// The aggregates of one type, in a store: what commands are carried out on. Cheap to clone.
///
/// `handle` has to be free of side effects: it runs again when another writer was faster.
pub struct Aggregates<A> {
    pub(crate) store: DynamoEventStore,
    claiming: Option<Claiming<A>>,
}

/// How the claims of an aggregate are told, and keyed.
struct Claiming<A> {
    key: ClaimKey,
    claims: fn(&A) -> Vec<Claim>,
}

impl DynamoEventStore {
    /// The aggregates of the type `A`, without unique values.
    #[must_use]
    pub fn aggregates<A>(&self) -> Aggregates<A> {
        Aggregates { store: self.clone(), claiming: None }
    }
}

impl<A> Aggregates<A> {
    /// The same aggregates, each holding the unique values that `claims` tells of its state.
    ///
    /// They are compared before and after a command. Values that appear are taken, values that vanish
    /// are released, in one transaction with the commit. Mind that a kind added later is not taken for
    /// streams already written until their value changes. `key` must be the same for every writer of
    /// the table, always.
    #[must_use]
    pub fn claiming(mut self, key: ClaimKey, claims: fn(&A) -> Vec<Claim>) -> Self {
        self.claiming = Some(Claiming { key, claims });
        self
    }

    pub(crate) fn claim_changes(&self, stream: &StreamId, before: &A, after: &A) -> ClaimChanges {
        let Some(Claiming { key, claims }) = &self.claiming else {
            return ClaimChanges::default();
        };
        let keyed = |state: &A| -> BTreeSet<KeyedClaim> { key.keyed(stream, &claims(state)) };
        ClaimChanges::between(&keyed(before), &keyed(after))
    }
}

impl<A: Aggregate> Aggregates<A> {
    /// The aggregate with this id, strongly consistent; in its default state, at commit 0, if there is
    /// none.
    ///
    /// # Errors
    /// Those of [`DynamoEventStore::load`].
    pub async fn load(&self, tenant: &str, id: &str) -> Result<Loaded<A>, StoreError> {
        self.store.load(&StreamId::of::<A>(tenant, id)?).await
    }
}

// By hand, because a derived implementation would ask the same of `A`.
impl<A> Clone for Aggregates<A> {
    fn clone(&self) -> Self {
        let claiming = self.claiming.as_ref();
        let claiming = claiming.map(|c| Claiming { key: c.key.clone(), claims: c.claims });
        Self { store: self.store.clone(), claiming }
    }
}

impl<A> fmt::Debug for Aggregates<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Aggregates").field("store", &self.store).finish_non_exhaustive()
    }
}
