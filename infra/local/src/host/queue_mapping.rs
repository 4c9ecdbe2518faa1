use std::{collections::HashSet, panic::AssertUnwindSafe, sync::Arc};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use aws_sdk_sqs::{
    Client,
    error::BoxError,
    types::{DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName},
};
use futures_util::{FutureExt as _, future::BoxFuture};
use infra_aws::logs::chain;

use crate::template::Template;

/// The function behind a mapping.
pub type QueueHandler = Arc<dyn Fn(SqsEvent) -> BoxFuture<'static, SqsBatchResponse> + Send + Sync>;

/// How the queue and its mapping deliver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueSettings {
    pub batch_size: i32,
    pub visibility_timeout_seconds: i32,
    /// Deliveries after which a message is a dead letter. More than a step has tries: those end in the
    /// stream; what ends here could not even be recorded.
    pub maximum_receive_count: i32,
    /// Invocations at a time.
    pub maximum_concurrency: usize,
}

impl QueueSettings {
    /// The queue of steps, to the worker.
    #[must_use]
    pub fn steps() -> Self {
        Template::deployed().queue("Steps", "worker")
    }

    /// The queue of replays, to the replayer. One segment an invocation. A worker that died is followed by the next
    /// delivery, when its lease has run out: so the visibility is little more than what a worker stays at a segment.
    #[must_use]
    pub fn replays() -> Self {
        Template::deployed().queue("Replays", "replayer")
    }

    /// The queue of imports, to the importer. One import an invocation, so that it keeps its rate by itself.
    #[must_use]
    pub fn imports() -> Self {
        Template::deployed().queue("ImportRows", "importer")
    }

    /// The queue of deliveries, to the courier.
    #[must_use]
    pub fn deliveries() -> Self {
        Template::deployed().queue("Deliveries", "courier")
    }
}

/// An event source mapping from a queue to one function, with partial batch responses: what is not
/// reported as failed is deleted, what is reported comes again when its visibility ends. A response that
/// names anything else than messages of the batch fails the batch whole, as at AWS.
#[derive(Clone)]
pub struct QueueMapping {
    client: Client,
    url: String,
    handler: QueueHandler,
    settings: QueueSettings,
}

impl QueueMapping {
    #[must_use]
    pub fn new(client: Client, url: String, handler: QueueHandler, settings: QueueSettings) -> Self {
        Self { client, url, handler, settings }
    }

    /// Delivers the next batch, waiting for one up to `wait_seconds`; answers how many messages the
    /// function was handed.
    ///
    /// # Errors
    /// When the queue cannot be read or written.
    pub async fn deliver(&self, wait_seconds: i32) -> Result<usize, BoxError> {
        self.deliver_at_most(self.settings.batch_size, wait_seconds).await
    }

    /// As [`QueueMapping::deliver`], with smaller batches: a test that steps message by message.
    ///
    /// # Errors
    /// When the queue cannot be read or written.
    pub async fn deliver_at_most(&self, batch_size: i32, wait_seconds: i32) -> Result<usize, BoxError> {
        let received = self.client.receive_message().queue_url(&self.url).max_number_of_messages(batch_size);
        let received = received
            .wait_time_seconds(wait_seconds)
            .visibility_timeout(self.settings.visibility_timeout_seconds)
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .send()
            .await
            .map_err(in_context)?;
        let messages: Vec<SqsMessage> =
            received.messages.unwrap_or_default().into_iter().map(delivered_message).collect();
        if messages.is_empty() {
            return Ok(0);
        }
        let mut event = SqsEvent::default();
        event.records.clone_from(&messages);
        // After a panic nothing is deleted: the messages come again when their visibility ends.
        if let Ok(response) = AssertUnwindSafe((self.handler)(event)).catch_unwind().await {
            self.delete_all_but(&response, &messages).await?;
        }
        Ok(messages.len())
    }

    async fn delete_all_but(
        &self,
        failed: &SqsBatchResponse,
        messages: &[SqsMessage],
    ) -> Result<(), BoxError> {
        let failed: HashSet<&str> =
            failed.batch_item_failures.iter().map(|f| f.item_identifier.as_str()).collect();
        let (again, done): (Vec<_>, Vec<_>) =
            messages.iter().partition(|m| failed.contains(m.message_id.as_deref().unwrap_or_default()));
        if again.len() < failed.len() {
            // Which message was meant cannot be known, so none is taken for done.
            tracing::error!("a batch response names messages that are not in the batch: all come again");
            return Ok(());
        }
        let entries: Vec<DeleteMessageBatchRequestEntry> =
            done.into_iter().enumerate().map(delete_entry).collect();
        if entries.is_empty() {
            return Ok(());
        }
        let request = self.client.delete_message_batch().queue_url(&self.url).set_entries(Some(entries));
        request.send().await.map_err(in_context)?;
        Ok(())
    }
}

fn in_context(error: impl std::error::Error + Send + Sync + 'static) -> BoxError {
    chain(&error).into()
}

fn delete_entry((place, message): (usize, &SqsMessage)) -> DeleteMessageBatchRequestEntry {
    let handle = message.receipt_handle.clone().unwrap_or_default();
    let entry = DeleteMessageBatchRequestEntry::builder().id(place.to_string()).receipt_handle(handle);
    entry.build().expect("id and receipt handle are set")
}

/// A received message as a function is handed it.
#[must_use]
pub fn delivered_message(from: Message) -> SqsMessage {
    let mut message = SqsMessage::default();
    message.message_id = from.message_id;
    message.receipt_handle = from.receipt_handle;
    message.body = from.body;
    message.md5_of_body = from.md5_of_body;
    let attributes = from.attributes.unwrap_or_default().into_iter();
    message.attributes = attributes.map(|(name, value)| (name.as_str().to_owned(), value)).collect();
    message.event_source = Some("aws:sqs".into());
    message
}
