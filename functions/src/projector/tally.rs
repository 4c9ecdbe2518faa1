//! What is told of batches in logs, metrics and traces.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use event_store::StreamId;
use infra_aws::metrics::{self, Metric};

use super::Projector;
use crate::{
    spans::{self, Span},
    stream::Group,
    trace_context::TraceContext,
};

/// What came of a batch.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) records: usize,
    /// Of all records, how many held a commit that could be read.
    pub(crate) commits: usize,
    pub(crate) parked: usize,
    models: BTreeMap<&'static str, OfModel>,
    /// The commands behind the commits.
    causes: Vec<TraceContext>,
}

/// What came of it for one read model.
#[derive(Debug, Default)]
pub(crate) struct OfModel {
    /// Of each row that was written: the time since its last commit, in milliseconds.
    pub(crate) ages: Vec<i64>,
    pub(crate) gaps_healed: u64,
    /// Commits that the row had.
    pub(crate) duplicates: u64,
}

impl Tally {
    pub(super) fn of(&mut self, model: &'static str) -> &mut OfModel {
        self.models.entry(model).or_default()
    }

    pub(super) fn met(&mut self, group: &Group) {
        self.commits += group.commits.len();
        self.causes.extend(group.commits.iter().filter_map(TraceContext::of_commit));
    }

    pub(super) fn rows(&self) -> usize {
        self.models.values().map(|model| model.ages.len()).sum()
    }

    fn sum(&self, of: impl Fn(&OfModel) -> u64) -> u64 {
        self.models.values().map(of).sum()
    }
}

/// Around the work on one aggregate: what its last commit is about.
pub(super) fn span(stream: &StreamId, group: &Group) -> tracing::Span {
    let last = group.commits.last();
    tracing::info_span!(
        "aggregate",
        tenant = stream.tenant(),
        %stream,
        commit = last.map(|commit| commit.number),
        correlation_id = last.map(|commit| commit.metadata.correlation_id.as_str()),
        causation_id = last.and_then(|commit| commit.metadata.causation_id.as_deref()),
        command_id = last.map(|commit| commit.command_id.as_str()),
    )
}

impl Projector {
    /// One line for each aggregate of a batch that rows were written of.
    pub(super) fn tell_of_group(&self, group: &Group, rows: usize) {
        let (Some(first), Some(last)) = (group.commits.first(), group.commits.last()) else { return };
        if rows > 0 {
            let age_ms = (self.clock.now() - last.at).num_milliseconds();
            tracing::info!(first_commit = first.number, rows, age_ms, "projected");
        }
    }

    /// One line and one span for each batch, one line of metrics for each read model.
    pub(super) fn tell(&self, tally: Tally, failed: usize, began: DateTime<Utc>) {
        let now = self.clock.now();
        let Tally { records, commits, parked, .. } = tally;
        tracing::info!(
            records,
            commits,
            rows = tally.rows(),
            gaps_healed = tally.sum(|model| model.gaps_healed),
            duplicates = tally.sum(|model| model.duplicates),
            parked,
            failed,
            duration_ms = (now - began).num_milliseconds(),
            "batch projected"
        );
        for (projection, OfModel { ages, gaps_healed, duplicates }) in &tally.models {
            let line = [
                Metric::milliseconds("CommitToViewAge", ages.iter().copied()),
                Metric::count("GapsHealed", *gaps_healed),
                Metric::count("DuplicateRecords", *duplicates),
            ];
            metrics::write(&[("projection", projection)], &line, now);
        }
        spans::ended(|| Span {
            name: "project".into(),
            kind: spans::Kind::Consumer,
            context: batch(&tally.causes, began),
            parent: None,
            links: tally.causes,
            began,
            ended: now,
            attributes: vec![("records", records.to_string()), ("commits", commits.to_string())],
            failed: failed > 0,
        });
    }
}

/// A batch has many causes: it is a trace of its own.
fn batch(causes: &[TraceContext], began: DateTime<Utc>) -> TraceContext {
    let (causes, began): (Vec<String>, _) =
        (causes.iter().map(ToString::to_string).collect(), began.to_rfc3339());
    let mut parts = vec!["batch", began.as_str()];
    parts.extend(causes.iter().map(String::as_str));
    TraceContext::begin(&parts)
}
