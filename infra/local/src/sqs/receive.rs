//! Receiving: one look at a queue, and long polls, which look again.

use std::{sync::atomic::Ordering, time::Duration};

use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep_until};

use super::{
    SqsEndpoint,
    delivery::Delivery,
    error::SqsError,
    message::{self, Message},
    queue::Queue,
    redrive,
    settings::{LONGEST_VISIBILITY, LONGEST_WAIT},
    store::Call,
};

#[derive(Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ReceiveMessage {
    queue_url: String,
    max_number_of_messages: Option<u32>,
    visibility_timeout: Option<u32>,
    wait_time_seconds: Option<u32>,
    #[serde(default)]
    pub(super) message_attribute_names: Vec<String>,
    #[serde(default)]
    pub(super) message_system_attribute_names: Vec<String>,
    /// The old name of `message_system_attribute_names`.
    #[serde(default)]
    pub(super) attribute_names: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Received {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    messages: Vec<Delivery>,
}

/// What one look at the queue has brought.
struct Look {
    messages: Vec<Delivery>,
    /// How long the caller wants to wait for the first message.
    patience: Duration,
    /// In how long, by the queue's clock, a hidden message will be visible.
    next: Option<Duration>,
}

/// By a clock that is moved by hand, a hidden message can be visible any moment: while there is one, a
/// long poll looks at least this often.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Looks until there is a message or the caller's patience ends. A send wakes it.
pub(super) async fn poll(
    endpoint: &SqsEndpoint,
    host: String,
    request: ReceiveMessage,
) -> Result<Received, SqsError> {
    let started = Instant::now();
    loop {
        let arrival = endpoint.0.arrivals.notified();
        tokio::pin!(arrival);
        // From here on a send is noticed, even if it falls between the look and the wait.
        arrival.as_mut().enable();
        let asked = request.clone();
        let seen = endpoint.transact(host.clone(), move |call| look(call, &asked)).await?;
        let deadline = started + seen.patience;
        if !seen.messages.is_empty() || Instant::now() >= deadline || endpoint.is_closing() {
            return Ok(Received { messages: seen.messages });
        }
        let pause = seen.next.map_or(deadline, |next| deadline.min(Instant::now() + next.min(LOOK_AGAIN)));
        let _waiting = Waiting::begin(endpoint);
        tokio::select! {
            () = arrival => {}
            () = sleep_until(pause) => {}
        }
    }
}

/// Counts a wait, until it is over or the caller has hung up.
struct Waiting<'a>(&'a SqsEndpoint);

impl<'a> Waiting<'a> {
    fn begin(endpoint: &'a SqsEndpoint) -> Self {
        endpoint.0.waiting.fetch_add(1, Ordering::AcqRel);
        Self(endpoint)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.0.waiting.fetch_sub(1, Ordering::AcqRel);
    }
}

fn look(call: &Call<'_>, request: &ReceiveMessage) -> Result<Look, SqsError> {
    let queue = Queue::at(call, &request.queue_url)?;
    let most = checked(request.max_number_of_messages, 1, 1..=10, "MaxNumberOfMessages")?;
    let default = queue.settings.visibility_timeout;
    let hidden = checked(request.visibility_timeout, default, 0..=LONGEST_VISIBILITY, "VisibilityTimeout")?;
    let wait = checked(request.wait_time_seconds, queue.settings.wait, 0..=LONGEST_WAIT, "WaitTimeSeconds")?;
    message::expire(call, &queue)?;
    let taken = take(call, &queue, most, hidden)?;
    let next = message::next_visible_at(call, &queue)?;
    Ok(Look {
        messages: Delivery::all(call, &queue, taken, request)?,
        patience: Duration::from_secs(wait.into()),
        next: next.map(|at| Duration::from_millis(at.abs_diff(call.now))),
    })
}

/// Takes up to `most` messages and hides them for `hidden` seconds. Those that were received too often
/// already go to the dead-letter queue instead.
fn take(call: &Call<'_>, queue: &Queue, most: u32, hidden: u32) -> Result<Vec<Message>, SqsError> {
    loop {
        let candidates = Message::visible(call, queue, most)?;
        let (spent, mut fresh): (Vec<_>, Vec<_>) = candidates.into_iter().partition(|m| queue.gives_up_on(m));
        for message in &spent {
            set_aside(call, queue, message)?;
        }
        // A page of nothing but dead letters says nothing about what lies behind it.
        if !fresh.is_empty() || spent.is_empty() {
            fresh.iter_mut().try_for_each(|taken| message::deliver(call, taken, hidden))?;
            return Ok(fresh);
        }
    }
}

fn set_aside(call: &Call<'_>, queue: &Queue, message: &Message) -> Result<(), SqsError> {
    let arn = queue.settings.redrive.as_ref().map(|policy| &policy.dead_letter_target_arn);
    let target = arn.map(|arn| Queue::of_arn(call, arn)).transpose()?.flatten();
    let target = target.ok_or_else(|| SqsError::internal("a dead-letter queue has gone"))?;
    redrive::set_aside(call, queue, &target, message.seq)
}

impl Queue {
    fn gives_up_on(&self, message: &Message) -> bool {
        self.settings.redrive.as_ref().is_some_and(|policy| message.receive_count >= policy.max_receive_count)
    }
}

fn checked(
    asked: Option<u32>,
    default: u32,
    allowed: std::ops::RangeInclusive<u32>,
    parameter: &str,
) -> Result<u32, SqsError> {
    let value = asked.unwrap_or(default);
    if allowed.contains(&value) {
        return Ok(value);
    }
    let reason = format!("Must be between {} and {}, if provided.", allowed.start(), allowed.end());
    Err(SqsError::invalid_value(value, parameter, &reason))
}
