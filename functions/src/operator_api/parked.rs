//! Aggregates that are set aside, as operators see them: where, why and since when, and nothing of what is in them.

use chrono::{DateTime, SecondsFormat, Utc};
use event_store::StreamId;
use infra_aws::views::{Models, Parked};
use serde::Serialize;

use super::Desk;
use crate::{
    http::{Kind, Problem},
    projector::{EVERY_READ_MODEL, Outcome, ProjectError, Retried},
    read_models::{self, AnyModel},
};

/// One note.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ParkedItem {
    projection: String,
    generation: u32,
    /// Whether queries are answered from this generation.
    live: bool,
    #[serde(flatten)]
    stream: StreamItem,
    /// The commit that cannot be applied; null when it is the row that cannot be read.
    commit: Option<u64>,
    code: String,
    reason: String,
    first_at: String,
    last_at: String,
    times: u64,
}

/// `{tenant}#{aggregate}#{id}`, and its parts, if it has these three.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct StreamItem {
    stream: String,
    tenant: Option<String>,
    aggregate: Option<String>,
    id: Option<String>,
}

/// What trying an aggregate once more came to, in every generation that is kept.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RetriedItem {
    #[serde(flatten)]
    stream: StreamItem,
    generations: Vec<GenerationItem>,
}

/// `commit` is the last one in the row if `outcome` is `applied`, and the one that cannot be applied if it is
/// `parked`.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct GenerationItem {
    projection: String,
    generation: u32,
    live: bool,
    outcome: &'static str,
    commit: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl ParkedItem {
    pub(super) fn of(parked: Parked, models: &Models) -> Self {
        Self {
            generation: parked.generation.0,
            live: models.of(&parked.model).live == parked.generation,
            projection: parked.model,
            stream: StreamItem::of(&parked.stream),
            commit: parked.commit,
            code: parked.code,
            reason: parked.reason,
            first_at: written(parked.since),
            last_at: written(parked.seen),
            times: parked.times,
        }
    }
}

impl StreamItem {
    fn of(stream: &str) -> Self {
        let parsed = StreamId::parse(stream).ok();
        let part = |part: fn(&StreamId) -> &str| parsed.as_ref().map(|stream| part(stream).to_owned());
        Self {
            stream: stream.into(),
            tenant: part(StreamId::tenant),
            aggregate: part(StreamId::kind),
            id: part(StreamId::id),
        }
    }
}

impl RetriedItem {
    /// Of a note that no read model could be found for: it stays.
    pub(super) fn still(parked: Parked) -> Self {
        let generation = GenerationItem {
            projection: parked.model,
            generation: parked.generation.0,
            live: true,
            outcome: "parked",
            commit: parked.commit,
            code: Some(parked.code),
            reason: Some(parked.reason),
        };
        Self { stream: StreamItem::of(&parked.stream), generations: vec![generation] }
    }

    /// A note that no read model is about stays.
    pub(super) fn or_still(self, parked: Parked) -> Self {
        if self.generations.is_empty() { Self::still(parked) } else { self }
    }

    /// Whether nothing was there to be folded, nor in the way.
    pub(super) fn is_nothing(&self) -> bool {
        self.generations.iter().all(|one| one.outcome == "applied" && one.commit == Some(0))
    }
}

impl From<Retried> for GenerationItem {
    fn from(Retried { projection, generation, live, outcome }: Retried) -> Self {
        let (outcome, commit, why) = match outcome {
            Outcome::Applied(commit) => ("applied", Some(commit), None),
            Outcome::Parked(obstacle) => {
                ("parked", obstacle.commit, Some((obstacle.code.to_owned(), obstacle.reason)))
            }
        };
        let (code, reason) = why.unzip();
        let projection = projection.to_owned();
        Self { projection, generation: generation.0, live, outcome, commit, code, reason }
    }
}

impl Desk {
    /// Folds an aggregate once more in the read models that `projection` stands for.
    pub(super) async fn retry(
        &self,
        projection: &str,
        stream: &StreamId,
        models: &Models,
    ) -> Result<RetriedItem, Problem> {
        let mut generations = Vec::new();
        for model in meant(projection, stream.kind()) {
            let retried = model.retry(&self.projector, stream, models.of(model.name())).await?;
            generations.extend(retried.into_iter().map(GenerationItem::from));
        }
        if projection == EVERY_READ_MODEL && !generations.is_empty() {
            // From now on each of its read models speaks for itself.
            let first = models.of(EVERY_READ_MODEL).live;
            self.projector.views.unpark(EVERY_READ_MODEL, first, &stream.to_string()).await?;
        }
        Ok(RetriedItem { stream: StreamItem::of(&stream.to_string()), generations })
    }
}

/// The read models that a projection's name stands for, as far as they are about this aggregate type.
fn meant<'a>(projection: &'a str, source: &'a str) -> impl Iterator<Item = &'static dyn AnyModel> + use<'a> {
    read_models::of(source).filter(move |model| [EVERY_READ_MODEL, model.name()].contains(&projection))
}

/// Refuses a projection that there is none of.
pub(super) fn known(projection: &str) -> Result<(), Problem> {
    let names: Vec<_> =
        read_models::all().iter().map(|model| model.name()).chain([EVERY_READ_MODEL]).collect();
    if names.contains(&projection) {
        return Ok(());
    }
    let detail = format!("There is no such projection; there are {}.", names.join(", "));
    Err(Problem::new(Kind::INVALID_PARAMETER, detail))
}

pub(super) fn not_parked() -> Problem {
    Problem::new(Kind::NOT_PARKED, Kind::NOT_PARKED.advice)
}

fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

impl From<ProjectError> for Problem {
    fn from(error: ProjectError) -> Self {
        match error {
            ProjectError::Store(error) => error.into(),
            ProjectError::View(error) => error.into(),
        }
    }
}
