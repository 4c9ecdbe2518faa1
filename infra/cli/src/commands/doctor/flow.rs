//! Whether work goes on: what is parked, whether the watchdog runs, whether the projector follows, whether replays
//! come to an end.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client,
    types::AttributeValue::{self, N, S},
};
use chrono::{DateTime, TimeDelta, Utc};
use event_store::{DynamoEventStore, Pulse};
use functions::replays::{Replays, State};
use infra_aws::{
    clock::Clock,
    documents::Documents,
    logs::chain,
    queue::Queue,
    views::{PULSES, ViewStore},
};

use super::finding::Finding;
use crate::Failure;

/// The watchdog runs every minute.
const WATCHDOG_LATE: TimeDelta = TimeDelta::seconds(180);
/// What was written so long ago should have been projected.
const PROJECTOR_LATE: TimeDelta = TimeDelta::seconds(60);
/// A segment writes a checkpoint every second, and is sent out again when its worker died.
const SEGMENT_LATE: TimeDelta = TimeDelta::seconds(300);
const PARKED: usize = 100;

/// The tables of a backend.
pub(super) struct Tables<'a> {
    pub dynamodb: &'a Client,
    pub events: &'a str,
    pub views: &'a str,
}

pub(super) async fn examine(
    tables: &Tables<'_>,
    sqs: &aws_sdk_sqs::Client,
    replays_url: &str,
) -> Vec<Finding> {
    let clock = Clock::system();
    let views = ViewStore::new(tables.dynamodb.clone(), tables.views, clock.clone());
    let replays = Replays::new(
        DynamoEventStore::new(tables.dynamodb.clone(), tables.events),
        views.clone(),
        Documents::new(tables.dynamodb.clone(), tables.views),
        Queue::new(sqs.clone(), replays_url),
        clock.clone(),
    );
    let mut findings = vec![parked(&views).await];
    findings.extend(pulses(tables, clock.now()).await);
    findings.push(stuck(&replays, clock.now()).await);
    findings
}

async fn parked(views: &ViewStore) -> Finding {
    match views.list_parked(None, PARKED, None).await {
        Ok(page) if page.parked.is_empty() => Finding::ok("parked", "nothing"),
        Ok(page) => {
            let more = if page.next.is_some() { "at least " } else { "" };
            let said =
                format!("{more}{} aggregates are set aside: `rollcall parked list`", page.parked.len());
            Finding::fail("parked", said, Some("unpark-a-stream"))
        }
        Err(error) => Finding::fail("parked", chain(&error), None),
    }
}

/// When each pulse was written, and when the newest one was that the projector has met.
async fn pulses(tables: &Tables<'_>, now: DateTime<Utc>) -> [Finding; 2] {
    let (mut written, mut behind) = (None, None);
    for number in 0..PULSES {
        let read = async {
            let sent = item(tables, tables.events, &format!("!pulse#{number}"), N("0".into())).await?;
            let met = item(tables, tables.views, "!models", S(format!("pulse#{number}"))).await?;
            let met = met
                .and_then(|met| DateTime::from_timestamp_millis(met.get("at")?.as_n().ok()?.parse().ok()?));
            let sent = sent.and_then(|sent| Pulse::from_item(&sent)).map(|pulse| pulse.at);
            Ok::<_, Failure>((sent, met))
        };
        match read.await {
            Ok((sent, met)) => {
                written = written.max(sent);
                // A later pulse may have been met, and its predecessor with it.
                behind =
                    behind.max(sent.filter(|sent| met.is_none_or(|met| met < *sent)).map(|sent| now - sent));
            }
            Err(failure) => {
                let failed = |check: &str| Finding::fail(check, failure.to_string(), None);
                return ["watchdog", "projector"].map(failed);
            }
        }
    }
    [watchdog(written, now), projector(behind)]
}

fn watchdog(written: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Finding {
    match written {
        Some(at) if now - at <= WATCHDOG_LATE => {
            Finding::ok("watchdog", format!("ran {} s ago", (now - at).num_seconds()))
        }
        Some(at) => {
            let said = format!("last ran {} s ago; it should every minute", (now - at).num_seconds());
            Finding::fail("watchdog", said, Some("a-bad-deploy"))
        }
        None => Finding::warn("watchdog", "has never run; wait a minute after the first start", None),
    }
}

fn projector(behind: Option<TimeDelta>) -> Finding {
    match behind {
        Some(lag) if lag > PROJECTOR_LATE => {
            let said = format!("has not met what was written {} s ago", lag.num_seconds());
            Finding::fail("projector", said, Some("replay-a-projection"))
        }
        Some(_) | None => Finding::ok("projector", "follows"),
    }
}

async fn item(
    tables: &Tables<'_>,
    table: &str,
    pk: &str,
    sk: AttributeValue,
) -> Result<Option<HashMap<String, AttributeValue>>, Failure> {
    let get = tables.dynamodb.get_item().table_name(table).consistent_read(true);
    let got = get.key("pk", S(pk.into())).key("sk", sk).send().await;
    Ok(got.map_err(|error| format!("{table} cannot be read: {}", chain(&error)))?.item)
}

async fn stuck(replays: &Replays, now: DateTime<Utc>) -> Finding {
    match silent(replays, now).await {
        Ok(silent) if silent.is_empty() => Finding::ok("replays", "none is stuck"),
        Ok(silent) => Finding::fail(
            "replays",
            format!("nobody works on {}", silent.join(", ")),
            Some("replay-a-projection"),
        ),
        Err(failure) => Finding::fail("replays", failure.to_string(), None),
    }
}

/// Replays that should go on, and of which nothing was heard for a while.
async fn silent(replays: &Replays, now: DateTime<Utc>) -> Result<Vec<String>, Failure> {
    let mut silent = Vec::new();
    for job in replays.jobs().await.map_err(|refused| refused.to_string())? {
        let segments = replays.progress(&job).await.map_err(|refused| refused.to_string())?;
        let heard = segments.iter().map(|segment| segment.updated_at).max();
        let last = heard.unwrap_or(job.since).max(job.since);
        let goes_on =
            job.state.phase().is_some() || matches!(job.state, State::Promoting | State::RollingBack);
        if goes_on && now - last > SEGMENT_LATE {
            silent.push(job.id);
        }
    }
    Ok(silent)
}
