//! A replay as it runs in production: a job, its segments on a queue, four workers.

use std::{sync::Arc, time::Duration};

use aws_sdk_dynamodb::{Client, error::BoxError, types::Select};
use event_store::DynamoEventStore;
use functions::replays::{Job, Phase, Progress, Replayer, Replays, Start, State};
use futures_util::future::try_join_all;
use infra_aws::{clock::Clock, documents::Documents, queue::Queue, views::ViewStore};
use infra_local::{
    host::{QueueMapping, QueueSettings},
    stack::EVENTS_TABLE,
};

use crate::{SEGMENTS, memory, requests::Requests, server::Server};

const VIEWS_TABLE: &str = "views-of-the-replay";
const PROJECTION: &str = "user_directory";
const WAIT_SECONDS: i32 = 1;

/// What a replay came to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Replayed {
    pub(crate) commits: u64,
    pub(crate) streams: u64,
    /// Rows that were sent, while building and after.
    pub(crate) written: u64,
    /// Rows that are there.
    pub(crate) rows: u64,
    pub(crate) compared: u64,
    pub(crate) build: Duration,
    pub(crate) verify: Duration,
    /// Megabytes.
    pub(crate) peak: Option<f64>,
}

/// Replays the directory, compares every row, and promotes nothing.
pub(crate) async fn replay(server: &Server) -> Result<Replayed, BoxError> {
    server.empty_views(VIEWS_TABLE).await?;
    let requests = Requests::default();
    let (client, clock) = (server.observed_client(requests.clone()), Clock::system());
    let url = queue(&server.queues()).await?;
    let replays = Replays::new(
        DynamoEventStore::new(client.clone(), EVENTS_TABLE),
        ViewStore::new(client.clone(), VIEWS_TABLE, clock.clone()),
        Documents::new(client, VIEWS_TABLE),
        Queue::new(server.queues(), &url),
        clock,
    );
    memory::forget_peak();
    let start = Start {
        projection: PROJECTION.into(),
        segments: SEGMENTS,
        rate_limit: None,
        verify_percent: 100,
        promote: false,
        by: "bench".into(),
    };
    let job = replays.start(start).await?.id;
    let workers = (0..SEGMENTS).map(|_| {
        let (replays, job) = (replays.clone(), job.clone());
        let segments = mapping(server.queues(), &url, &replays);
        async move { tokio::spawn(work(segments, replays, job)).await? }
    });
    try_join_all(workers).await?;
    let peak = memory::peak();
    let job = replays.job(&job).await?;
    if job.state != State::Verified {
        return Err(format!("the replay is {}: {:?}", job.state.as_str(), job.mismatched).into());
    }
    let rows = rows(&server.client(), &job).await?;
    Ok(result(&replays.progress(&job).await?, requests.rows(), rows, peak))
}

fn result(progress: &[Progress], written: u64, rows: u64, peak: Option<f64>) -> Replayed {
    let of = |phase| progress.iter().filter(move |segment| segment.phase == phase);
    let took = |phase| {
        let began = of(phase).filter_map(|segment| segment.started_at).min().unwrap_or_default();
        let ended = of(phase).map(|segment| segment.updated_at).max().unwrap_or_default();
        (ended - began).to_std().unwrap_or_default()
    };
    Replayed {
        commits: of(Phase::Build).map(|segment| segment.counts.commits).sum(),
        streams: of(Phase::Build).map(|segment| segment.counts.streams).sum(),
        written,
        rows,
        compared: of(Phase::Verify).map(|segment| segment.counts.compared).sum(),
        build: took(Phase::Build),
        verify: took(Phase::Verify),
        peak,
    }
}

/// A worker takes what is on the queue until the job has nothing more to do.
async fn work(segments: QueueMapping, replays: Replays, job: String) -> Result<(), BoxError> {
    while replays.job(&job).await?.state.phase().is_some() {
        segments.deliver(WAIT_SECONDS).await?;
    }
    Ok(())
}

fn mapping(sqs: aws_sdk_sqs::Client, url: &str, replays: &Replays) -> QueueMapping {
    let replayer = Replayer::new(replays.clone());
    let handler = Arc::new(move |event| {
        let replayer = replayer.clone();
        Box::pin(async move { replayer.handle(event, None).await }) as _
    });
    QueueMapping::new(sqs, url.into(), handler, QueueSettings::replays())
}

async fn queue(sqs: &aws_sdk_sqs::Client) -> Result<String, BoxError> {
    let created = sqs.create_queue().queue_name("replays").send().await?;
    created.queue_url.ok_or_else(|| "SQS created a queue and did not say where".into())
}

/// How many rows of the new generation there are.
async fn rows(client: &Client, job: &Job) -> Result<u64, BoxError> {
    let rows = client.scan().table_name(VIEWS_TABLE).select(Select::Count).consistent_read(true);
    let rows = rows.filter_expression("contains(pk, :generation) AND NOT begins_with(pk, :other)");
    let generation = format!("#{}@{}", job.projection, job.generation);
    let rows = rows.expression_attribute_values(":generation", text(&generation));
    let mut pages = rows.expression_attribute_values(":other", text("!")).into_paginator().send();
    let mut count = 0;
    while let Some(page) = pages.next().await {
        count += u64::try_from(page?.count)?;
    }
    Ok(count)
}

fn text(text: &str) -> aws_sdk_dynamodb::types::AttributeValue {
    aws_sdk_dynamodb::types::AttributeValue::S(text.into())
}
