//! The queues beside the template, and what is dead.

use std::collections::HashMap;

use aws_sdk_sqs::{
    Client,
    types::QueueAttributeName::{self, *},
};
use infra_aws::logs::chain;
use serde_json::Value;

use super::finding::Finding;
use crate::Failure;

/// A queue and its dead letters, with their properties in the template.
pub(super) struct Queue<'a> {
    /// As people call it.
    pub name: &'a str,
    pub url: &'a str,
    pub dead_url: &'a str,
    pub wanted: &'a Value,
    pub dead_wanted: &'a Value,
}

pub(super) async fn examine(sqs: &Client, queue: &Queue<'_>) -> Vec<Finding> {
    let name = format!("queue {}", queue.name);
    let found = differences(sqs, queue).await;
    let letters = match waiting(sqs, queue.dead_url).await {
        Ok(0) => Finding::ok(format!("dead letters of {}", queue.name), "none"),
        Ok(dead) => Finding::fail(
            format!("dead letters of {}", queue.name),
            format!("{dead}: `rollcall dlq show` shows them"),
            Some("drain-the-dead-letters"),
        ),
        Err(failure) => Finding::fail(format!("dead letters of {}", queue.name), failure.to_string(), None),
    };
    vec![Finding::of_differences(name, found, "as in the template", "a-bad-deploy"), letters]
}

async fn differences(sqs: &Client, queue: &Queue<'_>) -> Result<Vec<String>, Failure> {
    let (is, dead) = (attributes(sqs, queue.url).await?, attributes(sqs, queue.dead_url).await?);
    let mut differences = Vec::new();
    for (of, wanted, attribute, property) in [
        (&is, queue.wanted, VisibilityTimeout, "VisibilityTimeout"),
        (&is, queue.wanted, MessageRetentionPeriod, "MessageRetentionPeriod"),
        (&dead, queue.dead_wanted, MessageRetentionPeriod, "MessageRetentionPeriod"),
    ] {
        let (is, wanted) = (of.get(&attribute).cloned().unwrap_or_default(), wanted[property].to_string());
        if is != wanted {
            differences.push(format!("{property} is {is}, and should be {wanted}"));
        }
    }
    let policy: Value =
        is.get(&RedrivePolicy).and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    if policy["deadLetterTargetArn"].as_str() != dead.get(&QueueArn).map(String::as_str) {
        differences.push("what fails does not go to its dead-letter queue".into());
    }
    let most = |policy: &Value| policy["maxReceiveCount"].to_string().trim_matches('"').to_owned();
    let (is, wanted) = (most(&policy), most(&queue.wanted["RedrivePolicy"]));
    if is != wanted {
        differences.push(format!("maxReceiveCount is {is}, and should be {wanted}"));
    }
    Ok(differences)
}

async fn waiting(sqs: &Client, url: &str) -> Result<u64, Failure> {
    let told = attributes(sqs, url).await?;
    let names = [ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible];
    Ok(names.iter().filter_map(|name| told.get(name)?.parse::<u64>().ok()).sum())
}

async fn attributes(sqs: &Client, url: &str) -> Result<HashMap<QueueAttributeName, String>, Failure> {
    let told = sqs.get_queue_attributes().queue_url(url).attribute_names(All).send().await;
    let told = told.map_err(|error| format!("{url} cannot be asked: {}", chain(&error)))?;
    Ok(told.attributes.unwrap_or_default())
}
