mod outcome;
mod rest;
mod sending;

use std::{sync::Arc, time::Duration};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use aws_sdk_dynamodb::error::BoxError;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    Actor,
    webhook::{DisableReason, WebhookCommand},
};
use event_store::{DynamoEventStore, ExecuteError};
use futures_util::future::join_all;
use infra_aws::{environment::KeyRing, logs::chain, queue::Queue, receivers::Receivers};
use tracing::Instrument as _;

use self::rest::Resting;
use super::{DeliveryLog, message::DeliveryMessage};
use crate::{
    commands::{Commands, Order},
    messages,
};

pub(crate) use outcome::{TRIED_FOR, TRIES, back_off};

/// What a try and what is written about it may take.
const TIME_FOR_A_TRY: TimeDelta = TimeDelta::seconds(15);

/// The function.
#[derive(Clone)]
pub struct Courier {
    events: DynamoEventStore,
    commands: Commands,
    queue: Queue,
    log: DeliveryLog,
    receivers: Arc<Receivers>,
    keys: KeyRing,
    resting: Resting,
}

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Settled {
    /// Nothing is left to do.
    Done,
    /// It is to be delivered again after this time.
    Again(Duration),
}

/// One delivery of a message by the queue.
#[derive(Clone, Copy, Debug)]
struct Attempt {
    /// How often this message was delivered, from 1.
    number: u32,
}

impl Courier {
    #[must_use]
    pub fn new(
        events: DynamoEventStore,
        commands: Commands,
        queue: Queue,
        log: DeliveryLog,
        receivers: Receivers,
        keys: KeyRing,
    ) -> Self {
        let (receivers, resting) = (Arc::new(receivers), Resting::default());
        Self { events, commands, queue, log, receivers, keys, resting }
    }

    /// Tries the deliveries of a batch, all at once: a receiver that is slow keeps the others of its batch waiting for ten
    /// seconds at most. Reports those that are to be delivered again, and those that there is no time for before
    /// `deadline`.
    pub async fn handle(&self, event: SqsEvent, deadline: Option<DateTime<Utc>>) -> SqsBatchResponse {
        let now = self.commands.clock.now();
        let in_time =
            messages::deadline(deadline, now).is_none_or(|deadline| now + TIME_FOR_A_TRY < deadline);
        let settled = join_all(event.records.iter().map(|message| async move {
            if in_time { self.settle(message).await } else { Settled::Again(Duration::ZERO) }
        }));
        let again: Vec<(&SqsMessage, Duration)> = event
            .records
            .iter()
            .zip(settled.await)
            .filter_map(|(message, settled)| match settled {
                Settled::Done => None,
                Settled::Again(wait) => Some((message, wait)),
            })
            .collect();
        messages::response(&self.queue, &again).await
    }

    async fn settle(&self, message: &SqsMessage) -> Settled {
        let attempt = Attempt::of(message);
        let delivery = match messages::read::<DeliveryMessage>(message) {
            Ok(delivery) => delivery,
            Err(error) => {
                tracing::error!(error = chain(&*error), "a delivery is looked at again later");
                return Settled::Again(attempt.back_off());
            }
        };
        let span = tracing::info_span!(
            "delivery",
            tenant = %delivery.tenant,
            webhook = %delivery.webhook,
            delivery = %delivery.delivery,
            attempt = attempt.number,
            trace_id = delivery.traceparent.map(|trace| trace.trace()),
        );
        async {
            match Box::pin(self.deliver(&delivery, attempt)).await {
                Ok(settled) => settled,
                Err(error) => {
                    tracing::warn!(error = chain(&*error), "a delivery is tried again");
                    Settled::Again(attempt.back_off())
                }
            }
        }
        .instrument(span)
        .await
    }

    /// Nothing is sent to a webhook any more.
    async fn give_up(&self, message: &DeliveryMessage, reason: DisableReason) -> Result<(), BoxError> {
        let DeliveryMessage { tenant, webhook, delivery, .. } = message;
        let command_id =
            format!("give_up/{webhook}/{delivery}/{}", self.commands.clock.now().timestamp_millis());
        let order = Order::of_the_system(tenant.clone(), Actor::Courier, command_id);
        match self.commands.webhook(*webhook, order, WebhookCommand::GiveUp { reason }).await {
            Ok(_) => Ok(()),
            // It was deleted meanwhile.
            Err(ExecuteError::Rejected(rejection)) => {
                tracing::info!(%rejection, "nothing to give up");
                Ok(())
            }
            Err(ExecuteError::Store(error)) => Err(error.into()),
        }
    }
}

impl Attempt {
    fn of(message: &SqsMessage) -> Self {
        let count = message.attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok());
        Self { number: count.unwrap_or(1) }
    }

    fn back_off(self) -> Duration {
        back_off(self.number)
    }
}
