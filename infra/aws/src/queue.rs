//! Queues, on SQS: of provisioning steps, and of replays.

mod batches;

use std::{collections::HashMap, time::Duration};

use aws_sdk_sqs::{
    Client,
    types::{
        BatchResultErrorEntry, ChangeMessageVisibilityBatchRequestEntry, MessageAttributeValue,
        SendMessageBatchRequestEntry,
    },
};

use self::batches::{MOST_ENTRIES, batches};
use crate::logs::chain;

/// SQS hides a message for twelve hours at most, counted from its receive, and refuses to hide it for more
/// than is left of them. Whoever puts a message off has held it for a while, but no longer than the quarter
/// of an hour that a function may run.
const LONGEST_WAIT: Duration = Duration::from_secs(12 * 60 * 60 - 15 * 60);

/// SQS delays no message for longer.
const LONGEST_DELAY: Duration = Duration::from_secs(15 * 60);

/// A message that is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    pub body: String,
    /// W3C trace context, as a message attribute of that name.
    pub traceparent: Option<String>,
}

impl Outgoing {
    /// In bytes, as SQS counts them: a body, and an attribute with its name and type.
    fn len(&self) -> usize {
        let attribute = |value: &String| TRACEPARENT.len() + TEXT.len() + value.len();
        self.body.len() + self.traceparent.as_ref().map_or(0, attribute)
    }
}

/// The attribute, and its type.
const TRACEPARENT: &str = "traceparent";
const TEXT: &str = "String";

/// Sends messages, at least once each; order is not kept.
#[derive(Clone, Debug)]
pub struct Queue {
    client: Client,
    url: String,
}

/// A batch was not sent whole; those named by their places in it were not sent.
#[derive(Debug, thiserror::Error)]
#[error("{} messages could not be sent: {reason}", places.len())]
pub struct SendError {
    pub places: Vec<usize>,
    pub reason: String,
}

impl Queue {
    #[must_use]
    pub fn new(client: Client, url: impl Into<String>) -> Self {
        Self { client, url: url.into() }
    }

    /// Sends all messages, in batches as large as SQS takes them.
    ///
    /// # Errors
    /// Names every message that was not sent; all others were.
    pub async fn send(&self, messages: &[Outgoing]) -> Result<(), SendError> {
        let (mut places, mut reason) = (Vec::new(), String::new());
        for batch in batches(messages.iter().map(Outgoing::len)) {
            if let Err(error) = self.send_batch(&messages[batch.clone()]).await {
                places.extend(error.places.iter().map(|place| batch.start + place));
                reason = error.reason;
            }
        }
        if places.is_empty() { Ok(()) } else { Err(SendError { places, reason }) }
    }

    /// Sends one message that is delivered after a while: whole seconds, 15 minutes at most.
    ///
    /// # Errors
    /// When it was not sent.
    pub async fn send_later(&self, body: &str, wait: Duration) -> Result<(), SendError> {
        let request = self.client.send_message().queue_url(&self.url).message_body(body);
        let sent = request.delay_seconds(seconds(wait.min(LONGEST_DELAY))).send().await;
        sent.map(drop).map_err(|error| SendError { places: vec![0], reason: chain(&error) })
    }

    async fn send_batch(&self, messages: &[Outgoing]) -> Result<(), SendError> {
        let entries = messages.iter().enumerate().map(|(place, message)| entry(place, message)).collect();
        let sent =
            self.client.send_message_batch().queue_url(&self.url).set_entries(Some(entries)).send().await;
        let failed = match sent {
            Ok(output) => output.failed,
            Err(error) => {
                let reason = chain(&error);
                return Err(SendError { places: (0..messages.len()).collect(), reason });
            }
        };
        let Some(first) = failed.first() else {
            return Ok(());
        };
        let place = |entry: &BatchResultErrorEntry| entry.id().parse().ok().filter(|at| *at < messages.len());
        // Failures that name no place fail the batch whole: better sent twice than not at all.
        let places: Option<Vec<usize>> = failed.iter().map(place).collect();
        let places = places.unwrap_or_else(|| (0..messages.len()).collect());
        Err(SendError { places, reason: reason(first) })
    }

    /// Asks for messages to be delivered again only after a while, each by its receipt handle; SQS counts
    /// whole seconds, so it may be up to one longer, and what would be longer than SQS can wait is as long
    /// as it can. Best effort: a message that could not be put off comes back when its visibility ends.
    pub async fn put_off(&self, waits: &[(String, Duration)]) {
        for waits in waits.chunks(MOST_ENTRIES) {
            let entries =
                waits.iter().enumerate().map(|(place, (handle, wait))| put_off_entry(place, handle, *wait));
            let request = self.client.change_message_visibility_batch().queue_url(&self.url);
            match request.set_entries(Some(entries.collect())).send().await {
                Ok(answer) => report_not_put_off(&answer.failed, waits.len()),
                Err(error) => {
                    let (messages, error) = (waits.len(), chain(&error));
                    tracing::warn!(messages, of = messages, error, "messages could not be put off");
                }
            }
        }
    }
}

fn report_not_put_off(failed: &[BatchResultErrorEntry], of: usize) {
    if let Some(first) = failed.first() {
        let (messages, error) = (failed.len(), reason(first));
        tracing::warn!(messages, of, error, "messages could not be put off");
    }
}

fn reason(failure: &BatchResultErrorEntry) -> String {
    format!("{}: {}", failure.code(), failure.message().unwrap_or_default())
}

fn entry(place: usize, message: &Outgoing) -> SendMessageBatchRequestEntry {
    let entry = SendMessageBatchRequestEntry::builder().id(place.to_string()).message_body(&message.body);
    let attribute = |value: &String| {
        let attribute = MessageAttributeValue::builder().data_type(TEXT).string_value(value);
        HashMap::from([(TRACEPARENT.to_owned(), attribute.build().expect("its type is set"))])
    };
    let entry = entry.set_message_attributes(message.traceparent.as_ref().map(attribute));
    entry.build().expect("id and body are set")
}

fn put_off_entry(place: usize, handle: &str, wait: Duration) -> ChangeMessageVisibilityBatchRequestEntry {
    ChangeMessageVisibilityBatchRequestEntry::builder()
        .id(place.to_string())
        .receipt_handle(handle)
        .visibility_timeout(seconds(wait))
        .build()
        .expect("id and receipt handle are set")
}

fn seconds(wait: Duration) -> i32 {
    // Rounded down, the rest of a second would be none: the message would come back at once, again and
    // again, until it has used up its receives.
    let seconds = wait.min(LONGEST_WAIT).as_millis().div_ceil(1000);
    seconds.try_into().expect("less than twelve hours")
}

#[cfg(test)]
mod tests;
