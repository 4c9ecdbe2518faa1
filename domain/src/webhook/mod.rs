//! An address that a tenant wants to be told at of what happens.

mod commands;
mod decide;
mod events;
mod state;
#[cfg(test)]
mod tests;
mod values;

pub use commands::WebhookCommand;
pub use decide::decide;
pub use events::WebhookEvent;
pub use state::{Registration, Standing, Webhook};
pub use values::{DisableReason, EventTypes, KeyName, Loopback, Secret, Slot, WebhookId, WebhookUrl};

use cqrs_es::{Aggregate, event_sink::EventSink};

use crate::{Instruction, Rejection};

impl Aggregate for Webhook {
    const TYPE: &'static str = "webhook";
    type Command = Instruction<WebhookCommand>;
    type Event = WebhookEvent;
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
