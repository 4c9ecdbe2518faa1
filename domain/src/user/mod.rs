//! The user, and the provisioning process that lives in it: one commit decides both a deactivation and
//! the stop of the process, so no transaction is needed and nothing can fall between them.

mod commands;
mod decide;
mod events;
mod fold;
mod lifecycle;
mod state;
mod steps;
#[cfg(test)]
mod tests;

pub use commands::{ChangeRoles, CreateUser, StepOutcome, UserCommand};
pub use decide::{MAX_BAD_TRIES, MAX_ROLES, MAX_TRIES, PROCESS_DEADLINE, decide};
pub use events::{
    DeactivationReason, MailFlag, OutcomeKind, Personal, PersonalEmail, PersonalProfile, UnlinkReason,
    UserEvent,
};
pub use lifecycle::{AdminState, Lifecycle, Process, Status, UnknownStatus};
pub use state::{
    Account, Confirmation, ConfirmationState, Link, LinkState, Notice, NoticeState, PendingEmail, Token, User,
};
pub use steps::{Standing, Step, UnknownStep, pending_steps, standing};

use cqrs_es::{Aggregate, event_sink::EventSink};

use crate::{Instruction, Rejection};

impl Aggregate for User {
    const TYPE: &'static str = "user";
    type Command = Instruction<UserCommand>;
    type Event = UserEvent;
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
