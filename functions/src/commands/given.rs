use chrono::{DateTime, Utc};
use cqrs_es::Aggregate;
use domain::Rejection;
use event_store::{CommandContext, ExecuteError, Executed};
use infra_aws::{
    clock::Clock,
    metrics::{self, Metric},
};
use tracing::Instrument as _;

use super::Outcome;
use crate::{
    http::{Kind, problem},
    spans::{self, Span},
    trace_context::TraceContext,
};

/// A command on its way: what is told of it in logs, metrics and traces.
pub(super) struct Given<'a> {
    name: &'static str,
    stream: String,
    context: &'a CommandContext,
    parent: Option<TraceContext>,
    trace: TraceContext,
    clock: &'a Clock,
}

/// What a command came to, in the words of logs and metrics.
struct Ended {
    outcome: CameTo,
    /// Of the refusal, or of the failure.
    code: &'static str,
    commit: Option<u64>,
    events: usize,
    retries: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CameTo {
    Accepted,
    Duplicate,
    Rejected,
    /// Other writers were faster each time.
    Conflict,
    /// The world failed.
    Failed,
}

impl CameTo {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Duplicate => "duplicate",
            Self::Rejected => "rejected",
            Self::Conflict => "conflict",
            Self::Failed => "failed",
        }
    }
}

impl<'a> Given<'a> {
    /// `parent`: what the command is a part of.
    pub(super) fn new<A: Aggregate>(
        name: &'static str,
        id: &str,
        context: &'a CommandContext,
        (parent, trace): (Option<TraceContext>, TraceContext),
        clock: &'a Clock,
    ) -> Self {
        let stream = format!("{}#{}#{id}", context.tenant, A::TYPE);
        Self { name, stream, context, parent, trace, clock }
    }

    /// Waits for what the command comes to, and tells of it: one line, one metric, one span.
    pub(super) async fn told<A>(&self, carried_out: impl Future<Output = Outcome<A>>) -> Outcome<A> {
        let CommandContext { tenant, command_id, metadata, .. } = self.context;
        let span = tracing::info_span!(
            "command",
            command = self.name,
            command_id,
            correlation_id = metadata.correlation_id,
            causation_id = metadata.causation_id,
            tenant,
            stream = self.stream,
            trace_id = self.trace.trace(),
        );
        let began = self.clock.now();
        let outcome = carried_out.instrument(span.clone()).await;
        let (ended, now) = (Ended::of(&outcome), self.clock.now());
        span.in_scope(|| self.log(&outcome, &ended, (now - began).num_milliseconds()));
        self.measure(&ended, began, now);
        spans::ended(|| self.span(&ended, began, now));
        outcome
    }

    fn log<A>(&self, outcome: &Outcome<A>, ended: &Ended, duration_ms: i64) {
        let Ended { outcome: came_to, code, commit, events, retries } = *ended;
        match outcome {
            Ok(Executed { cost, .. }) => tracing::info!(
                outcome = came_to.as_str(),
                commit,
                events,
                retries,
                round_trips = cost.round_trips,
                write_units = cost.write_units,
                read_units = cost.read_units,
                duration_ms,
                "command"
            ),
            Err(_) => tracing::info!(outcome = came_to.as_str(), code, retries, duration_ms, "command"),
        }
    }

    fn measure(&self, ended: &Ended, began: DateTime<Utc>, now: DateTime<Utc>) {
        let mut line = vec![
            Metric::milliseconds("CommandLatency", [(now - began).num_milliseconds()]),
            Metric::count("ConflictRetries", ended.retries.into()),
        ];
        match ended.outcome {
            CameTo::Accepted => line.push(Metric::count("Accepted", 1)),
            CameTo::Duplicate => line.push(Metric::count("Duplicates", 1)),
            CameTo::Conflict => line.push(Metric::count("Conflicts", 1)),
            CameTo::Failed => line.push(Metric::count("Failed", 1)),
            // Counted by its code, which is a dimension of that metric alone.
            CameTo::Rejected => metrics::count("Rejected", 1, &[("code", ended.code)], now),
        }
        metrics::write(&[], &line, now);
    }

    fn span(&self, ended: &Ended, began: DateTime<Utc>, now: DateTime<Utc>) -> Span {
        let mut attributes = vec![
            ("command.id", self.context.command_id.clone()),
            ("correlation.id", self.context.metadata.correlation_id.clone()),
            ("stream", self.stream.clone()),
            ("outcome", ended.outcome.as_str().to_owned()),
        ];
        attributes.extend(ended.commit.map(|commit| ("commit", commit.to_string())));
        Span {
            name: format!("command.{}", self.name),
            kind: spans::Kind::Internal,
            context: self.trace,
            parent: self.parent,
            links: Vec::new(),
            began,
            ended: now,
            attributes,
            failed: ended.outcome == CameTo::Failed,
        }
    }
}

impl Ended {
    fn of<A>(outcome: &Outcome<A>) -> Self {
        match outcome {
            Ok(Executed { receipt, retries, .. }) => Self {
                outcome: if receipt.duplicate { CameTo::Duplicate } else { CameTo::Accepted },
                code: "",
                commit: Some(receipt.commit),
                events: receipt.events,
                retries: *retries,
            },
            Err(error) => {
                let (outcome, code) = refusal(error);
                Self { outcome, code, commit: None, events: 0, retries: 0 }
            }
        }
    }
}

fn refusal(error: &ExecuteError<Rejection>) -> (CameTo, &'static str) {
    let kind = match error {
        // Only a worker's commands meet this one, and to them it is no mistake.
        ExecuteError::Rejected(Rejection::StepNotPending) => return (CameTo::Rejected, "step-not-pending"),
        ExecuteError::Rejected(rejection) => problem::of_rejection(rejection),
        ExecuteError::Store(error) => problem::of_store_error(error),
    };
    let outcome = if kind == Kind::CONTENTION {
        CameTo::Conflict
    } else if kind == Kind::UNAVAILABLE || kind == Kind::INTERNAL {
        CameTo::Failed
    } else {
        CameTo::Rejected
    };
    (outcome, kind.code)
}
