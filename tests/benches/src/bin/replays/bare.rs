//! What a replay is compared with: reading the same table with the SDK alone, and writing as many rows.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use aws_sdk_dynamodb::{
    Client,
    error::BoxError,
    types::AttributeValue::{self, N, S, Ss},
};
use benches::text::text;
use futures_util::{StreamExt as _, TryStreamExt as _, future::try_join_all, stream};
use infra_local::stack::EVENTS_TABLE;

use crate::SEGMENTS;

/// Items in a page, as in a replay.
const PAGE: i32 = 1_000;
/// Rows that a segment writes at a time, as in a replay.
const WRITES: usize = 16;
/// Characters of the view in a row of the directory.
const VIEW: usize = 330;

/// What was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Read {
    pub(crate) commits: u64,
    pub(crate) streams: u64,
}

/// Reads the table in segments, all at once, and does nothing with it.
pub(crate) async fn scan(client: &Client) -> Result<(Read, Duration), BoxError> {
    all_segments(client, None).await
}

/// The same, and puts a row of the usual size into `table` for each stream that is over.
pub(crate) async fn scan_and_put(client: &Client, table: &str) -> Result<(Read, Duration), BoxError> {
    all_segments(client, Some(table)).await
}

async fn all_segments(client: &Client, table: Option<&str>) -> Result<(Read, Duration), BoxError> {
    let started = Instant::now();
    let segments =
        (0..SEGMENTS).map(|segment| {
            let (client, table) = (client.clone(), table.map(str::to_owned));
            async move {
                tokio::spawn(async move { one_segment(&client, segment, table.as_deref()).await }).await?
            }
        });
    let read = try_join_all(segments).await?.into_iter().fold(Read::default(), |sum, read| Read {
        commits: sum.commits + read.commits,
        streams: sum.streams + read.streams,
    });
    Ok((read, started.elapsed()))
}

async fn one_segment(client: &Client, segment: u32, table: Option<&str>) -> Result<Read, BoxError> {
    let (mut read, mut after, mut open) = (Read::default(), None, String::new());
    loop {
        let page = client.scan().table_name(EVENTS_TABLE).limit(PAGE).consistent_read(true);
        let page = page.segment(segment.try_into()?).total_segments(SEGMENTS.try_into()?);
        let page = page.set_exclusive_start_key(after).send().await?;
        let mut begun = Vec::new();
        for item in page.items() {
            let (Some(S(pk)), Some(S(kind))) = (item.get("pk"), item.get("k")) else { continue };
            if kind != "c" {
                continue;
            }
            read.commits += 1;
            if *pk != open {
                open.clone_from(pk);
                begun.push(open.clone());
            }
        }
        read.streams += begun.len() as u64;
        if let Some(table) = table {
            put_all(client, table, begun).await?;
        }
        after = page.last_evaluated_key;
        if after.is_none() {
            return Ok(read);
        }
    }
}

async fn put_all(client: &Client, table: &str, streams: Vec<String>) -> Result<(), BoxError> {
    let puts = streams.into_iter().map(|stream| {
        let put = client.put_item().table_name(table).set_item(Some(row(stream)));
        put.condition_expression("attribute_not_exists(pk)").send()
    });
    stream::iter(puts).buffer_unordered(WRITES).try_for_each(|_| async { Ok(()) }).await?;
    Ok(())
}

fn row(stream: String) -> HashMap<String, AttributeValue> {
    let terms = vec!["status=active".to_owned(), "role=engineer".to_owned()];
    let (view, attribute) = (S(text(stream.len(), VIEW)), |name: &str| name.to_owned());
    HashMap::from([
        (attribute("pk"), S("acme#floor@1".into())),
        (attribute("sk"), S(stream)),
        (attribute("v"), N("5".into())),
        (attribute("d"), view),
        (attribute("f"), Ss(terms)),
    ])
}
