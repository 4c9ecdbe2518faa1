use chrono::{DateTime, Utc};
use event_store::{Commit, StreamId};
use serde::{Deserialize, Serialize};

use crate::arguments::Export;

/// Which events an export holds.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(super) struct Filter {
    pub tenant: Option<String>,
    pub aggregate: Option<String>,
    pub id: Option<String>,
    pub types: Vec<String>,
    pub from: Option<DateTime<Utc>>,
    pub until: Option<DateTime<Utc>>,
}

impl Filter {
    pub(super) fn of(export: &Export) -> Self {
        Self {
            tenant: export.tenant.as_ref().map(|tenant| tenant.as_str().to_owned()),
            aggregate: export.aggregate.map(|kind| kind.as_str().to_owned()),
            id: export.id.clone(),
            types: export.types.clone(),
            from: export.from,
            until: export.until,
        }
    }

    /// Whether each stream is there from its beginning, without a hole.
    pub(super) fn keeps_streams_whole(&self) -> bool {
        self.types.is_empty() && self.from.is_none()
    }

    pub(super) fn takes(&self, commit: &Commit) -> bool {
        self.takes_stream(&commit.stream)
            && self.from.is_none_or(|from| commit.at >= from)
            && self.until.is_none_or(|until| commit.at < until)
    }

    pub(super) fn takes_type(&self, event_type: &str) -> bool {
        self.types.is_empty() || self.types.iter().any(|taken| taken == event_type)
    }

    fn takes_stream(&self, stream: &StreamId) -> bool {
        let is = |wanted: &Option<String>, part: &str| wanted.as_ref().is_none_or(|wanted| wanted == part);
        is(&self.tenant, stream.tenant()) && is(&self.aggregate, stream.kind()) && is(&self.id, stream.id())
    }
}
