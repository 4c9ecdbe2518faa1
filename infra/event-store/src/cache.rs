use std::{
    fmt,
    num::NonZeroUsize,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use cqrs_es::Aggregate;
use lru::LruCache;

use crate::{StreamId, position::Position};

/// The positions that this process saw last. Each of them was the stream's once; streams only grow, so
/// each is still the beginning of what the stream is now.
pub(crate) struct Cache<A>(Arc<Mutex<Positions<A>>>);

type Positions<A> = LruCache<StreamId, Arc<Position<A>>>;

impl<A: Aggregate> Cache<A> {
    pub(crate) fn new(capacity: NonZeroUsize) -> Self {
        Self(Arc::new(Mutex::new(LruCache::new(capacity))))
    }

    /// Another one, with room for as many.
    pub(crate) fn emptied(&self) -> Self {
        Self::new(self.lock().cap())
    }

    pub(crate) fn get(&self, stream: &StreamId) -> Option<Arc<Position<A>>> {
        self.lock().get(stream).cloned()
    }

    /// Keeps a position, unless a newer one is kept already: answers come back in any order.
    pub(crate) fn put(&self, stream: &StreamId, position: &Arc<Position<A>>) {
        let mut positions = self.lock();
        let known = positions.peek(stream).map_or(0, |known| known.commit());
        if known < position.commit() {
            positions.put(stream.clone(), position.clone());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Positions<A>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// By hand, because derived implementations would ask the same of `A`.
impl<A> Clone for Cache<A> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<A> fmt::Debug for Cache<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cache")
    }
}
