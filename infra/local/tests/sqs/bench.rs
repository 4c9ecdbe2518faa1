//! An engine with queues, and a client that talks to it.

use std::{
    env, process,
    sync::atomic::{AtomicU32, Ordering},
};

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
    sqs::{Depth, SqsEndpoint},
};

use crate::support::{credentials, listen, plain_http};

/// How long a brief queue hides a message, in seconds: long enough to look at it in the meantime, short
/// enough to wait for.
pub(crate) const BRIEFLY: i64 = 2;

/// One test's view of an engine: its queues have names that no other bench gives.
pub(crate) struct Bench {
    pub(crate) client: Client,
    engine: Engine,
    number: u32,
}

/// What differs is told in `README.md`.
enum Engine {
    /// Started for one bench alone, at a time of its own.
    Embedded(Embedded),
    /// Shared by all benches, and its time is everybody's.
    Named,
}

pub(crate) struct Embedded {
    pub(crate) endpoint: SqsEndpoint,
    pub(crate) clock: ManualClock,
}

/// On the engine that `SQS_ENDPOINT` names; without it, embedded.
pub(crate) async fn bench() -> Bench {
    match env::var("SQS_ENDPOINT") {
        Ok(url) => Bench::on(Engine::Named, &url),
        Err(_) => embedded().await,
    }
}

/// On the embedded endpoint, whatever the environment says: for what only this one has.
pub(crate) async fn embedded() -> Bench {
    Bench::open(&Kept::InMemory, ManualClock::new(DateTime::UNIX_EPOCH + Duration::days(20_000))).await
}

impl Bench {
    pub(crate) async fn open(kept: &Kept, clock: ManualClock) -> Self {
        let endpoint = SqsEndpoint::open(kept, clock.clock()).expect("an endpoint");
        let (listener, url) = listen().await;
        let router = endpoint.router();
        tokio::spawn(async { axum::serve(listener, router).await });
        Self::on(Engine::Embedded(Embedded { endpoint, clock }), &url)
    }

    fn on(engine: Engine, url: &str) -> Self {
        static BENCHES: AtomicU32 = AtomicU32::new(0);
        let number = BENCHES.fetch_add(1, Ordering::Relaxed);
        Self { client: client(url), engine, number }
    }

    /// The embedded endpoint itself, in tests that are about it alone.
    pub(crate) fn inside(&self) -> &Embedded {
        match &self.engine {
            Engine::Embedded(embedded) => embedded,
            Engine::Named => panic!("another engine shows its inside to nobody"),
        }
    }

    /// The name under which this bench makes the queue `name`.
    pub(crate) fn named(&self, name: &str) -> String {
        format!("{name}-{}-{}", process::id(), self.number)
    }

    /// A queue whose messages are hidden for 30 seconds when they are received; its URL.
    pub(crate) async fn queue(&self, name: &str) -> String {
        self.queue_with(name, []).await
    }

    /// A queue whose messages are hidden for [`BRIEFLY`] when they are received.
    pub(crate) async fn brief_queue(&self, name: &str) -> String {
        self.queue_with(name, [brief()]).await
    }

    /// A brief queue that gives up after `receives`, and its dead-letter queue `{name}-dead`.
    pub(crate) async fn queue_with_dead_letters(&self, name: &str, receives: u32) -> (String, String) {
        let dead = self.queue(&format!("{name}-dead")).await;
        let policy = redrive_policy(&self.arn(&dead).await, receives);
        let queue = self.queue_with(name, [brief(), (QueueAttributeName::RedrivePolicy, policy)]).await;
        (queue, dead)
    }

    pub(crate) async fn queue_with(
        &self,
        name: &str,
        settings: impl IntoIterator<Item = (QueueAttributeName, String)>,
    ) -> String {
        let mut create = self.client.create_queue().queue_name(self.named(name));
        for (name, value) in settings {
            create = create.attributes(name, value);
        }
        create.send().await.expect("a queue").queue_url.expect("its URL")
    }

    pub(crate) async fn arn(&self, queue: &str) -> String {
        self.setting(queue, QueueAttributeName::QueueArn).await
    }

    pub(crate) async fn setting(&self, queue: &str, name: QueueAttributeName) -> String {
        let get = self.client.get_queue_attributes().queue_url(queue).attribute_names(name.clone());
        let mut told = get.send().await.expect("described").attributes.expect("attributes");
        told.remove(&name).expect("the one that was asked for")
    }

    pub(crate) async fn send(&self, url: &str, body: &str) -> String {
        let sent = self.client.send_message().queue_url(url).message_body(body).send().await;
        sent.expect("sent").message_id.expect("an id")
    }

    /// One look at the queue, for up to ten messages with all that is known about them.
    pub(crate) async fn receive(&self, url: &str) -> Vec<Message> {
        self.wait_for(url, 0).await
    }

    async fn wait_for(&self, url: &str, seconds: i32) -> Vec<Message> {
        let receive = self.client.receive_message().queue_url(url).max_number_of_messages(10);
        let all = receive
            .message_attribute_names("All")
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .wait_time_seconds(seconds);
        all.send().await.expect("answered").messages.unwrap_or_default()
    }

    /// The one message that the queue has to give, now or at least soon.
    pub(crate) async fn receive_one(&self, url: &str) -> Message {
        let mut messages = self.wait_for(url, PATIENCE).await;
        assert_eq!(messages.len(), 1, "{messages:?}");
        messages.remove(0)
    }

    pub(crate) async fn delete(&self, url: &str, message: &Message) {
        let handle = message.receipt_handle().expect("a handle");
        let delete = self.client.delete_message().queue_url(url).receipt_handle(handle);
        delete.send().await.expect("deleted");
    }

    /// Deletes by a handle that has no effect any more. That is a success at AWS, but not everywhere.
    pub(crate) async fn delete_in_vain(&self, url: &str, message: &Message) {
        match self.engine {
            Engine::Embedded(_) => self.delete(url, message).await,
            Engine::Named => {
                let handle = message.receipt_handle().expect("a handle");
                let _ = self.client.delete_message().queue_url(url).receipt_handle(handle).send().await;
            }
        }
    }

    /// As the queue tells it of itself.
    pub(crate) async fn depth(&self, queue: &str) -> Depth {
        let count = async |name| self.setting(queue, name).await.parse().expect("a number");
        Depth {
            visible: count(QueueAttributeName::ApproximateNumberOfMessages).await,
            in_flight: count(QueueAttributeName::ApproximateNumberOfMessagesNotVisible).await,
            delayed: count(QueueAttributeName::ApproximateNumberOfMessagesDelayed).await,
        }
    }

    /// Sees that an operation was refused, under the name that AWS gives the reason. Another engine may
    /// have its own names.
    pub(crate) fn refused<T, E: ProvideErrorMetadata>(&self, answer: Result<T, E>, code: &str) {
        let error = answer.err().expect("a refusal");
        self.says(error.code(), code);
    }

    /// Compares the reason of a refusal, as [`Bench::refused`] does.
    pub(crate) fn says(&self, reason: Option<&str>, code: &str) {
        match self.engine {
            Engine::Embedded(_) => assert_eq!(reason, Some(code)),
            Engine::Named => {}
        }
    }

    /// Lets time pass: where the clock is ours it is moved, elsewhere it is waited for.
    pub(crate) async fn seconds_pass(&self, seconds: i64) {
        match &self.engine {
            Engine::Embedded(Embedded { clock, .. }) => clock.advance(Duration::seconds(seconds)),
            Engine::Named => {
                let seconds = u64::try_from(seconds).expect("a time to come");
                tokio::time::sleep(std::time::Duration::from_millis(seconds * 1_000 + MARGIN_MS)).await;
            }
        }
    }

    /// Returns once a long poll that was just begun is waiting; from outside it cannot be seen, so there
    /// it is given a second.
    pub(crate) async fn poll_is_waiting(&self) {
        match &self.engine {
            Engine::Embedded(Embedded { endpoint, .. }) => {
                while endpoint.waiting() == 0 {
                    tokio::task::yield_now().await;
                }
            }
            Engine::Named => self.seconds_pass(1).await,
        }
    }
}

/// How long a message that is there may take to be seen, in seconds.
const PATIENCE: i32 = 5;

/// What is due after so many seconds has surely happened so much later.
const MARGIN_MS: u64 = 100;

fn brief() -> (QueueAttributeName, String) {
    (QueueAttributeName::VisibilityTimeout, BRIEFLY.to_string())
}

pub(crate) fn redrive_policy(dead_letter_arn: &str, receives: u32) -> String {
    serde_json::json!({ "deadLetterTargetArn": dead_letter_arn, "maxReceiveCount": receives }).to_string()
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

pub(crate) fn depth(visible: u64, in_flight: u64, delayed: u64) -> Depth {
    Depth { visible, in_flight, delayed }
}
