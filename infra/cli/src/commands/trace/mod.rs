mod commits;
mod lines;
mod story;

use std::path::PathBuf;

use event_store::StreamId;

use crate::{Failure, arguments::Trace, home};
use lines::Lines;
use story::Story;

/// Tells what followed from one request.
pub(crate) fn run(trace: &Trace) -> Result<(), Failure> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(tell(trace))
}

async fn tell(trace: &Trace) -> Result<(), Failure> {
    let lines = Lines::read(&logs(trace), &trace.correlation_id)?;
    let named = named(trace)?;
    let streams = named.clone().map_or_else(|| lines.streams(), |stream| vec![stream]);
    let store = super::events::store(&trace.store).await?;
    let commits = commits::of(&store, streams, &trace.correlation_id).await?;
    let story = Story::of(&commits, lines);
    if story.is_empty() {
        return Err(unknown(trace, named.as_ref()).into());
    }
    if trace.json { story.json(&trace.correlation_id) } else { story.show() }
}

/// By default those of the backend on this machine, older ones first.
fn logs(trace: &Trace) -> Vec<PathBuf> {
    match &trace.logs {
        Some(file) => vec![file.clone()],
        None if trace.store.aws => Vec::new(),
        None => home::logs(&trace.store.data.folder).into_iter().filter(|file| file.exists()).collect(),
    }
}

fn named(trace: &Trace) -> Result<Option<StreamId>, Failure> {
    match &trace.user {
        Some(user) => Ok(Some(StreamId::new(trace.tenant.as_str(), "user", user)?)),
        None => Ok(trace.stream.clone()),
    }
}

fn unknown(trace: &Trace, stream: Option<&StreamId>) -> String {
    let place = stream.map_or_else(|| "the event store".into(), |stream| format!("the stream {stream}"));
    let logs = if trace.logs.is_none() && trace.store.aws {
        "; no logs were given: use --logs"
    } else {
        ", nor do the logs"
    };
    format!("{place} knows nothing of the correlation id {:?}{logs}", trace.correlation_id)
}
