use chrono::{DateTime, Utc};

use crate::Actor;

/// A command together with what every rule may need to know: who asks, and what time it is.
#[derive(Clone, Debug)]
pub struct Instruction<C> {
    pub by: Actor,
    /// When the command was received, UTC; the only "now" a rule ever sees.
    pub at: DateTime<Utc>,
    pub command: C,
}
