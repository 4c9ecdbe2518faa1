//! Dead letters: setting a message aside that was received too often, and bringing it back.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use rusqlite::params;
use serde::{Deserialize, Serialize};

use super::{
    error::{Code, SqsError},
    message::{self, Message},
    queue::Queue,
    store::Call,
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct StartMoveTask {
    source_arn: String,
    destination_arn: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct MoveTask {
    task_handle: String,
}

/// Moves a message that has failed in `queue` to its dead-letter queue. Its id, body, attributes, age
/// and count of receives stay as they are; it is visible there at once.
pub(super) fn set_aside(call: &Call<'_>, queue: &Queue, target: &Queue, seq: i64) -> Result<(), SqsError> {
    let mut statement = call
        .tx
        .prepare_cached("UPDATE messages SET queue = ?2, dead_from = ?3, visible_at = ?4 WHERE seq = ?1")?;
    statement.execute(params![seq, target.id, queue.id, call.now])?;
    call.announce();
    Ok(())
}

/// Moves all visible messages of a dead-letter queue back to where each failed, or to the destination
/// that is named. It is done when it answers. The rate that the caller may ask for is ignored.
///
/// As at Amazon, what comes back is a new message (id, age and count begin anew), and what was sent to
/// the dead-letter queue directly stays when no destination is named.
pub(super) fn start_move_task(call: &Call<'_>, request: &StartMoveTask) -> Result<MoveTask, SqsError> {
    let source = known(call, &request.source_arn)?;
    let queues = Queue::all(call)?;
    if !queues.iter().any(|queue| queue.dies_into(&source)) {
        let reason = "Source queue must be configured as a Dead Letter Queue.";
        return Err(SqsError::invalid_value(&request.source_arn, "SourceArn", reason));
    }
    let named = request.destination_arn.as_deref().map(|arn| known(call, arn)).transpose()?;
    message::expire(call, &source)?;
    for dead in Message::visible(call, &source, u32::MAX)? {
        let origin = queues.iter().find(|queue| dead.dead_from == Some(queue.id));
        if let Some(destination) = named.as_ref().or(origin) {
            bring_back(call, destination, &dead)?;
        }
    }
    Ok(MoveTask { task_handle: BASE64.encode(format!("{}.{}", source.name, call.now)) })
}

fn bring_back(call: &Call<'_>, destination: &Queue, dead: &Message) -> Result<(), SqsError> {
    message::insert(call, destination, &dead.body, &dead.attributes, 0)?;
    message::delete(call, dead.seq)
}

fn known(call: &Call<'_>, arn: &str) -> Result<Queue, SqsError> {
    Queue::of_arn(call, arn)?.ok_or_else(|| {
        let message = format!("The resource that you specified for the ARN {arn} doesn't exist.");
        SqsError::new(Code::ResourceNotFound, message)
    })
}
