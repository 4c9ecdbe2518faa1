use std::{sync::Arc, time::Duration};

use aws_sdk_dynamodb::error::BoxError;
use axum::Extension;
use functions::http::Stopping;
use tokio::{
    net::TcpListener,
    sync::{futures::Notified, watch},
    task::JoinSet,
    time::sleep,
};

use super::Backend;
use crate::{
    host::{Delivery, QueueSettings, ServerSettings, serve},
    template::Template,
};

/// How often the stream is asked when nobody rang: the ordinary AWS tools write past the gateway.
const POLL: Duration = Duration::from_secs(1);
/// Before the first repetition of what failed.
const RETRY: Duration = Duration::from_millis(250);
/// For requests and deliveries that are under way when the backend is stopped.
const PATIENCE: Duration = Duration::from_secs(5);
const TRIM_EVERY: Duration = Duration::from_secs(30);
/// Shorter than one attempt of a client may take: a poll that times out may have taken messages along.
const LONG_POLL_SECONDS: i32 = 2;

impl Backend {
    /// Serves the API on `listener` and lets everything run, until `stopped` turns true. Deliveries that
    /// are under way are finished; what is left is delivered at the next start.
    ///
    /// # Errors
    /// When the API cannot be served.
    pub async fn run(self, listener: TcpListener, stopped: watch::Receiver<bool>) -> Result<(), BoxError> {
        let backend = Arc::new(self);
        let mut tasks = JoinSet::new();
        tasks.spawn(backend.clone().stream_to_projector(stopped.clone()));
        tasks.spawn(backend.clone().stream_to_dispatcher(stopped.clone()));
        tasks.spawn(backend.clone().queue_to_worker(stopped.clone()));
        for _ in 0..QueueSettings::replays().maximum_concurrency {
            tasks.spawn(backend.clone().queue_to_replayer(stopped.clone()));
        }
        for _ in 0..QueueSettings::imports().maximum_concurrency {
            tasks.spawn(backend.clone().queue_to_importer(stopped.clone()));
        }
        for _ in 0..QueueSettings::deliveries().maximum_concurrency {
            tasks.spawn(backend.clone().queue_to_courier(stopped.clone()));
        }
        tasks.spawn(backend.clone().keep_up(stopped.clone()));

        // Who waits for news is answered without any before patience ends.
        let api = backend.api.clone().layer(Extension(Stopping(stopped.clone())));
        let served = serve(listener, api, ServerSettings::default(), stopped.clone());
        tokio::select! {
            served = served => served?,
            () = overdue(stopped.clone()) => tracing::warn!("requests that do not end are cut off"),
            error = ended_early(&mut tasks, &stopped) => return Err(error),
        }
        backend.stack.sqs.stop_waiting();
        while tasks.join_next().await.is_some() {}
        if let Ok(backend) = Arc::try_unwrap(backend) {
            backend.stack.stop().await;
        }
        Ok(())
    }

    /// The worker is invoked once at a time, whatever the template allows, so that a crash repeats at most the one mail in flight.
    async fn queue_to_worker(self: Arc<Self>, stopped: watch::Receiver<bool>) {
        while !*stopped.borrow() {
            match self.steps.deliver(LONG_POLL_SECONDS).await {
                Ok(0) => {}
                Ok(_) => self.written.notify_waiters(),
                Err(error) => {
                    tracing::error!(%error, "the queue of steps");
                    sleep(RETRY).await;
                }
            }
        }
    }

    /// Segments are worked on side by side.
    async fn queue_to_replayer(self: Arc<Self>, stopped: watch::Receiver<bool>) {
        while !*stopped.borrow() {
            tokio::select! {
                delivered = self.replays.deliver(LONG_POLL_SECONDS) => if let Err(error) = delivered {
                    tracing::error!(%error, "the queue of replays");
                    sleep(RETRY).await;
                },
                // A segment may take longer than anybody waits; it goes on from its checkpoint.
                () = turned(stopped.clone()) => {}
            }
        }
    }

    /// Imports are worked on side by side. Users that are created are told of while it goes on: the stream is asked every
    /// second anyway.
    async fn queue_to_importer(self: Arc<Self>, stopped: watch::Receiver<bool>) {
        while !*stopped.borrow() {
            tokio::select! {
                delivered = self.imports.deliver(LONG_POLL_SECONDS) => match delivered {
                    Ok(0) => {}
                    Ok(_) => self.written.notify_waiters(),
                    Err(error) => {
                        tracing::error!(%error, "the queue of imports");
                        sleep(RETRY).await;
                    }
                },
                // A slice may take longer than anybody waits; rows that were begun are worked on again.
                () = turned(stopped.clone()) => {}
            }
        }
    }

    /// Batches are delivered side by side, so that a receiver that is slow does not keep all others waiting.
    async fn queue_to_courier(self: Arc<Self>, stopped: watch::Receiver<bool>) {
        while !*stopped.borrow() {
            tokio::select! {
                delivered = self.deliveries.deliver(LONG_POLL_SECONDS) => if let Err(error) = delivered {
                    tracing::error!(%error, "the queue of deliveries");
                    sleep(RETRY).await;
                },
                // A receiver may take longer than anybody waits; it is asked again, under the same id.
                () = turned(stopped.clone()) => {}
            }
        }
    }

    async fn stream_to_projector(self: Arc<Self>, stopped: watch::Receiver<bool>) {
        while !*stopped.borrow() {
            let written = self.written.notified();
            let delivered = self.project().await;
            let attempts = self.projector.lock().await.attempts();
            pause(delivered, attempts, written, stopped.clone()).await;
        }
    }

    async fn stream_to_dispatcher(self: Arc<Self>, stopped: watch::Receiver<bool>) {
        while !*stopped.borrow() {
            let written = self.written.notified();
            let delivered = self.dispatch().await;
            let attempts = self.dispatcher.lock().await.attempts();
            pause(delivered, attempts, written, stopped.clone()).await;
        }
    }

    /// The schedule: the watchdog's, and the engine's housekeeping.
    async fn keep_up(self: Arc<Self>, stopped: watch::Receiver<bool>) {
        let every = Duration::from_secs(Template::deployed().watchdog_every_seconds());
        let (mut watchdog, mut trim) = (tokio::time::interval(every), tokio::time::interval(TRIM_EVERY));
        while !*stopped.borrow() {
            tokio::select! {
                _ = watchdog.tick() => drop(self.watch().await.inspect_err(|error| tracing::error!(%error, "watchdog"))),
                _ = trim.tick() => drop(self.trim().await.inspect_err(|error| tracing::error!(%error, "trimming"))),
                () = turned(stopped.clone()) => {}
            }
        }
    }
}

/// After a full delivery the next one follows at once; otherwise whoever comes first ends the pause.
async fn pause(
    delivered: Result<Delivery, BoxError>,
    attempts: u32,
    written: Notified<'_>,
    stopped: watch::Receiver<bool>,
) {
    match delivered {
        Ok(Delivery::Handled(_) | Delivery::SetAside) => {}
        Ok(Delivery::Idle) => tokio::select! {
            () = written => {}
            () = sleep(POLL) => {}
            () = turned(stopped) => {}
        },
        // Longer each time: what fails may be down for a while.
        Ok(Delivery::Failed) => tokio::select! {
            () = sleep(RETRY * 2_u32.pow(attempts.min(6))) => {}
            () = turned(stopped) => {}
        },
        Err(error) => {
            tracing::error!(%error, "the stream");
            sleep(RETRY).await;
        }
    }
}

/// Resolves when a part ended although nobody asked it to: a backend without it would only look alive.
async fn ended_early(tasks: &mut JoinSet<()>, stopped: &watch::Receiver<bool>) -> BoxError {
    let ended = tasks.join_next().await;
    if *stopped.borrow() {
        std::future::pending::<()>().await;
    }
    match ended {
        Some(Err(error)) => error.into(),
        Some(Ok(())) | None => "a part of the backend ended by itself".into(),
    }
}

/// Resolves some time after the stop: a client that sends half a request must not hold it up for ever.
async fn overdue(stopped: watch::Receiver<bool>) {
    turned(stopped).await;
    sleep(PATIENCE).await;
}

async fn turned(mut stopped: watch::Receiver<bool>) {
    drop(stopped.wait_for(|stopped| *stopped).await);
}
