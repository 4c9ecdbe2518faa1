//! A role that users can be linked to.

mod commands;
mod decide;
mod events;
mod powers;
mod state;
#[cfg(test)]
mod tests;

pub use commands::RoleCommand;
pub use decide::decide;
pub use events::RoleEvent;
pub use powers::{PlannedRole, Powers};
pub use state::Role;

use cqrs_es::{Aggregate, event_sink::EventSink};

use crate::{Instruction, Rejection};

impl Aggregate for Role {
    const TYPE: &'static str = "role";
    type Command = Instruction<RoleCommand>;
    type Event = RoleEvent;
    type Error = Rejection;
    type Services = ();

    async fn handle(
        &mut self,
        instruction: Self::Command,
        (): &Self::Services,
        sink: &EventSink<Self>,
    ) -> Result<(), Self::Error> {
        for event in decide(self, &instruction)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: Self::Event) {
        self.remember(event);
    }
}
