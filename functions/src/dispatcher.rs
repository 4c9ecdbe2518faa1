//! Turns newly pending steps into queue messages, writes down for the [`feed`](crate::feed) which commits it met, and tells
//! the courier of [`webhooks`](crate::webhooks) what to send. The events say which steps became pending; which webhooks a
//! tenant has is all that is read. A message that is sent twice is performed once, because the worker asks the user's
//! stream.

use aws_lambda_events::{dynamodb::Event, streams::DynamoDbEventResponse};
use chrono::{DateTime, Utc};
use cqrs_es::Aggregate;
use domain::{
    Epoch, TenantId, User, UserId,
    user::{Step, UserEvent},
};
use event_store::{Commit, CorruptCommit};
use futures_util::future::join3;
use infra_aws::{
    clock::Clock,
    queue::{Outgoing, Queue, SendError},
};

use crate::{
    feed::{self, FeedWriter, NotAppended},
    history,
    spans::{self, Span},
    step_message::StepMessage,
    stream::{self, Delivered},
    trace_context::TraceContext,
    webhooks::{FanOut, NotFanned},
};

/// The function.
#[derive(Clone, Debug)]
pub struct Dispatcher {
    steps: Queue,
    feed: FeedWriter,
    webhooks: FanOut,
    clock: Clock,
}

/// A step that a commit asks for.
struct Requested {
    /// The record's.
    sequence_number: String,
    message: StepMessage,
    command_id: String,
    commit: u64,
    /// The command that asked.
    asked_by: Option<TraceContext>,
}

impl Dispatcher {
    #[must_use]
    pub fn new(steps: Queue, feed: FeedWriter, webhooks: FanOut, clock: Clock) -> Self {
        Self { steps, feed, webhooks, clock }
    }

    /// Sends a message for every step that the batch's commits ask for, tells the feed of the commits and the
    /// courier of the events, all at once: what fails of any of it comes again.
    pub async fn handle(&self, event: Event) -> DynamoDbEventResponse {
        let began = self.clock.now();
        let delivered = stream::commits(event);
        let entries = feed::entries(&delivered);
        let fanned = async {
            let messages = self.webhooks.messages(&delivered).await;
            self.webhooks.send(messages).await
        };
        let requested: Vec<Requested> = delivered.iter().flat_map(requests).collect();
        let messages: Vec<Outgoing> = requested.iter().map(|one| one.message.to_outgoing()).collect();
        let (sent, appended, fanned) =
            join3(self.steps.send(&messages), self.feed.append(&entries), fanned).await;
        let unsent = sent.as_ref().map_or_else(|error| &error.places[..], |()| &[]);
        let now = self.clock.now();
        for (_, one) in requested.iter().enumerate().filter(|(place, _)| !unsent.contains(place)) {
            one.tell((began, now));
        }
        spans::flush().await;
        let mut failed = Vec::new();
        if let Err(SendError { places, reason }) = sent {
            let messages = places.len();
            tracing::warn!(reason, messages, "the batch is delivered again from the first of them");
            failed.extend(places.into_iter().map(|place| requested[place].sequence_number.clone()));
        }
        if let Err(NotAppended { records, reason }) = appended {
            let commits = records.len();
            tracing::warn!(reason, commits, "the batch is delivered again for the feed");
            failed.extend(records);
        }
        if let Err(NotFanned { records, reason }) = fanned {
            let commits = records.len();
            tracing::warn!(reason, commits, "the batch is delivered again for webhooks");
            failed.extend(records);
        }
        stream::response(failed)
    }
}

impl Requested {
    /// That it was sent.
    fn tell(&self, (began, ended): (DateTime<Utc>, DateTime<Utc>)) {
        let StepMessage { tenant, step, epoch, correlation_id, causation_id, traceparent, .. } =
            &self.message;
        tracing::info!(
            correlation_id,
            causation_id,
            command_id = self.command_id,
            %tenant,
            stream = self.message.stream(),
            commit = self.commit,
            %step,
            epoch = epoch.get(),
            trace_id = traceparent.map(|trace| trace.trace()),
            "step sent"
        );
        let Some(context) = *traceparent else { return };
        spans::ended(|| Span {
            name: format!("send {}", self.message.kind()),
            kind: spans::Kind::Producer,
            context,
            parent: self.asked_by,
            links: Vec::new(),
            began,
            ended,
            attributes: vec![
                ("correlation.id", correlation_id.clone()),
                ("causation.id", causation_id.clone()),
            ],
            failed: false,
        });
    }
}

/// The steps that a record asks for. An unreadable commit asks for none here: the projector parks
/// it, and an operator sees to both.
fn requests(delivered: &Delivered) -> Vec<Requested> {
    let Delivered { sequence_number, commit } = delivered;
    let Ok(commit) = commit else { return Vec::new() };
    let requested = |message| Requested {
        sequence_number: sequence_number.clone(),
        message,
        command_id: commit.command_id.clone(),
        commit: commit.number,
        asked_by: TraceContext::of_commit(commit),
    };
    match messages(commit) {
        Ok(messages) => messages.into_iter().map(requested).collect(),
        Err(error) => {
            let (stream, number) = (&commit.stream, commit.number);
            let correlation_id = &commit.metadata.correlation_id;
            tracing::error!(%stream, commit = number, correlation_id, %error, "steps of an unreadable commit");
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
        requested_at: Some(commit.at),
        traceparent: TraceContext::of_commit(commit).map(|parent| parent.child(&["step", &step.to_string()])),
    }
}
