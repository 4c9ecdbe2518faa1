use chrono::{DateTime, Utc};

use crate::{Actor, UserId};

/// A command together with what every rule may need to know: whom it is about, who asks, and what time it is.
#[derive(Clone, Debug)]
pub struct Instruction<C> {
    /// The id of the aggregate that is asked.
    pub on: String,
    pub by: Actor,
    /// When the command was received, UTC; the only "now" a rule ever sees.
    pub at: DateTime<Utc>,
    pub command: C,
}

impl<C> Instruction<C> {
    /// Whether a user asks for something to be done to themselves.
    #[must_use]
    pub fn is_about_its_caller(&self) -> bool {
        match &self.by {
            Actor::Caller(caller) => {
                caller.user().is_some_and(|user| self.on.parse::<UserId>().is_ok_and(|on| on == user))
            }
            Actor::Worker | Actor::Watchdog | Actor::LinkHolder | Actor::Courier => false,
        }
    }
}
