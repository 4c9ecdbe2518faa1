//! The queue of provisioning steps, on SQS.

use std::time::Duration;

use aws_sdk_sqs::{
    Client,
    types::{ChangeMessageVisibilityBatchRequestEntry, SendMessageBatchRequestEntry},
};

use crate::logs::chain;

/// SQS takes so many messages at once.
const BATCH: usize = 10;

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

    /// Sends all bodies, in batches of ten.
    ///
    /// # Errors
    /// Names every message that was not sent; all others were.
    pub async fn send(&self, bodies: &[String]) -> Result<(), SendError> {
        let (mut places, mut reason) = (Vec::new(), String::new());
        for (batch, bodies) in bodies.chunks(BATCH).enumerate() {
            if let Err(error) = self.send_batch(bodies).await {
                places.extend(error.places.iter().map(|place| batch * BATCH + place));
                reason = error.reason;
            }
        }
        if places.is_empty() { Ok(()) } else { Err(SendError { places, reason }) }
    }

    async fn send_batch(&self, bodies: &[String]) -> Result<(), SendError> {
        let entries = bodies.iter().enumerate().map(|(place, body)| entry(place, body)).collect();
        let sent =
            self.client.send_message_batch().queue_url(&self.url).set_entries(Some(entries)).send().await;
        let failed = match sent {
            Ok(output) => output.failed,
            Err(error) => {
                let reason = chain(&error);
                return Err(SendError { places: (0..bodies.len()).collect(), reason });
            }
        };
        let Some(first) = failed.first() else {
            return Ok(());
        };
        let reason = format!("{}: {}", first.code(), first.message().unwrap_or_default());
        // Failures that name no place fail the batch whole: better sent twice than not at all.
        let places: Option<Vec<usize>> = failed.iter().map(|f| f.id().parse().ok()).collect();
        Err(SendError { places: places.unwrap_or_else(|| (0..bodies.len()).collect()), reason })
    }

    /// Asks for messages to be delivered again only after a while, each by its receipt handle; SQS counts
    /// whole seconds, so it may be up to one longer. Best effort: a message that could not be put off
    /// comes back when its visibility ends.
    pub async fn put_off(&self, waits: &[(String, Duration)]) {
        for waits in waits.chunks(BATCH) {
            let entries =
                waits.iter().enumerate().map(|(place, (handle, wait))| put_off_entry(place, handle, *wait));
            let request = self.client.change_message_visibility_batch().queue_url(&self.url);
            if let Err(error) = request.set_entries(Some(entries.collect())).send().await {
                tracing::warn!(error = chain(&error), "messages could not be put off");
            }
        }
    }
}

fn entry(place: usize, body: &str) -> SendMessageBatchRequestEntry {
    let entry = SendMessageBatchRequestEntry::builder().id(place.to_string()).message_body(body);
    entry.build().expect("id and body are set")
}

fn put_off_entry(place: usize, handle: &str, wait: Duration) -> ChangeMessageVisibilityBatchRequestEntry {
    // Rounded down, the rest of a second would be none: the message would come back at once, again and
    // again, until it has used up its receives.
    let seconds = i32::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(i32::MAX);
    ChangeMessageVisibilityBatchRequestEntry::builder()
        .id(place.to_string())
        .receipt_handle(handle)
        .visibility_timeout(seconds)
        .build()
        .expect("id and receipt handle are set")
}
