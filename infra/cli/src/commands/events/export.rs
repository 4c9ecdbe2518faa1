use event_store::{Commit, DynamoEventStore, Position, Segment, StoreError, StreamId};
use futures_util::{
    StreamExt as _, TryStreamExt as _,
    stream::{self, BoxStream},
};

use super::{
    file::{Output, Start, Unfinished},
    filter::Filter,
    notation::CloudEvent,
    store,
};
use crate::{Failure, arguments::Export};

/// How often progress is told, in events.
const OFTEN: u64 = 10_000;

pub(super) async fn run(export: &Export) -> Result<(), Failure> {
    let (store, filter) = (store::open(&export.store).await?, Filter::of(export));
    let Some(path) = &export.out else {
        let mut output = Output::to_stdout();
        write(&mut output, &store, &filter, None).await?;
        return output.finish(filter.keeps_streams_whole());
    };
    let (mut output, unfinished, start) = if export.resume {
        let Some(resumed) = Unfinished::resume(path, &filter)? else {
            eprintln!("{} is complete.", path.display());
            return Ok(());
        };
        resumed
    } else {
        let (output, unfinished) = Unfinished::begin(path, &filter)?;
        (output, unfinished, None)
    };
    let resumed = output.events;
    write(&mut output, &store, &filter, start).await?;
    let events = output.events;
    output.finish(filter.keeps_streams_whole())?;
    unfinished.complete()?;
    eprintln!("{events} events are in {}, {} of them written now.", path.display(), events - resumed);
    Ok(())
}

async fn write(
    output: &mut Output,
    store: &DynamoEventStore,
    filter: &Filter,
    start: Start,
) -> Result<(), Failure> {
    let mut commits = commits(store, filter, start)?;
    while let Some(commit) = commits.try_next().await? {
        if !filter.takes(&commit) {
            continue;
        }
        let events = (1..).zip(&commit.events).filter(|(_, event)| filter.takes_type(&event.event_type));
        for (place, event) in events {
            output.write(&CloudEvent::of(&commit, place, event))?;
            if output.events.is_multiple_of(OFTEN) {
                super::progress(format_args!("{} events", output.events));
            }
        }
    }
    Ok(())
}

/// What there is to filter: one stream, or the table. One that cannot be read ends it, or a copy would lack
/// it without a word.
fn commits(
    store: &DynamoEventStore,
    filter: &Filter,
    start: Start,
) -> Result<BoxStream<'static, Result<Commit, StoreError>>, Failure> {
    if let Filter { tenant: Some(tenant), aggregate: Some(kind), id: Some(id), .. } = filter {
        let stream = StreamId::new(tenant, kind, id)?;
        return Ok(store.commits(&stream, start.map_or(0, |(_, commit)| commit)).boxed());
    }
    let after = start.map(|(stream, commit)| Position::of(&stream, commit));
    let pages = store.scan(Segment::WHOLE, after, super::PAGE);
    let commits =
        pages.map_ok(|page| stream::iter(page.commits).map(|commit| commit.map_err(StoreError::from)));
    Ok(commits.try_flatten().boxed())
}
