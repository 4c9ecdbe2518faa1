//! What a receiver does with a message it holds: delete it, or change how long it stays hidden.

use serde::Deserialize;

use super::{
    batch::{Batch, Outcome, each},
    error::{Code, SqsError},
    handle, message,
    queue::Queue,
    queues::Done,
    settings::LONGEST_VISIBILITY,
    store::Call,
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteMessage {
    queue_url: String,
    #[serde(flatten)]
    held: Held,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Held {
    receipt_handle: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ChangeVisibility {
    queue_url: String,
    #[serde(flatten)]
    change: Change,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Change {
    receipt_handle: String,
    #[serde(default)]
    visibility_timeout: u32,
}

pub(super) fn delete(call: &Call<'_>, request: &DeleteMessage) -> Result<Done, SqsError> {
    let queue = Queue::at(call, &request.queue_url)?;
    delete_held(call, &queue, &request.held)
}

pub(super) fn delete_batch(call: &Call<'_>, request: &Batch<Held>) -> Result<Outcome<Done>, SqsError> {
    let queue = Queue::at(call, &request.queue_url)?;
    each(&request.entries, |held| delete_held(call, &queue, held))
}

/// Deleting twice is a success, and so is deleting with the handle of an earlier receive, which deletes
/// nothing: another receiver may hold the message by now. Both are what Amazon's standard queues say.
fn delete_held(call: &Call<'_>, queue: &Queue, held: &Held) -> Result<Done, SqsError> {
    if let Some((_, message)) = handle::resolve(call, queue, &held.receipt_handle)? {
        message::delete(call, message.seq)?;
    }
    Ok(Done {})
}

pub(super) fn change_visibility(call: &Call<'_>, request: &ChangeVisibility) -> Result<Done, SqsError> {
    let queue = Queue::at(call, &request.queue_url)?;
    change(call, &queue, &request.change)
}

pub(super) fn change_visibility_batch(
    call: &Call<'_>,
    request: &Batch<Change>,
) -> Result<Outcome<Done>, SqsError> {
    let queue = Queue::at(call, &request.queue_url)?;
    each(&request.entries, |entry| change(call, &queue, entry))
}

/// Unlike a deletion, this is refused when the message is not in the hands of whoever asks. The longest
/// time counts from the receive, and asking for more than is left of it is refused, not cut short.
fn change(call: &Call<'_>, queue: &Queue, change: &Change) -> Result<Done, SqsError> {
    let (handle, seconds) = (&change.receipt_handle, change.visibility_timeout);
    if seconds > LONGEST_VISIBILITY {
        let reason = "VisibilityTimeout must be an integer between 0 and 43200.";
        return Err(SqsError::invalid_value(seconds, "VisibilityTimeout", reason));
    }
    let Some((held, message)) = handle::resolve(call, queue, handle)? else {
        let reason = "Message does not exist or is not available for visibility timeout change.";
        return Err(SqsError::invalid_value(handle, "ReceiptHandle", reason));
    };
    if message.visible_at <= call.now {
        return Err(SqsError::new(Code::MessageNotInflight, "The message referred to isn't in flight."));
    }
    if call.now + i64::from(seconds) * 1_000 > held.received_at + i64::from(LONGEST_VISIBILITY) * 1_000 {
        let reason = "Total VisibilityTimeout for the message is beyond the limit [43200 seconds].";
        return Err(SqsError::invalid_value(seconds, "VisibilityTimeout", reason));
    }
    message::hide(call, message.seq, seconds)?;
    Ok(Done {})
}
