//! An endpoint at a time of its own, and a client that talks to it.

use aws_sdk_sqs::{
    Client, Config,
    config::{BehaviorVersion, Region, retry::RetryConfig},
    error::ProvideErrorMetadata,
    types::{Message, MessageSystemAttributeName, QueueAttributeName},
};
use chrono::{DateTime, Duration};
use infra_local::{
    clock::ManualClock,
    engine::Kept,
    sqs::{Depth, SqsEndpoint, queue_arn},
};

use crate::support::{credentials, listen, plain_http};

pub(crate) struct Bench {
    pub(crate) endpoint: SqsEndpoint,
    pub(crate) clock: ManualClock,
    pub(crate) client: Client,
    /// The endpoint's address.
    pub(crate) url: String,
}

/// An endpoint in memory.
pub(crate) async fn bench() -> Bench {
    Bench::open(&Kept::InMemory, ManualClock::new(DateTime::UNIX_EPOCH + Duration::days(20_000))).await
}

impl Bench {
    pub(crate) async fn open(kept: &Kept, clock: ManualClock) -> Self {
        let endpoint = SqsEndpoint::open(kept, clock.clock()).expect("an endpoint");
        let (listener, url) = listen().await;
        let router = endpoint.router();
        tokio::spawn(async { axum::serve(listener, router).await });
        let client = client(&url);
        Self { endpoint, clock, client, url }
    }

    /// A queue whose messages are hidden for 30 seconds when they are received.
    pub(crate) async fn queue(&self, name: &str) -> String {
        self.client.create_queue().queue_name(name).send().await.expect("a queue").queue_url.expect("its URL")
    }

    /// A queue that gives up after `receives`, and its dead-letter queue `{name}-dead`.
    pub(crate) async fn queue_with_dead_letters(&self, name: &str, receives: u32) -> (String, String) {
        let dead = format!("{name}-dead");
        let dead_url = self.queue(&dead).await;
        let policy = serde_json::json!({
            "deadLetterTargetArn": queue_arn(&dead),
            "maxReceiveCount": receives.to_string(),
        });
        let create = self.client.create_queue().queue_name(name);
        let created = create.attributes(QueueAttributeName::RedrivePolicy, policy.to_string()).send().await;
        (created.expect("a queue").queue_url.expect("its URL"), dead_url)
    }

    pub(crate) async fn send(&self, url: &str, body: &str) -> String {
        let sent = self.client.send_message().queue_url(url).message_body(body).send().await;
        sent.expect("sent").message_id.expect("an id")
    }

    /// One look at the queue, for up to ten messages with all that is known about them.
    pub(crate) async fn receive(&self, url: &str) -> Vec<Message> {
        let receive = self.client.receive_message().queue_url(url).max_number_of_messages(10);
        let all = receive
            .message_attribute_names("All")
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .wait_time_seconds(0);
        all.send().await.expect("answered").messages.unwrap_or_default()
    }

    /// The one message that the queue has to give.
    pub(crate) async fn receive_one(&self, url: &str) -> Message {
        let mut messages = self.receive(url).await;
        assert_eq!(messages.len(), 1, "{messages:?}");
        messages.remove(0)
    }

    pub(crate) async fn delete(&self, url: &str, message: &Message) {
        let handle = message.receipt_handle().expect("a handle");
        let delete = self.client.delete_message().queue_url(url).receipt_handle(handle);
        delete.send().await.expect("deleted");
    }

    pub(crate) async fn depth(&self, queue: &str) -> Depth {
        self.endpoint.depth(queue).await.expect("a depth")
    }

    pub(crate) fn seconds_pass(&self, seconds: i64) {
        self.clock.advance(Duration::seconds(seconds));
    }
}

/// It does not retry: a refusal is what the tests want to see.
fn client(url: &str) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::from_static("local"))
        .credentials_provider(credentials())
        .endpoint_url(url)
        .http_client(plain_http())
        .retry_config(RetryConfig::disabled());
    Client::from_conf(config.build())
}

pub(crate) fn bodies(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|message| message.body().expect("a body")).collect()
}

pub(crate) fn system_attribute(message: &Message, name: MessageSystemAttributeName) -> Option<&str> {
    message.attributes()?.get(&name).map(String::as_str)
}

/// The code that an operation was refused with.
pub(crate) fn refused<T, E: ProvideErrorMetadata>(answer: Result<T, E>) -> String {
    let error = answer.err().expect("a refusal");
    error.code().expect("a code").to_owned()
}

pub(crate) fn depth(visible: u64, in_flight: u64, delayed: u64) -> Depth {
    Depth { visible, in_flight, delayed }
}
