//! Turns newly pending steps into queue messages. Reads nothing: the events say which steps became
//! pending. A message that is sent twice is performed once, because the worker asks the user's stream.

use aws_lambda_events::{dynamodb::Event, streams::DynamoDbEventResponse};
use cqrs_es::Aggregate;
use domain::{
    Epoch, TenantId, User, UserId,
    user::{Step, UserEvent},
};
use event_store::{Commit, CorruptCommit};
use infra_aws::queue::{Queue, SendError};

use crate::{
    history,
    step_message::StepMessage,
    stream::{self, Delivered},
};

/// The function.
#[derive(Clone, Debug)]
pub struct Dispatcher {
    steps: Queue,
}

impl Dispatcher {
    #[must_use]
    pub fn new(steps: Queue) -> Self {
        Self { steps }
    }

    /// Sends a message for every step that the batch's commits ask for.
    pub async fn handle(&self, event: Event) -> DynamoDbEventResponse {
        let requested: Vec<(String, StepMessage)> =
            stream::commits(event).into_iter().flat_map(requests).collect();
        let bodies: Vec<String> = requested.iter().map(|(_, message)| message.to_body()).collect();
        match self.steps.send(&bodies).await {
            Ok(()) => stream::response([]),
            Err(SendError { places, reason }) => {
                tracing::warn!(
                    reason,
                    messages = places.len(),
                    "the batch is delivered again from the first of them"
                );
                stream::response(places.into_iter().map(|place| requested[place].0.clone()))
            }
        }
    }
}

/// The steps that a record asks for. An unreadable commit asks for none here: the projector parks
/// it, and an operator sees to both.
fn requests(delivered: Delivered) -> Vec<(String, StepMessage)> {
    let Delivered { sequence_number, commit } = delivered;
    let Ok(commit) = commit else { return Vec::new() };
    match messages(&commit) {
        Ok(messages) => messages.into_iter().map(|message| (sequence_number.clone(), message)).collect(),
        Err(error) => {
            tracing::error!(stream = %commit.stream, commit = commit.number, %error, "steps of an unreadable commit");
            Vec::new()
        }
    }
}

fn messages(commit: &Commit) -> Result<Vec<StepMessage>, CorruptCommit> {
    if commit.stream.kind() != User::TYPE {
        return Ok(Vec::new());
    }
    let (Ok(tenant), Ok(user)) = (TenantId::parse(commit.stream.tenant()), commit.stream.id().parse()) else {
        return Ok(Vec::new());
    };
    let events: Vec<UserEvent> = commit.decode(history::upcasters())?;
    let requested = events.iter().filter_map(UserEvent::requested_steps);
    let steps = requested.flat_map(|(epoch, steps)| steps.iter().map(move |step| (epoch, step)));
    Ok(steps.map(|(epoch, step)| message(commit, &tenant, user, epoch, step)).collect())
}

fn message(commit: &Commit, tenant: &TenantId, user: UserId, epoch: Epoch, step: &Step) -> StepMessage {
    StepMessage {
        tenant: tenant.clone(),
        user,
        step: step.clone(),
        epoch,
        correlation_id: commit.metadata.correlation_id.clone(),
        causation_id: format!("{}@{}", commit.stream, commit.number),
        traceparent: commit.metadata.traceparent.clone(),
    }
}
