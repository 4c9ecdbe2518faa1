use std::fmt;

/// Which build of a read model a row belongs to. A replay builds the next one beside the live one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Generation(pub u32);

impl Generation {
    pub const FIRST: Self = Self(1);

    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The generations of one read model: the pointer that queries follow, and what the projector writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Generations {
    /// The one that queries are answered from.
    pub live: Generation,
    /// The one beside it, which is kept up to date, too: before a switch the one that a replay builds, after it
    /// the one to go back to.
    pub beside: Option<Generation>,
    /// The newest number that was ever given: none is given twice, whatever rows a cancelled replay left.
    pub newest: Generation,
    /// The pointer is about to move: nobody goes by what they have read of it before.
    pub switching: bool,
}

impl Generations {
    /// The generations that a commit is folded into, the live one last: whoever follows the pointer to another
    /// generation finds all there that they have seen in the live one.
    pub fn written(&self) -> impl Iterator<Item = Generation> + use<> {
        self.beside.into_iter().chain([self.live])
    }
}

impl Default for Generations {
    fn default() -> Self {
        Self { live: Generation::FIRST, beside: None, newest: Generation::FIRST, switching: false }
    }
}
