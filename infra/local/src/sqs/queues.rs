//! Making, listing, describing, changing and emptying queues.

use std::collections::BTreeMap;

use rusqlite::params;
use serde::{Deserialize, Serialize};

use super::{
    error::{Code, SqsError},
    message,
    queue::Queue,
    settings::{Settings, unknown},
    store::Call,
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateQueue {
    queue_name: String,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetQueueUrl {
    queue_name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct QueueUrl {
    queue_url: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListQueues {
    #[serde(default)]
    queue_name_prefix: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct QueueUrls {
    queue_urls: Vec<String>,
}

/// The one operation whose answer begins with a small letter.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SourceQueueUrls {
    queue_urls: Vec<String>,
}

/// Of the operations that need nothing but a queue.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OfQueue {
    queue_url: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetQueueAttributes {
    queue_url: String,
    #[serde(default)]
    attribute_names: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct QueueAttributes {
    attributes: BTreeMap<&'static str, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SetQueueAttributes {
    queue_url: String,
    attributes: BTreeMap<String, String>,
}

/// The answer of operations that have none.
#[derive(Serialize)]
pub(super) struct Done {}

/// Idempotent: a queue that exists is left as it is, unless the request wants it otherwise.
pub(super) fn create(call: &Call<'_>, request: &CreateQueue) -> Result<QueueUrl, SqsError> {
    let name = acceptable(&request.queue_name, &request.attributes)?;
    let queue = match Queue::find(call, name)? {
        Some(existing) if existing.settings.with(&request.attributes)? == existing.settings => existing,
        Some(_) => {
            let message = "A queue already exists with the same name and a different value for an attribute.";
            return Err(SqsError::new(Code::QueueNameExists, message));
        }
        None => insert(call, name, &request.attributes)?,
    };
    Ok(QueueUrl { queue_url: queue.url(call) })
}

fn insert(call: &Call<'_>, name: &str, attributes: &BTreeMap<String, String>) -> Result<Queue, SqsError> {
    let settings = Settings::default().with(attributes)?;
    check_dead_letter_target(call, name, &settings)?;
    call.tx.execute(
        "INSERT INTO queues (name, settings, created_at, modified_at) VALUES (?1, ?2, ?3, ?3)",
        params![name, serde_json::to_string(&settings)?, call.now],
    )?;
    Queue::named(call, name)
}

pub(super) fn get_url(call: &Call<'_>, request: &GetQueueUrl) -> Result<QueueUrl, SqsError> {
    Ok(QueueUrl { queue_url: Queue::named(call, &request.queue_name)?.url(call) })
}

/// All at once: there are never so many that it would take pages.
pub(super) fn list(call: &Call<'_>, request: &ListQueues) -> Result<QueueUrls, SqsError> {
    let mut queues = Queue::all(call)?;
    queues.retain(|queue| queue.name.starts_with(&request.queue_name_prefix));
    Ok(QueueUrls { queue_urls: queues.iter().map(|queue| queue.url(call)).collect() })
}

pub(super) fn list_sources(call: &Call<'_>, request: &OfQueue) -> Result<SourceQueueUrls, SqsError> {
    let target = Queue::at(call, &request.queue_url)?;
    let mut queues = Queue::all(call)?;
    queues.retain(|queue| queue.dies_into(&target));
    Ok(SourceQueueUrls { queue_urls: queues.iter().map(|queue| queue.url(call)).collect() })
}

pub(super) fn attributes(call: &Call<'_>, request: &GetQueueAttributes) -> Result<QueueAttributes, SqsError> {
    let queue = Queue::at(call, &request.queue_url)?;
    let mut all: BTreeMap<&'static str, String> = queue.settings.attributes().into_iter().collect();
    all.extend(observed(call, &queue)?);
    let wanted = &request.attribute_names;
    if let Some(name) = wanted.iter().find(|name| !is_attribute(name)) {
        return Err(unknown(name));
    }
    all.retain(|name, _| wanted.iter().any(|wanted| wanted == "All" || wanted == name));
    Ok(QueueAttributes { attributes: all })
}

fn observed(call: &Call<'_>, queue: &Queue) -> Result<[(&'static str, String); 6], SqsError> {
    let depth = message::depth(call, queue)?;
    Ok([
        ("ApproximateNumberOfMessages", depth.visible.to_string()),
        ("ApproximateNumberOfMessagesNotVisible", depth.in_flight.to_string()),
        ("ApproximateNumberOfMessagesDelayed", depth.delayed.to_string()),
        ("QueueArn", queue.arn()),
        ("CreatedTimestamp", (queue.created_at / 1_000).to_string()),
        ("LastModifiedTimestamp", (queue.modified_at / 1_000).to_string()),
    ])
}

fn is_attribute(name: &str) -> bool {
    const NAMES: [&str; 13] = [
        "All",
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesDelayed",
        "QueueArn",
        "CreatedTimestamp",
        "LastModifiedTimestamp",
        "VisibilityTimeout",
        "DelaySeconds",
        "MessageRetentionPeriod",
        "ReceiveMessageWaitTimeSeconds",
        "MaximumMessageSize",
        "RedrivePolicy",
    ];
    NAMES.contains(&name)
}

pub(super) fn set_attributes(call: &Call<'_>, request: &SetQueueAttributes) -> Result<Done, SqsError> {
    let queue = Queue::at(call, &request.queue_url)?;
    let settings = queue.settings.with(&request.attributes)?;
    check_dead_letter_target(call, &queue.name, &settings)?;
    call.tx.execute(
        "UPDATE queues SET settings = ?2, modified_at = ?3 WHERE id = ?1",
        params![queue.id, serde_json::to_string(&settings)?, call.now],
    )?;
    Ok(Done {})
}

pub(super) fn purge(call: &Call<'_>, request: &OfQueue) -> Result<Done, SqsError> {
    let queue = Queue::at(call, &request.queue_url)?;
    call.tx.execute("DELETE FROM messages WHERE queue = ?1", [queue.id])?;
    Ok(Done {})
}

fn acceptable<'a>(name: &'a str, attributes: &BTreeMap<String, String>) -> Result<&'a str, SqsError> {
    if name.ends_with(".fifo") || attributes.contains_key("FifoQueue") {
        let message = "FIFO queues are not served here: this endpoint knows standard queues only.";
        return Err(SqsError::new(Code::UnsupportedOperation, message));
    }
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if (1..=80).contains(&name.len()) && name.chars().all(is_allowed) {
        return Ok(name);
    }
    let reason = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length";
    Err(SqsError::invalid_value(name, "QueueName", reason))
}

fn check_dead_letter_target(call: &Call<'_>, name: &str, settings: &Settings) -> Result<(), SqsError> {
    let Some(policy) = &settings.redrive else {
        return Ok(());
    };
    let arn = &policy.dead_letter_target_arn;
    let reason = match Queue::of_arn(call, arn)? {
        // Its messages would go round for ever.
        Some(target) if target.name == name => "Dead letter target is the queue itself.",
        Some(_) => return Ok(()),
        None => "Dead letter target does not exist.",
    };
    Err(SqsError::invalid_value(arn, "RedrivePolicy", reason))
}
