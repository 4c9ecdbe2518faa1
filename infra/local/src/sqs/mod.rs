//! Amazon SQS, embedded: the operations that this backend uses, of standard queues, in SQS's AWS JSON
//! protocol, so that the AWS SDK and the AWS command line work against it unchanged.
//!
//! What a request does happens in one SQLite transaction (`store`), so a process that is killed between
//! two requests has lost nothing, and what is in flight stays so. The time comes from the clock that is
//! handed in, with one exception: how long a long poll holds the line is real time.
//!
//! Where it differs from Amazon: messages come in order and exactly once per visibility timeout
//! (Amazon promises neither), a queue may be purged at any time, a move task is done when the answer
//! comes, queues cannot be deleted, and there are no FIFO queues, encryption or access policies.
//! `tests/sqs` holds it to what ElasticMQ does, too, and its README says where the two part.

mod batch;
mod delivery;
mod digest;
mod error;
mod handle;
mod http;
mod message;
mod queue;
mod queues;
mod receive;
mod redrive;
mod send;
mod settings;
mod settle;
mod store;

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use infra_aws::clock::Clock;
use tokio::sync::Notify;

pub use self::{error::SqsError, message::Depth, queue::queue_arn};
use self::{
    queue::Queue,
    store::{Call, Store},
};
use crate::engine::Kept;

/// The embedded queues. Clones are handles to the same ones.
#[derive(Clone)]
pub struct SqsEndpoint(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Clock,
    /// Rung when a message may have become visible, or may become so at another time than before.
    arrivals: Notify,
    waiting: AtomicUsize,
    closing: AtomicBool,
}

impl SqsEndpoint {
    /// Opens the queues kept in `kept`, which is made when it is missing. Blocks for some milliseconds.
    pub fn open(kept: &Kept, clock: Clock) -> Result<Self, SqsError> {
        Ok(Self(Arc::new(Inner {
            store: Store::open(kept)?,
            clock,
            arrivals: Notify::new(),
            waiting: AtomicUsize::new(0),
            closing: AtomicBool::new(false),
        })))
    }

    /// The endpoint: serve it at any address. Queue URLs follow the request's `Host`.
    pub fn router(&self) -> axum::Router {
        http::router(self.clone())
    }

    /// How many messages `queue` holds, now and exactly.
    ///
    /// # Errors
    ///
    /// `QueueDoesNotExist`, or the store failed.
    pub async fn depth(&self, queue: &str) -> Result<Depth, SqsError> {
        let queue = queue.to_owned();
        self.transact(String::new(), move |call| message::depth(call, &Queue::named(call, &queue)?)).await
    }

    /// How many long polls are waiting for a message.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.0.waiting.load(Ordering::Acquire)
    }

    /// Lets every long poll, running or to come, answer at once with what there is: a server that shuts
    /// down gracefully waits for its last request, and that would be a long poll.
    pub fn stop_waiting(&self) {
        self.0.closing.store(true, Ordering::Release);
        self.0.arrivals.notify_waiters();
    }

    fn is_closing(&self) -> bool {
        self.0.closing.load(Ordering::Acquire)
    }

    /// Runs `work` in a transaction of its own, off the runtime's threads. It is committed when `work`
    /// succeeds.
    async fn transact<T: Send + 'static>(
        &self,
        host: String,
        work: impl FnOnce(&Call<'_>) -> Result<T, SqsError> + Send + 'static,
    ) -> Result<T, SqsError> {
        let inner = Arc::clone(&self.0);
        let done = tokio::task::spawn_blocking(move || {
            let (answer, arrived) = inner.store.transact(inner.clock.now(), &host, work)?;
            if arrived {
                inner.arrivals.notify_waiters();
            }
            Ok(answer)
        });
        done.await.map_err(|stopped| SqsError::internal(stopped.to_string()))?
    }
}

impl std::fmt::Debug for SqsEndpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SqsEndpoint")
    }
}
