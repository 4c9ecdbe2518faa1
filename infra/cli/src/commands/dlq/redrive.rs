use std::time::Duration;

use aws_sdk_sqs::Client;
use chrono::{DateTime, Utc};
use infra_aws::clock::Clock;
use serde_json::{Value, json};
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::{
    letter::Letter,
    list::depth,
    places::{Place, Places},
    show::COLUMNS,
    task,
    walk::{Walk, failed, read},
};
use crate::{Failure, arguments::Redrive, show};

pub(super) async fn run(redrive: &Redrive) -> Result<(), Failure> {
    let places = Places::of(&redrive.on).await?;
    let now = Clock::system().now();
    if redrive.dry_run {
        return Box::pin(would_be_sent(redrive, &places, now)).await;
    }
    let mut sent = Vec::new();
    let mut failures = Vec::new();
    for place in &places.queues {
        let done = if redrive.selects() {
            let mut pace = interval(Duration::from_secs(1) / u32::from(redrive.rate));
            pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
            selected(&places.sqs, place, redrive, now, &mut pace).await
        } else {
            all(&places.sqs, place, redrive).await
        };
        failures.extend(done.failure.map(|failure| format!("{}: {failure}", place.name)));
        sent.push(json!({ "queue": place.name, "sent": done.sent, "ids": done.ids }));
    }
    told(redrive, &sent)?;
    let missing = |id: &&String| !sent.iter().any(|of| show::list(&of["ids"]).iter().any(|sent| sent == *id));
    let missing: Vec<&str> = redrive.messages.iter().filter(missing).map(String::as_str).collect();
    if failures.is_empty() && !missing.is_empty() {
        failures.push(format!("not among the dead letters that were selected: {}", missing.join(", ")));
    }
    if failures.is_empty() { Ok(()) } else { Err(failures.join("; ").into()) }
}

/// What was sent back of one queue, and what ended it.
#[derive(Default)]
pub(super) struct Done {
    pub sent: u64,
    /// The messages, where they were sent one by one.
    pub ids: Vec<String>,
    pub failure: Option<Failure>,
}

async fn all(sqs: &Client, place: &Place, redrive: &Redrive) -> Done {
    let moved = match depth(sqs, &place.dead_url).await {
        Ok(0) => Ok(0),
        Ok(_) => task::run(sqs, place, redrive.rate, redrive.on.json).await,
        Err(failure) => Err(failure),
    };
    match moved {
        Ok(sent) => Done { sent, ..Done::default() },
        Err(failure) => Done { failure: Some(failure), ..Done::default() },
    }
}

/// Each is sent before it is deleted: whatever fails, none is lost.
pub(super) async fn selected(
    sqs: &Client,
    place: &Place,
    redrive: &Redrive,
    now: DateTime<Utc>,
    pace: &mut Interval,
) -> Done {
    let (mut done, mut walk) = (Done::default(), Walk::over(sqs, &place.dead_url));
    'walk: loop {
        let letters = match walk.next().await {
            Ok(letters) => letters,
            Err(failure) => {
                done.failure = Some(failure);
                break;
            }
        };
        if letters.is_empty() {
            break;
        }
        for letter in letters.iter().filter(|letter| letter.is_selected(redrive, now)) {
            pace.tick().await;
            if let Err(failure) = send(sqs, &place.url, letter).await {
                done.failure = Some(failure);
                break 'walk;
            }
            done.sent += 1;
            done.ids.push(letter.id().to_owned());
            match delete(sqs, &place.dead_url, letter).await {
                Ok(()) => walk.forget(letter),
                Err(failure) => {
                    let id = letter.id();
                    let kept =
                        format!("{id} was sent, and is a dead letter still; redrive it again ({failure})");
                    done.failure = Some(kept.into());
                }
            }
        }
    }
    walk.end().await;
    done
}

/// As it was: the body, and the attributes that its sender gave it.
async fn send(sqs: &Client, url: &str, letter: &Letter) -> Result<(), Failure> {
    let send = sqs.send_message().queue_url(url).set_message_body(letter.message.body().map(str::to_owned));
    let sent = send.set_message_attributes(letter.message.message_attributes().cloned()).send().await;
    sent.map(drop).map_err(|error| failed(&format!("{} could not be sent", letter.id()), &error))
}

async fn delete(sqs: &Client, dead_url: &str, letter: &Letter) -> Result<(), Failure> {
    let handle = letter.message.receipt_handle().unwrap_or_default();
    let deleted = sqs.delete_message().queue_url(dead_url).receipt_handle(handle).send().await;
    deleted.map(drop).map_err(|error| failed("it could not be deleted", &error))
}

async fn would_be_sent(redrive: &Redrive, places: &Places, now: DateTime<Utc>) -> Result<(), Failure> {
    let mut shown = Vec::new();
    for place in &places.queues {
        for letter in read(&places.sqs, &place.dead_url, usize::MAX).await? {
            if letter.is_selected(redrive, now) {
                shown.push(letter.shown(&place.name, letter.worth(places.appraiser.as_ref()).await));
            }
        }
    }
    if redrive.on.json {
        return show::json(&json!({ "wouldBeSent": shown }));
    }
    if shown.is_empty() {
        return show::line("Nothing would be sent.");
    }
    show::fields(COLUMNS, &shown)?;
    show::line(&format!("\n{} would be sent.", messages(shown.len() as u64)))
}

fn told(redrive: &Redrive, sent: &[Value]) -> Result<(), Failure> {
    if redrive.on.json {
        return show::json(&json!({ "queues": sent }));
    }
    sent.iter().try_for_each(|of| {
        let (queue, sent) = (show::cell(&of["queue"]), of["sent"].as_u64().unwrap_or_default());
        show::line(&format!("{queue}: {} sent back.", messages(sent)))
    })
}

fn messages(count: u64) -> String {
    if count == 1 { "1 message".into() } else { format!("{count} messages") }
}
