//! Performs provisioning steps, one queue message each. Never decides: it performs a step and sends a
//! command with the result.

mod letter;
mod link_role;
mod mail_report;
mod mail_settings;
mod mail_text;
mod told;

use std::{sync::Arc, time::Duration};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    Actor, Rejection, User,
    user::{Standing, Step, StepOutcome, UserCommand, standing},
};
use event_store::{ExecuteError, Executed, StoreError};
use infra_aws::{logs::chain, mail::Mailer, queue::Queue};

use tracing::Instrument as _;

use crate::{
    commands::{Commands, Order},
    confirmation_token::Named,
    messages, spans,
    step_message::StepMessage,
    trace_context::TraceContext,
};

use letter::{Letter, Sending};
pub(crate) use mail_report::{Flagged, MailReport};
pub use mail_settings::{BadMailSettings, MailSettings};

/// Kept free before the time limit for a step that is begun.
const TIME_FOR_A_STEP: TimeDelta = TimeDelta::seconds(5);

/// The function.
#[derive(Clone)]
pub struct Worker {
    commands: Commands,
    steps: Queue,
    mailer: Arc<dyn Mailer>,
    mail: MailSettings,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Performed {
    /// Nothing is left to do.
    Done,
    /// The step's turn has passed; nothing was done.
    Superseded,
    /// The try failed and is on record; another is due.
    TryAgain,
    /// Another worker is at it, or died at it: for so long its claim holds.
    Held(Duration),
}

/// What became of a step, and the result that was reported, if one was.
type Tried = (Performed, Option<StepOutcome>);

/// One delivery of a message: what tells one try from another.
struct Delivery<'a> {
    message_id: &'a str,
    /// How often this message was delivered.
    count: u32,
}

impl Worker {
    #[must_use]
    pub fn new(commands: Commands, steps: Queue, mailer: Arc<dyn Mailer>, mail: MailSettings) -> Self {
        Self { commands, steps, mailer, mail }
    }

    /// Performs a batch of steps, one after the other, so that a crash repeats at most one effect. Reports
    /// those that are to be delivered again, and those that there is no time for before `deadline`.
    pub async fn handle(&self, event: SqsEvent, deadline: Option<DateTime<Utc>>) -> SqsBatchResponse {
        let began = self.commands.clock.now();
        let deadline = messages::deadline(deadline, began);
        let (batch, mut links) = (told::batch(&event), Vec::new());
        let mut again = Vec::new();
        for message in &event.records {
            let in_time =
                deadline.is_none_or(|deadline| self.commands.clock.now() + TIME_FOR_A_STEP < deadline);
            let wait =
                if in_time { self.settle(message, (batch, &mut links)).await } else { Some(Duration::ZERO) };
            again.extend(wait.map(|wait| (message, wait)));
        }
        let response = messages::response(&self.steps, &again).await;
        self.tell_batch((batch, links), (event.records.len(), again.len()), began);
        spans::flush().await;
        response
    }

    /// Performs one message; answers how long to wait before it comes again, if it must. `links` gets the step's
    /// place in its trace.
    async fn settle(
        &self,
        message: &SqsMessage,
        (batch, links): (TraceContext, &mut Vec<TraceContext>),
    ) -> Option<Duration> {
        let delivery = delivery(message);
        let mut step = match read(message) {
            Some(Work::Step(step)) => step,
            Some(Work::Report(MailReport::Flagged(report))) => {
                let span = told::report_span(&report, &delivery);
                return self.note(&report, &delivery).instrument(span).await;
            }
            Some(Work::Report(MailReport::Other)) => return None,
            None => return Some(back_off(&delivery)),
        };
        links.extend(step.traceparent);
        let began = self.commands.clock.now();
        let sent = step.traceparent;
        // From here on the step is the try at it: what it causes is a part of that.
        step.traceparent = Some(told::trace(&step, &delivery));
        let span = told::span(&step, &delivery);
        let tried = self.perform(&step, &delivery).instrument(span.clone()).await;
        span.in_scope(|| self.tell(&step, (sent, batch), &delivery, &tried, began));
        match tried {
            Ok((Performed::Done | Performed::Superseded, _)) => None,
            Ok((Performed::Held(wait), _)) => Some(wait),
            Ok((Performed::TryAgain, _)) | Err(_) => Some(back_off(&delivery)),
        }
    }

    async fn perform(&self, message: &StepMessage, delivery: &Delivery<'_>) -> Result<Tried, StoreError> {
        let named = |number| Named { tenant: message.tenant.clone(), user: message.user, number };
        let letter = match &message.step {
            Step::LinkRole(role) => {
                let outcome = self.link_role(&message.tenant, role).await?;
                return self.record(message, outcome, delivery).await;
            }
            Step::SendConfirmation(number) => Letter::Confirmation(named(*number)),
            Step::NotifyEmailChange(version) => Letter::Notice(named(*version)),
        };
        match self.send(message, &letter).await? {
            Sending::Ended(outcome) => self.record(message, outcome, delivery).await,
            Sending::HeldFor(wait) => Ok((Performed::Held(wait), None)),
            Sending::Superseded => Ok((Performed::Superseded, None)),
        }
    }

    /// Notes what the mail provider says of a mail; answers how long to wait before it is told again, if it
    /// must.
    async fn note(&self, report: &Flagged, delivery: &Delivery<'_>) -> Option<Duration> {
        let Flagged { tenant, user, confirmation, flag, message_id } = report;
        let command_id = format!("{user}/{confirmation}/{message_id}/{flag:?}");
        let order = Order::of_the_system(tenant.clone(), Actor::Worker, command_id);
        let command = UserCommand::FlagEmail { confirmation: *confirmation, flag: *flag };
        match self.commands.user(*user, order, command).await {
            Ok(executed) => {
                let events = executed.receipt.events;
                tracing::info!(confirmation, ?flag, events, "mail report");
                None
            }
            Err(ExecuteError::Rejected(rejection)) => {
                tracing::error!(%rejection, "a mail report was refused");
                None
            }
            Err(ExecuteError::Store(error)) => {
                tracing::warn!(error = chain(&error), "mail report");
                Some(back_off(delivery))
            }
        }
    }

    /// Reports how the step went. The command's id holds everything that makes one result differ from
    /// another, so a repeated delivery of the same result is carried out once.
    async fn record(
        &self,
        message: &StepMessage,
        outcome: StepOutcome,
        delivery: &Delivery<'_>,
    ) -> Result<Tried, StoreError> {
        // A role that was taken and given again is linked again: the id names the commit that asked.
        let asked_by = &message.causation_id;
        let (id, retryable) = match &outcome {
            StepOutcome::Retryable { .. } => {
                (format!("retryable/{}/{}", delivery.message_id, delivery.count), true)
            }
            StepOutcome::Succeeded { .. } => (format!("succeeded/{asked_by}"), false),
            StepOutcome::RoleRetired => (format!("retired/{asked_by}"), false),
            StepOutcome::Permanent { .. } => (format!("permanent/{asked_by}"), false),
        };
        let (step, epoch, reported) = (message.step.clone(), message.epoch, outcome.clone());
        let command = UserCommand::RecordStepResult { step, epoch, outcome };
        match self.command(message, &id, command).await {
            Ok(executed) if retryable && is_pending(&executed.state, message) => {
                Ok((Performed::TryAgain, Some(reported)))
            }
            Ok(_) => Ok((Performed::Done, Some(reported))),
            Err(ExecuteError::Rejected(rejection)) => {
                // Nobody is there to report to: a message that no stream asked for.
                tracing::error!(%rejection, "a step result was refused");
                Ok((Performed::Superseded, None))
            }
            Err(ExecuteError::Store(error)) => Err(error),
        }
    }

    async fn command(
        &self,
        message: &StepMessage,
        id: &str,
        command: UserCommand,
    ) -> Result<Executed<User>, ExecuteError<Rejection>> {
        let command_id = format!("{}/{id}", message.step_id());
        let order = Order {
            correlation_id: message.correlation_id.clone(),
            causation_id: Some(message.causation_id.clone()),
            trace: message.traceparent,
            ..Order::of_the_system(message.tenant.clone(), Actor::Worker, command_id)
        };
        self.commands.user(message.user, order, command).await
    }
}

fn is_pending(user: &User, message: &StepMessage) -> bool {
    standing(user, &message.step, message.epoch) == Standing::Pending
}

/// What a message on the queue is about.
enum Work {
    Step(StepMessage),
    Report(MailReport),
}

/// A message that cannot be read goes to the dead letters, where an operator sees it.
fn read(message: &SqsMessage) -> Option<Work> {
    let body = message.body.as_deref().unwrap_or_default();
    match serde_json::from_str(body) {
        Ok(step) => Some(Work::Step(step)),
        // What serde says of a message quotes it.
        Err(_) => {
            let report = MailReport::read(body);
            if report.is_none() {
                tracing::error!(message_id = message.message_id, "neither a step nor a mail report");
            }
            report.map(Work::Report)
        }
    }
}

fn delivery(message: &SqsMessage) -> Delivery<'_> {
    let count = message.attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok());
    Delivery { message_id: message.message_id.as_deref().unwrap_or_default(), count: count.unwrap_or(1) }
}

/// 2, 4, 8 … seconds, two minutes at most, and up to half of it again, by the message's id: messages
/// that failed together come back apart.
fn back_off(delivery: &Delivery<'_>) -> Duration {
    let seconds = (1 << delivery.count.clamp(1, 7)).min(120);
    let spread = delivery.message_id.bytes().fold(0, |sum: u64, byte| sum + u64::from(byte));
    Duration::from_secs(seconds + spread % (seconds / 2 + 1))
}
