//! What is told of steps in logs, metrics and traces.

use aws_lambda_events::sqs::SqsEvent;
use chrono::{DateTime, Utc};
use domain::user::StepOutcome;
use event_store::StoreError;
use infra_aws::{
    logs::chain,
    metrics::{self, Metric},
};

use super::{Delivery, Performed, Tried, Worker, mail_report::Flagged};
use crate::{
    spans::{self, Span},
    step_message::StepMessage,
    trace_context::TraceContext,
};

/// A batch of steps has many causes: it is a trace of its own.
pub(super) fn batch(event: &SqsEvent) -> TraceContext {
    let mut parts = vec!["steps"];
    parts.extend(event.records.iter().filter_map(|message| message.message_id.as_deref()));
    let counts = event.records.iter().filter_map(|message| message.attributes.get("ApproximateReceiveCount"));
    parts.extend(counts.map(String::as_str));
    TraceContext::begin(&parts)
}

/// The place of a try at a step.
pub(super) fn trace(step: &StepMessage, delivery: &Delivery<'_>) -> TraceContext {
    let count = delivery.count.to_string();
    let name = ["try", delivery.message_id, &count];
    step.traceparent.map_or_else(|| TraceContext::begin(&name), |sent| sent.child(&name))
}

pub(super) fn span(step: &StepMessage, delivery: &Delivery<'_>) -> tracing::Span {
    tracing::info_span!(
        "step",
        correlation_id = step.correlation_id,
        causation_id = step.causation_id,
        tenant = %step.tenant,
        stream = step.stream(),
        step = %step.step,
        epoch = step.epoch.get(),
        attempt = delivery.count,
        message_id = delivery.message_id,
        trace_id = step.traceparent.map(|trace| trace.trace()),
    )
}

pub(super) fn report_span(report: &Flagged, delivery: &Delivery<'_>) -> tracing::Span {
    let Flagged { tenant, user, .. } = report;
    let (message_id, attempt) = (delivery.message_id, delivery.count);
    tracing::info_span!("mail report", %tenant, stream = format!("{tenant}#user#{user}"), attempt, message_id)
}

impl Worker {
    /// One line, one metric, one span for each try.
    pub(super) fn tell(
        &self,
        step: &StepMessage,
        (sent, batch): (Option<TraceContext>, TraceContext),
        delivery: &Delivery<'_>,
        tried: &Result<Tried, StoreError>,
        began: DateTime<Utc>,
    ) {
        let now = self.commands.clock.now();
        let (outcome, code) = outcome(tried);
        let duration_ms = (now - began).num_milliseconds();
        let asked = step.requested_at.map(|at| (now - at).num_milliseconds());
        match tried {
            Ok(_) => tracing::info!(outcome, code, latency_ms = asked, duration_ms, "step"),
            Err(error) => tracing::warn!(outcome, error = chain(error), duration_ms, "step"),
        }
        let is_result = matches!(tried, Ok((Performed::Done, Some(_))));
        let latency = asked.filter(|_| is_result).map(|asked| Metric::milliseconds("StepLatency", [asked]));
        let mut line = vec![Metric::count("StepAttempts", delivery.count.into())];
        line.extend(latency);
        metrics::write(&[("step", step.kind()), ("outcome", outcome)], &line, now);
        let Some(context) = step.traceparent else { return };
        spans::ended(|| Span {
            name: format!("step.{}", step.kind()),
            kind: spans::Kind::Consumer,
            context,
            parent: sent,
            links: vec![batch],
            began,
            ended: now,
            attributes: vec![
                ("correlation.id", step.correlation_id.clone()),
                ("causation.id", step.causation_id.clone()),
                ("outcome", outcome.to_owned()),
                ("attempt", delivery.count.to_string()),
            ],
            failed: tried.is_err(),
        });
    }

    /// A batch, linked to what was sent.
    pub(super) fn tell_batch(
        &self,
        (context, links): (TraceContext, Vec<TraceContext>),
        (messages, again): (usize, usize),
        began: DateTime<Utc>,
    ) {
        let ended = self.commands.clock.now();
        spans::ended(|| Span {
            name: "process steps".into(),
            kind: spans::Kind::Consumer,
            context,
            parent: None,
            links,
            began,
            ended,
            attributes: vec![("messages", messages.to_string()), ("again", again.to_string())],
            failed: false,
        });
    }
}

/// What became of a step, in the words of logs and metrics, and why.
fn outcome(tried: &Result<Tried, StoreError>) -> (&'static str, Option<&str>) {
    match tried {
        Ok((_, Some(StepOutcome::Succeeded { .. }))) => ("succeeded", None),
        Ok((_, Some(StepOutcome::RoleRetired))) => ("role_retired", None),
        Ok((_, Some(StepOutcome::Retryable { error }))) => ("retryable", Some(error)),
        Ok((_, Some(StepOutcome::Permanent { error }))) => ("permanent", Some(error)),
        Ok((Performed::Held(_), None)) => ("held", None),
        Ok((Performed::Done | Performed::Superseded | Performed::TryAgain, None)) => ("superseded", None),
        Err(_) => ("failed", None),
    }
}
