use std::{num::NonZeroU64, pin::pin, slice};

use chrono::{DateTime, SecondsFormat, Utc};
use domain::TenantId;
use event_store::{Commit, StreamId};
use futures_util::TryStreamExt as _;
use projections::{ReadModel, Row};

use super::{Sources, fresh::problem, get_user::unknown};
use crate::{
    fold::fold,
    http::{Kind, Problem},
};

/// Of when an answer is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// After the commit of this number.
    Version(NonZeroU64),
    /// At this instant: after the last commit before the first that is later. What is yet to come is now.
    Instant(DateTime<Utc>),
}

impl Moment {
    /// From `version=` and `at=`, of which one may be given.
    pub(super) fn parse(version: Option<&str>, at: Option<&str>) -> Result<Option<Self>, Problem> {
        match (version, at) {
            (None, None) => Ok(None),
            (Some(version), None) => {
                let version = version.parse().map(Self::Version);
                version.map(Some).map_err(|_| refused("version is the number of a commit, from 1."))
            }
            (None, Some(at)) => {
                let at = DateTime::parse_from_rfc3339(at).map(|at| Self::Instant(at.to_utc()));
                at.map(Some).map_err(|_| {
                    refused("at is a time such as 2026-11-21T12:00:00Z; the + of an offset is written %2B.")
                })
            }
            (Some(_), Some(_)) => Err(refused("version and at are two ways to say when; send one of them.")),
        }
    }

    fn is_before(self, commit: &Commit) -> bool {
        match self {
            Self::Version(version) => version.get() < commit.number,
            Self::Instant(at) => at < commit.at,
        }
    }

    fn is_version(self, number: u64) -> bool {
        match self {
            Self::Version(version) => version.get() == number,
            Self::Instant(_) => false,
        }
    }
}

impl Sources {
    /// The row of a user as it was, folded from the events. Reads the stream from its beginning up to there.
    pub(super) async fn as_of<R: ReadModel>(
        &self,
        tenant: &TenantId,
        id: &str,
        moment: Moment,
    ) -> Result<Row<R::View>, Problem> {
        let stream = StreamId::new(tenant.as_str(), R::SOURCE, id).map_err(event_store::StoreError::from)?;
        let mut commits = pin!(self.events.commits(&stream, 0));
        let mut row = Row::default();
        while !moment.is_version(row.version)
            && let Some(commit) = commits.try_next().await?
        {
            if moment.is_before(&commit) {
                return if row.version == 0 { Err(not_yet(commit.at)) } else { Ok(row) };
            }
            fold::<R>(&mut row, slice::from_ref(&commit)).map_err(problem)?;
        }
        if row.version == 0 {
            return Err(unknown());
        }
        match moment {
            Moment::Version(version) if row.version < version.get() => Err(beyond(row.version)),
            Moment::Version(_) | Moment::Instant(_) => Ok(row),
        }
    }
}

fn refused(detail: &str) -> Problem {
    Problem::new(Kind::INVALID_PARAMETER, detail)
}

fn not_yet(since: DateTime<Utc>) -> Problem {
    let since = since.to_rfc3339_opts(SecondsFormat::Millis, true);
    Problem::new(
        Kind::NOT_CREATED_YET,
        format!("The user exists since {since}. {}", Kind::NOT_CREATED_YET.advice),
    )
}

fn beyond(newest: u64) -> Problem {
    let detail = format!("The newest version is {newest}. {}", Kind::VERSION_UNKNOWN.advice);
    Problem::new(Kind::VERSION_UNKNOWN, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_version_or_an_instant() {
        let noon = "2026-11-21T12:00:00Z".parse().unwrap();
        let parsed = |version, at| Moment::parse(version, at).unwrap();
        assert_eq!(parsed(None, None), None);
        assert_eq!(parsed(Some("7"), None), Some(Moment::Version(NonZeroU64::new(7).unwrap())));
        assert_eq!(parsed(None, Some("2026-11-21T13:00:00+01:00")), Some(Moment::Instant(noon)));
    }

    #[test]
    fn anything_else_is_told_what_to_send() {
        for (version, at) in [
            (Some("0"), None),
            (Some("-1"), None),
            (Some("1.5"), None),
            (Some("\"5\""), None),
            (Some("99999999999999999999"), None),
            (None, Some("yesterday")),
            (None, Some("2026-11-21")),
            (None, Some("2026-11-21T12:00:00")),
            (None, Some("2026-11-21T13:00:00 01:00")),
            (Some("1"), Some("2026-11-21T12:00:00Z")),
        ] {
            let refused = Moment::parse(version, at).unwrap_err();
            assert_eq!(refused.kind, Kind::INVALID_PARAMETER, "{version:?} {at:?}");
        }
    }
}
