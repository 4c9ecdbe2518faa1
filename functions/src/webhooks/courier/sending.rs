use aws_sdk_dynamodb::error::BoxError;
use chrono::{DateTime, TimeDelta, Utc};
use domain::webhook::{DisableReason, Registration};
use event_store::StreamId;
use infra_aws::{
    metrics::{self, Metric},
    receivers::NoAnswer,
};
use serde_json::json;

use super::{
    Attempt, Courier, Settled, TRIED_FOR, TRIES,
    outcome::{Outcome, word},
};
use crate::{
    cloud_event::{self, CloudEvent},
    webhooks::{Delivery, Try, message::DeliveryMessage, secret, signature},
};

/// What the type of a test is.
const TEST: &str = "rollcall.webhook.test";

/// What is sent.
struct Letter {
    event_type: String,
    body: Vec<u8>,
}

impl Courier {
    pub(super) async fn deliver(
        &self,
        message: &DeliveryMessage,
        attempt: Attempt,
    ) -> Result<Settled, BoxError> {
        let DeliveryMessage { tenant, webhook, delivery, .. } = message;
        let state = self.commands.load_webhook(tenant, *webhook).await?;
        let is_test = matches!(delivery, Delivery::Test { .. });
        // Whoever tries a webhook out may do so before it is enabled.
        let Some(known) = state.registration().filter(|known| is_test || known.is_enabled()) else {
            tracing::info!("dropped: the webhook is disabled, or deleted");
            return Ok(Settled::Done);
        };
        let now = self.commands.clock.now();
        if self.resting.puts_off(tenant, *webhook, attempt.number, now) {
            return Ok(Settled::Again(attempt.back_off()));
        }
        let Some(letter) = self.letter(message, now).await? else {
            tracing::info!("dropped: there is no such event any more");
            return Ok(Settled::Done);
        };
        let Some(headers) = self.headers(message, known, now, &letter.body) else {
            tracing::error!("the key is gone that the webhook's secret was derived with");
            self.give_up(message, DisableReason::SecretLost).await?;
            return Ok(Settled::Done);
        };
        let answer = self.receivers.post(known.url.as_str(), &headers, letter.body).await;
        let tried = self.tried(message, letter.event_type, attempt, (now, answer), is_test);
        self.tell(&tried);
        // The receiver has been asked: a try that nobody wrote down is no reason to ask again.
        if let Err(error) = self.log.note(tenant, *webhook, &tried).await {
            tracing::warn!(%error, "a try was not written down");
        }
        self.conclude(message, known, &tried, answer).await
    }

    async fn conclude(
        &self,
        message: &DeliveryMessage,
        known: &Registration,
        tried: &Try,
        answer: Result<u16, NoAnswer>,
    ) -> Result<Settled, BoxError> {
        let (tenant, webhook) = (&message.tenant, message.webhook);
        if answer == Err(NoAnswer::TooSlow) {
            self.resting.begin(tenant, webhook, self.commands.clock.now());
        }
        match (Outcome::of(answer), tried.again_at) {
            (Outcome::Arrived, _) => {}
            (Outcome::Gone, _) => self.give_up(message, DisableReason::Gone).await?,
            (Outcome::Failed, Some(again_at)) => {
                let wait = again_at - tried.at;
                return Ok(Settled::Again(wait.to_std().unwrap_or_default()));
            }
            (Outcome::Failed, None) if matches!(message.delivery, Delivery::Test { .. }) => {}
            (Outcome::Failed, None) => {
                let first_try = tried.at - TRIED_FOR - SLACK;
                let is_new = known.enabled_at.is_some_and(|at| at > first_try);
                if !is_new && !self.log.has_arrived_since(tenant, webhook, first_try).await? {
                    self.give_up(message, DisableReason::Failing).await?;
                }
            }
        }
        Ok(Settled::Done)
    }

    /// What is to be sent; none if the event is no more.
    async fn letter(
        &self,
        message: &DeliveryMessage,
        now: DateTime<Utc>,
    ) -> Result<Option<Letter>, BoxError> {
        let (kind, id, number, place) = match &message.delivery {
            Delivery::Event { kind, id, commit, place } => (kind, id, *commit, *place),
            Delivery::Test { id } => return Ok(Some(test(message, id, now))),
        };
        let at = (StreamId::new(message.tenant.as_str(), kind, id)?, number);
        let commit = match self.events.commits_at([at.clone()]).await?.remove(&at) {
            Some(commit) => commit?,
            None => return Ok(None),
        };
        let index = usize::try_from(place - 1).unwrap_or(usize::MAX);
        let Some(event) = commit.events.get(index) else { return Ok(None) };
        let body = serde_json::to_vec(&CloudEvent::of(&commit, place, event))?;
        Ok(Some(Letter { event_type: event.event_type.clone(), body }))
    }

    /// The headers of a try; none if the newest secret cannot be derived.
    fn headers(
        &self,
        message: &DeliveryMessage,
        known: &Registration,
        now: DateTime<Utc>,
        body: &[u8],
    ) -> Option<Vec<(&'static str, String)>> {
        let derive = |named| secret::derive(&self.keys, &message.tenant, message.webhook, named);
        derive(&known.secret)?;
        let secrets: Vec<_> = known.secrets_at(now).filter_map(derive).collect();
        let id = message.delivery.to_string();
        let signed = signature::headers(&id, now, body, secrets.iter().map(secret::SigningSecret::bytes));
        let fixed = [
            ("content-type", "application/cloudevents+json".to_owned()),
            ("user-agent", concat!("Rollcall-Webhooks/", env!("CARGO_PKG_VERSION")).to_owned()),
        ];
        let trace = message.traceparent.map(|trace| ("traceparent", trace.to_string()));
        Some(signed.into_iter().chain(fixed).chain(trace).collect())
    }

    fn tried(
        &self,
        message: &DeliveryMessage,
        event_type: String,
        attempt: Attempt,
        (at, answer): (DateTime<Utc>, Result<u16, NoAnswer>),
        is_test: bool,
    ) -> Try {
        let goes_on = Outcome::of(answer) == Outcome::Failed && attempt.number < TRIES && !is_test;
        let wait = TimeDelta::from_std(attempt.back_off()).unwrap_or_default();
        Try {
            delivery: message.delivery.clone(),
            event_type,
            number: attempt.number,
            at,
            duration_ms: (self.commands.clock.now() - at).num_milliseconds(),
            status: answer.ok(),
            error: answer.err().map(|error| word(error).into()),
            again_at: goes_on.then_some(at + wait),
        }
    }

    fn tell(&self, tried: &Try) {
        let Try { event_type, status, error, duration_ms, .. } = tried;
        let outcome = match (tried.has_arrived(), tried.again_at) {
            (true, _) => "arrived",
            (false, Some(_)) => "failed",
            (false, None) => "given_up",
        };
        tracing::info!(event_type, status, error, duration_ms, outcome, "webhook");
        let now = self.commands.clock.now();
        metrics::write(
            &[("outcome", outcome)],
            &[Metric::count("WebhookTries", 1), Metric::milliseconds("WebhookLatency", [*duration_ms])],
            now,
        );
    }
}

/// What the queue may add to the waits.
const SLACK: TimeDelta = TimeDelta::minutes(10);

/// An event that did not happen.
fn test(message: &DeliveryMessage, id: &str, now: DateTime<Utc>) -> Letter {
    let body = json!({
        "specversion": cloud_event::SPECVERSION,
        "id": id,
        "source": format!("/rollcall/{}/webhook", message.tenant),
        "type": TEST,
        "subject": message.webhook,
        "time": now.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
        "datacontenttype": cloud_event::JSON,
        "tenant": message.tenant,
        "data": {},
    });
    Letter { event_type: TEST.into(), body: body.to_string().into_bytes() }
}
