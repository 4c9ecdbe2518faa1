use std::{collections::BTreeSet, fmt, num::NonZeroUsize, sync::Arc};

use cqrs_es::Aggregate;

use crate::{
    Claim, ClaimKey, DynamoEventStore, Snapshots, StoreError, StreamId, Upcasters,
    cache::Cache,
    change::{Change, within_limit},
    claim,
    position::Position,
    roster,
};

/// The aggregates of one type, in a store: what commands are carried out on. Cheap to clone.
///
/// `handle` has to be free of side effects: it runs again when another writer was faster. What it changes of
/// the aggregate in other ways than by events is lost.
pub struct Aggregates<A> {
    pub(crate) store: DynamoEventStore,
    pub(crate) snapshots: Option<Snapshots>,
    pub(crate) upcasters: Upcasters,
    claiming: Option<Claiming<A>>,
    rosters: Option<fn(&A) -> Vec<&'static str>>,
    cache: Option<Cache<A>>,
}

/// How the claims of an aggregate are told, and keyed.
struct Claiming<A> {
    key: ClaimKey,
    claims: fn(&A) -> Vec<Claim>,
}

impl DynamoEventStore {
    /// The aggregates of the type `A`: without unique values, without rosters, without snapshots, without a
    /// cache, and with events as they were recorded.
    #[must_use]
    pub fn aggregates<A>(&self) -> Aggregates<A> {
        Aggregates {
            store: self.clone(),
            snapshots: None,
            upcasters: Upcasters::default(),
            claiming: None,
            rosters: None,
            cache: None,
        }
    }
}

impl<A: Aggregate> Aggregates<A> {
    /// The same aggregates, each holding the unique values that `claims` tells of its state.
    ///
    /// They are compared before and after a command. Values that appear are taken, values that vanish
    /// are released, in one transaction with the commit. Mind that a kind added later is not taken for
    /// streams already written until their value changes: another stream may take it before. `key`, and the
    /// form in which `claims` tells a value, must be the same for every writer of the table, always.
    #[must_use]
    pub fn claiming(self, key: ClaimKey, claims: fn(&A) -> Vec<Claim>) -> Self {
        Self { claiming: Some(Claiming { key, claims }), ..self }
    }

    /// The same aggregates, each a member of the rosters that `rosters` names of its state.
    ///
    /// A roster is a set of a tenant's streams that never becomes empty, once it has had a member: the owners
    /// of a tenant, for example. The names are compared before and after a command. A stream joins those that
    /// appear and leaves those that vanish, in one transaction with the commit; the last member cannot leave,
    /// and the command ends in [`StoreError::LastMember`].
    ///
    /// Mind that a roster added later does not know the streams already written: they are in it when they
    /// join once more, and until then they may leave, every one of them. A roster is one item, billed in whole
    /// when a stream joins or leaves it, and those that do so at once wait for one another: it is meant for
    /// hundreds of streams, and not for thousands. A name is not empty, and holds no `#`, `!` or control
    /// character.
    #[must_use]
    pub fn enrolling(self, rosters: fn(&A) -> Vec<&'static str>) -> Self {
        Self { rosters: Some(rosters), ..self }
    }

    /// The same aggregates, with snapshots inside their commits: a load reads one page then, however long
    /// the stream is. A stream that has no snapshot yet, or none that can be used, is read whole until its
    /// next commit.
    #[must_use]
    pub fn snapshotting(self, snapshots: Snapshots) -> Self {
        Self { snapshots: Some(snapshots), ..self }.forgetting()
    }

    /// The same aggregates, with their events upcast.
    #[must_use]
    pub fn upcasting(self, upcasters: Upcasters) -> Self {
        Self { upcasters, ..self }.forgetting()
    }

    /// The same aggregates, remembering the last `capacity` that were met; a command on one of those reads
    /// nothing. Clones share what they remember.
    ///
    /// What is remembered may be out of date, and that is safe: a commit on top of an old state is refused
    /// by the table, and before a command is rejected on one, or records nothing, the store reads what
    /// is new. It does rely on streams that only grow. Do not delete items under a running process.
    #[must_use]
    pub fn caching(self, capacity: NonZeroUsize) -> Self {
        Self { cache: Some(Cache::new(capacity)), ..self }
    }

    /// Whoever folds in another way shares no positions.
    fn forgetting(self) -> Self {
        Self { cache: self.cache.as_ref().map(Cache::emptied), ..self }
    }

    pub(crate) fn remembered(&self, stream: &StreamId) -> Option<Arc<Position<A>>> {
        self.cache.as_ref()?.get(stream)
    }

    pub(crate) fn remember(&self, stream: &StreamId, position: &Arc<Position<A>>) {
        if let Some(cache) = &self.cache {
            cache.put(stream, position);
        }
    }

    /// What a commit between these two states changes beside its stream.
    pub(crate) fn changes(
        &self,
        stream: &StreamId,
        before: &A,
        after: &A,
    ) -> Result<Vec<Change>, StoreError> {
        let mut changes = self.claim_changes(stream, before, after);
        changes.extend(self.roster_changes(stream, before, after)?);
        within_limit(changes)
    }

    fn claim_changes(&self, stream: &StreamId, before: &A, after: &A) -> Vec<Change> {
        let Some(Claiming { key, claims }) = &self.claiming else { return Vec::new() };
        let told = |state: &A| -> BTreeSet<Claim> { claims(state).into_iter().collect() };
        claim::changes(key, stream, &told(before), &told(after))
    }

    fn roster_changes(&self, stream: &StreamId, before: &A, after: &A) -> Result<Vec<Change>, StoreError> {
        let Some(rosters) = self.rosters else { return Ok(Vec::new()) };
        let told = |state: &A| -> BTreeSet<&'static str> { rosters(state).into_iter().collect() };
        roster::changes(stream, &told(before), &told(after))
    }
}

// By hand, because derived implementations would ask the same of `A`.
impl<A> Clone for Aggregates<A> {
    fn clone(&self) -> Self {
        Self {
            store: self.store.clone(),
            snapshots: self.snapshots,
            upcasters: self.upcasters.clone(),
            claiming: self.claiming.clone(),
            rosters: self.rosters,
            cache: self.cache.clone(),
        }
    }
}

impl<A> Clone for Claiming<A> {
    fn clone(&self) -> Self {
        Self { key: self.key.clone(), claims: self.claims }
    }
}

impl<A> fmt::Debug for Aggregates<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Aggregates").field("store", &self.store).finish_non_exhaustive()
    }
}
