//! SQS's own way to bring all dead letters of a queue back.

use std::{
    io::{IsTerminal as _, stderr},
    time::Duration,
};

use aws_sdk_sqs::{
    Client,
    types::{ListMessageMoveTasksResultEntry, QueueAttributeName::QueueArn},
};
use indicatif::{ProgressBar, ProgressStyle};

use super::{places::Place, walk::failed};
use crate::Failure;

const EVERY: Duration = Duration::from_millis(500);
/// From so many on, a bar is worth its line.
const MANY: u64 = 100;

/// Moves every dead letter back and waits until that is done; answers how many were moved.
pub(super) async fn run(sqs: &Client, place: &Place, rate: u16, quiet: bool) -> Result<u64, Failure> {
    let (source, destination) = (arn(sqs, &place.dead_url).await?, arn(sqs, &place.url).await?);
    let start = sqs.start_message_move_task().source_arn(&source).destination_arn(destination);
    let started = start.max_number_of_messages_per_second(rate.into()).send().await;
    started.map_err(|error| failed("the messages cannot be moved", &error))?;
    let mut bar = None;
    loop {
        let task = newest(sqs, &source).await?;
        let moved = u64::try_from(task.approximate_number_of_messages_moved()).unwrap_or_default();
        let all = task.approximate_number_of_messages_to_move().and_then(|all| u64::try_from(all).ok());
        match task.status().unwrap_or_default() {
            "RUNNING" => {
                if all.is_some_and(|all| all >= MANY) && !quiet && stderr().is_terminal() {
                    let bar = bar.get_or_insert_with(drawn);
                    bar.set_length(all.unwrap_or_default());
                    bar.set_position(moved);
                }
                tokio::time::sleep(EVERY).await;
            }
            "COMPLETED" => {
                bar.inspect(ProgressBar::finish_and_clear);
                return Ok(moved);
            }
            status => {
                let why = task.failure_reason().unwrap_or("SQS does not say why");
                return Err(format!("after {moved} messages the move task is {status}: {why}").into());
            }
        }
    }
}

fn drawn() -> ProgressBar {
    let style = ProgressStyle::with_template("[{bar:32}] {pos} of {len} messages {elapsed}");
    let bar = ProgressBar::no_length();
    style.map_or_else(|_| bar.clone(), |style| bar.clone().with_style(style.progress_chars("=> ")))
}

async fn newest(sqs: &Client, source: &str) -> Result<ListMessageMoveTasksResultEntry, Failure> {
    let tasks = sqs.list_message_move_tasks().source_arn(source).max_results(1).send().await;
    let tasks = tasks.map_err(|error| failed("the move task cannot be followed", &error))?;
    tasks
        .results
        .into_iter()
        .flatten()
        .next()
        .ok_or_else(|| "SQS does not know the move task any more".into())
}

async fn arn(sqs: &Client, url: &str) -> Result<String, Failure> {
    let asked = sqs.get_queue_attributes().queue_url(url).attribute_names(QueueArn).send().await;
    let told = asked.map_err(|error| failed("the queue cannot be asked", &error))?;
    let arn = told.attributes.and_then(|mut told| told.remove(&QueueArn));
    arn.ok_or_else(|| format!("the queue at {url} has no ARN").into())
}
