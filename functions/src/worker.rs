//! Performs provisioning steps, one queue message each. Never decides: it performs a step and sends a
//! command with the result.

mod link_role;
mod mail_text;
mod send_confirmation;
pub mod token;

use std::{sync::Arc, time::Duration};

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use domain::{
    Actor, Rejection, TenantId, User, UserId,
    user::{Standing, Step, StepOutcome, UserCommand, standing},
};
use event_store::{ExecuteError, Executed, StoreError};
use futures_util::future::join_all;
use infra_aws::{environment::SecretKey, logs::chain, mail::Mailer, queue::Queue};

use crate::{
    commands::{Commands, Order, fingerprint},
    step_message::StepMessage,
};

/// The function.
#[derive(Clone)]
pub struct Worker {
    commands: Commands,
    steps: Queue,
    mailer: Arc<dyn Mailer>,
    mail: MailSettings,
}

/// What confirmation mails are made with.
#[derive(Clone, Debug)]
pub struct MailSettings {
    /// Derives the tokens in links.
    pub key: SecretKey,
    /// Where links lead; the token is appended.
    pub link: String,
    /// The address that mails come from.
    pub from: String,
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
}

impl Worker {
    #[must_use]
    pub fn new(commands: Commands, steps: Queue, mailer: Arc<dyn Mailer>, mail: MailSettings) -> Self {
        Self { commands, steps, mailer, mail }
    }

    /// Performs a batch of steps; reports those that are to be delivered again.
    pub async fn handle(&self, event: SqsEvent) -> SqsBatchResponse {
        let waits: Vec<Option<Duration>> =
            join_all(event.records.iter().map(|message| self.settle(message))).await;
        let again: Vec<(&SqsMessage, Duration)> =
            event.records.iter().zip(waits).filter_map(|(message, wait)| Some((message, wait?))).collect();
        let handles =
            again.iter().filter_map(|(message, wait)| Some((message.receipt_handle.clone()?, *wait)));
        self.steps.put_off(&handles.collect::<Vec<_>>()).await;
        let mut response = SqsBatchResponse::default();
        response.batch_item_failures = again.into_iter().map(|(message, _)| failure(message)).collect();
        response
    }

    /// Performs one message; answers how long to wait before it comes again, if it must.
    async fn settle(&self, message: &SqsMessage) -> Option<Duration> {
        let tries = receive_count(message);
        let Some(step) = read(message) else {
            return Some(back_off(message, tries));
        };
        let started = self.commands.clock.now();
        let performed = self.perform(&step, tries).await;
        let duration_ms = (self.commands.clock.now() - started).num_milliseconds();
        let (StepMessage { tenant, user, step, correlation_id, .. }, epoch) = (&step, step.epoch.get());
        match performed {
            Ok(performed) => {
                tracing::info!(%tenant, user.id = %user, %step, epoch, correlation_id, ?performed, tries, duration_ms, "step");
                (performed == Performed::TryAgain).then(|| back_off(message, tries))
            }
            Err(error) => {
                tracing::warn!(%tenant, user.id = %user, %step, epoch, correlation_id, error = chain(&error), tries, duration_ms, "step");
                Some(back_off(message, tries))
            }
        }
    }

    async fn perform(&self, message: &StepMessage, tries: u32) -> Result<Performed, StoreError> {
        let outcome = match &message.step {
            Step::LinkRole(role) => self.link_role(&message.tenant, role).await?,
            Step::SendConfirmation(number) => match self.send_confirmation(message, *number).await? {
                Some(outcome) => outcome,
                None => return Ok(Performed::Superseded),
            },
        };
        self.record(message, outcome, tries).await
    }

    /// Reports how the step went. The command's id holds everything that makes one result differ from
    /// another, so a repeated delivery of the same result is carried out once.
    async fn record(
        &self,
        message: &StepMessage,
        outcome: StepOutcome,
        tries: u32,
    ) -> Result<Performed, StoreError> {
        let retryable = matches!(outcome, StepOutcome::Retryable { .. });
        let kind = outcome.kind().as_str();
        let id = if retryable {
            format!("{}/{kind}/{tries}", message.step_id())
        } else {
            format!("{}/{kind}", message.step_id())
        };
        let command =
            UserCommand::RecordStepResult { step: message.step.clone(), epoch: message.epoch, outcome };
        match self.command(message, id, command).await {
            Ok(executed) if retryable && is_pending(&executed.state, message) => Ok(Performed::TryAgain),
            Ok(_) => Ok(Performed::Done),
            Err(ExecuteError::Rejected(rejection)) => {
                // Nobody is there to report to: a message that no stream asked for.
                tracing::error!(%rejection, user.id = %message.user, "a step result was refused");
                Ok(Performed::Superseded)
            }
            Err(ExecuteError::Store(error)) => Err(error),
        }
    }

    async fn command(
        &self,
        message: &StepMessage,
        command_id: String,
        command: UserCommand,
    ) -> Result<Executed<User>, ExecuteError<Rejection>> {
        let order = Order {
            tenant: message.tenant.clone(),
            by: Actor::Worker,
            fingerprint: fingerprint(&[command_id.as_bytes()]),
            command_id,
            correlation_id: message.correlation_id.clone(),
            causation_id: Some(message.causation_id.clone()),
            traceparent: message.traceparent.clone(),
            expected_commit: None,
        };
        self.commands.user(message.user, order, command).await
    }
}

fn is_pending(user: &User, message: &StepMessage) -> bool {
    standing(user, &message.step, message.epoch) == Standing::Pending
}

/// A message that cannot be read goes to the dead letters, where an operator sees it.
fn read(message: &SqsMessage) -> Option<StepMessage> {
    let parsed = serde_json::from_str(message.body.as_deref().unwrap_or_default());
    parsed
        .map_err(|error| tracing::error!(%error, message.id = message.message_id, "not a step message"))
        .ok()
}

fn receive_count(message: &SqsMessage) -> u32 {
    message.attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok()).unwrap_or(1)
}

/// 2, 4, 8 … seconds, two minutes at most, and up to half of it again, by the message's id: messages
/// that failed together come back apart.
fn back_off(message: &SqsMessage, tries: u32) -> Duration {
    let seconds = (1 << tries.clamp(1, 7)).min(120);
    let spread =
        message.message_id.iter().flat_map(|id| id.bytes()).fold(0, |sum: u64, byte| sum + u64::from(byte));
    Duration::from_secs(seconds + spread % (seconds / 2 + 1))
}

fn failure(message: &SqsMessage) -> BatchItemFailure {
    let mut failure = BatchItemFailure::default();
    failure.item_identifier = message.message_id.clone().unwrap_or_default();
    failure
}

/// Whose confirmation, and which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub tenant: TenantId,
    pub user: UserId,
    pub number: u32,
}
