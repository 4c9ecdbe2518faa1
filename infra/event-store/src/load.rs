use std::sync::Arc;

use cqrs_es::Aggregate;

use crate::{
    Aggregates, CorruptCommit, Loaded, Snapshots, StoreError, StreamId,
    cost::Meter,
    pages::{Order, Pages, Range},
    position::Position,
    read::{Forward, NEWEST},
    stored::Stored,
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
            state: Arc::unwrap_or_clone(position).state,
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
        if let Some(snapshots) = self.snapshots {
            let order = Order::NewestFirst(snapshots.interval());
            let range = Range { stream: stream.clone(), after: known.commit(), upto, order };
            let newest = self.newest(range, snapshots, meter).await?;
            if let Some(position) = self.replay(newest, &known)? {
                return Ok(position);
            }
        }
        self.replay_all(stream, known, upto, meter).await
    }

    /// The newest commits, back to a snapshot that can be used, or to the one that follows what is known,
    /// or as many as one interval has.
    async fn newest(
        &self,
        range: Range,
        snapshots: Snapshots,
        meter: &Meter,
    ) -> Result<Newest<A>, StoreError> {
        let known = range.after;
        let mut pages = Pages::new(&self.store, range);
        let mut newest = Newest { commits: Vec::new(), revived: None };
        while newest.commits.len() < snapshots.interval() as usize {
            let Some(items) = pages.next(meter).await? else { break };
            for item in items {
                let stored = Stored::from_item(item)?;
                newest.revived = self.revive(&stored);
                if newest.revived.is_some() {
                    return Ok(newest);
                }
                let follows = stored.commit.number == known + 1;
                newest.commits.push(stored);
                if follows {
                    return Ok(newest);
                }
            }
        }
        Ok(newest)
    }

    /// Applies the newest commits to what goes before them, if that is at hand.
    fn replay(
        &self,
        newest: Newest<A>,
        known: &Arc<Position<A>>,
    ) -> Result<Option<Arc<Position<A>>>, CorruptCommit> {
        let Newest { commits, revived } = newest;
        let Some(oldest) = commits.last() else {
            return Ok(Some(revived.map_or_else(|| known.clone(), Arc::new)));
        };
        let mut position = match revived {
            Some(position) => position,
            None if oldest.commit.number == known.commit() + 1 => Position::clone(known),
            None => return Ok(None),
        };
        for stored in commits.iter().rev() {
            self.advance(&mut position, stored)?;
        }
        Ok(Some(Arc::new(position)))
    }

    /// Applies everything, page by page, so that a long stream is never in memory as a whole.
    async fn replay_all(
        &self,
        stream: &StreamId,
        known: Arc<Position<A>>,
        upto: u64,
        meter: &Meter,
    ) -> Result<Arc<Position<A>>, StoreError> {
        let mut forward = Forward::new(&self.store, stream, known.commit(), upto);
        let mut position = Arc::unwrap_or_clone(known);
        while let Some(stored) = forward.next(meter).await? {
            self.advance(&mut position, &stored)?;
        }
        Ok(Arc::new(position))
    }

    pub(crate) fn advance(&self, position: &mut Position<A>, stored: &Stored) -> Result<(), CorruptCommit> {
        position.advance(&stored.commit, &self.upcasters)?;
        self.arrived(position, self.revive(stored).is_some());
        Ok(())
    }

    /// Settles what a position has to remember beside its state.
    pub(crate) fn arrived(&self, position: &mut Position<A>, with_snapshot: bool) {
        if with_snapshot {
            position.snapshot = position.commit();
        }
        if let Some(snapshots) = self.snapshots {
            position.window.keep(snapshots.window());
        }
    }

    fn revive(&self, stored: &Stored) -> Option<Position<A>> {
        self.snapshots?.revive(&stored.commit, stored.snapshot.as_ref()?)
    }
}

/// A stream from its end backwards.
struct Newest<A> {
    /// Newest first; those after the snapshot.
    commits: Vec<Stored>,
    /// The snapshot before them.
    revived: Option<Position<A>>,
}
