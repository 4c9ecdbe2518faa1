use std::sync::Arc;

use cqrs_es::Aggregate;

use crate::{
    Aggregates, CorruptCommit, Loaded, Snapshots, StoreError, StreamId,
    cost::Meter,
    entry::Entry,
    fields::Fields,
    item::{Item, SORT},
    pages::{Order, Range},
    position::Position,
    read::{Items, NEWEST},
    snapshot,
};

impl<A: Aggregate + Clone> Aggregates<A> {
    /// The aggregate with this id, strongly consistent; in its default state, at commit 0, if there is
    /// none.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when a commit is missing or cannot be read; otherwise the errors of
    /// talking to DynamoDB.
    pub async fn load(&self, tenant: &str, id: &str) -> Result<Loaded<A>, StoreError> {
        let stream = StreamId::of::<A>(tenant, id)?;
        let meter = Meter::default();
        let known = self.remembered(&stream).unwrap_or_else(|| Arc::new(Position::start()));
        let position = self.catch_up(&stream, known, &meter).await?;
        Ok(Loaded {
            commit: position.commit(),
            sequence: position.head.next_sequence() - 1,
            state: position.state.clone(),
            cost: meter.total(),
        })
    }

    /// Reads what follows `known`, to the end of the stream as it is now.
    pub(crate) async fn catch_up(
        &self,
        stream: &StreamId,
        known: Arc<Position<A>>,
        meter: &Meter,
    ) -> Result<Arc<Position<A>>, StoreError> {
        let position = self.read_on(stream, known, NEWEST, meter).await?;
        self.remember(stream, &position);
        Ok(position)
    }

    /// The stream as of one of its commits.
    pub(crate) async fn as_of(
        &self,
        stream: &StreamId,
        commit: u64,
        meter: &Meter,
    ) -> Result<Arc<Position<A>>, StoreError> {
        self.read_on(stream, Arc::new(Position::start()), commit, meter).await
    }

    async fn read_on(
        &self,
        stream: &StreamId,
        known: Arc<Position<A>>,
        upto: u64,
        meter: &Meter,
    ) -> Result<Arc<Position<A>>, StoreError> {
        let newest = match self.snapshots {
            Some(snapshots) => self.newest(stream, known.commit(), upto, snapshots, meter).await?,
            None => Newest { entries: Vec::new(), revived: None, gap: upto },
        };
        let Newest { entries, revived, gap } = newest;
        let known = revived.map_or(known, Arc::new);
        let mut position = self.read_all(stream, known, gap, meter).await?;
        for entry in entries.iter().rev() {
            self.advance(stream, Arc::make_mut(&mut position), entry)?;
        }
        Ok(position)
    }

    /// The newest commits, back to a snapshot that can be used, or to the one that follows what is known,
    /// or as many as one interval has.
    async fn newest(
        &self,
        stream: &StreamId,
        known: u64,
        upto: u64,
        snapshots: Snapshots,
        meter: &Meter,
    ) -> Result<Newest<A>, StoreError> {
        let interval = snapshots.interval();
        let mut items = self.items(stream, known, upto, Order::NewestFirst(interval));
        let (mut entries, mut gap) = (Vec::new(), 0);
        while entries.len() < interval as usize
            && let Some(item) = items.next(meter).await?
        {
            let entry = read(stream, item)?;
            if let Some(position) = self.revive(stream, &entry) {
                return Ok(Newest { entries, revived: Some(position), gap: 0 });
            }
            gap = entry.head.number - 1;
            entries.push(entry);
            if gap == known {
                break;
            }
        }
        Ok(Newest { entries, revived: None, gap })
    }

    /// Applies everything up to a commit, page by page, so that a long stream is never in memory as a whole.
    async fn read_all(
        &self,
        stream: &StreamId,
        known: Arc<Position<A>>,
        upto: u64,
        meter: &Meter,
    ) -> Result<Arc<Position<A>>, StoreError> {
        let mut position = known;
        if position.commit() >= upto {
            return Ok(position);
        }
        let mut items = self.items(stream, position.commit(), upto, Order::OldestFirst);
        while let Some(item) = items.next(meter).await? {
            self.advance(stream, Arc::make_mut(&mut position), &read(stream, item)?)?;
        }
        Ok(position)
    }

    fn items(&self, stream: &StreamId, after: u64, upto: u64, order: Order) -> Items {
        let projection = Some(Entry::PROJECTION);
        Items::new(&self.store, Range { stream: stream.clone(), after, upto, order, projection })
    }

    pub(crate) fn advance(
        &self,
        stream: &StreamId,
        position: &mut Position<A>,
        entry: &Entry,
    ) -> Result<(), CorruptCommit> {
        let corrupt = |reason| CorruptCommit::new(stream, entry.head.number, reason);
        position.advance(entry, &self.upcasters).map_err(corrupt)?;
        self.arrived(position, self.revive(stream, entry).is_some());
        Ok(())
    }

    /// Settles what a position has to remember beside its state.
    pub(crate) fn arrived(&self, position: &mut Position<A>, with_snapshot: bool) {
        if with_snapshot {
            position.snapshot = position.commit();
        }
        if self.snapshots.is_some() {
            let since = position.commit() - position.snapshot;
            position.window.keep(snapshot::remembered_with(since));
        }
    }

    fn revive(&self, stream: &StreamId, entry: &Entry) -> Option<Position<A>> {
        self.snapshots?.revive(stream, &entry.head, entry.snapshot.as_ref()?)
    }
}

/// A stream from its end backwards.
struct Newest<A> {
    /// Newest first; those after the snapshot.
    entries: Vec<Entry>,
    /// The snapshot before them.
    revived: Option<Position<A>>,
    /// Without one: the last commit that was not read.
    gap: u64,
}

/// Reads an item of a stream.
pub(crate) fn read(stream: &StreamId, item: Item) -> Result<Entry, CorruptCommit> {
    let number = Fields(&item).number(SORT).unwrap_or_default();
    Entry::from_item(item).map_err(|reason| CorruptCommit::new(stream, number, reason))
}
