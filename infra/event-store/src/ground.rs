use std::sync::Arc;

use crate::position::Position;

/// The state that a command is decided on, and how far it can be trusted.
pub(crate) struct Ground<A> {
    pub(crate) position: Arc<Position<A>>,
    pub(crate) provenance: Provenance,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Provenance {
    /// Read from the table since the command came: at some instant since then, it was all there was.
    Strong,
    /// Remembered or assumed: the stream may have gone on long before the command came.
    Weak,
}

impl<A> Ground<A> {
    pub(crate) fn strong(position: Arc<Position<A>>) -> Self {
        Self { position, provenance: Provenance::Strong }
    }

    pub(crate) fn weak(position: Arc<Position<A>>) -> Self {
        Self { position, provenance: Provenance::Weak }
    }

    pub(crate) fn is_weak(&self) -> bool {
        self.provenance == Provenance::Weak
    }
}
