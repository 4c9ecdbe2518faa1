//! A tenant, as far as it has settings of its own.

mod commands;
mod decide;
mod events;
mod settings;
mod state;
#[cfg(test)]
mod tests;

pub use commands::TenantCommand;
pub use decide::decide;
pub use events::TenantEvent;
pub use settings::{ConfirmationLifetime, Settings};
pub use state::Tenant;

use cqrs_es::{Aggregate, event_sink::EventSink};

use crate::{Instruction, Rejection};

impl Aggregate for Tenant {
    const TYPE: &'static str = "tenant";
    type Command = Instruction<TenantCommand>;
    type Event = TenantEvent;
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
