use event_store::{Commit, DynamoEventStore, Segment, StreamId};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::Failure;

/// The table is read in so many parts at once.
const SEGMENTS: u32 = 4;
const PAGE: Option<i32> = Some(1_000);

/// The commits of this correlation id: of these streams or, if none is known, of the whole table. One that cannot
/// be read is left out.
pub(super) async fn of(
    store: &DynamoEventStore,
    streams: Vec<StreamId>,
    correlation_id: &str,
) -> Result<Vec<Commit>, Failure> {
    let is_meant = |commit: &Commit| commit.metadata.correlation_id == correlation_id;
    let mut commits = Vec::new();
    if streams.is_empty() {
        let segments =
            (0..SEGMENTS).map(|index| Segment::new(index, SEGMENTS)).collect::<Result<Vec<_>, _>>()?;
        let mut pages =
            stream::select_all(segments.into_iter().map(|part| store.scan(part, None, PAGE).boxed()));
        while let Some(page) = pages.try_next().await? {
            commits.extend(page.commits.into_iter().flatten().filter(is_meant));
        }
    }
    for stream in streams {
        let of_stream: Vec<Commit> = store.commits(&stream, 0).try_collect().await?;
        commits.extend(of_stream.into_iter().filter(is_meant));
    }
    Ok(commits)
}
