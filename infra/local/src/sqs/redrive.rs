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

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListMoveTasks {
    source_arn: String,
    max_results: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct MoveTasks {
    results: Vec<Moved>,
}

/// A move task that is over.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Moved {
    status: &'static str,
    source_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination_arn: Option<String>,
    approximate_number_of_messages_moved: u32,
    approximate_number_of_messages_to_move: u32,
    started_timestamp: i64,
}

/// As many as Amazon remembers.
const MOST_TASKS: u32 = 10;

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
    let mut moved = 0_u32;
    for dead in Message::visible(call, &source, u32::MAX)? {
        let origin = queues.iter().find(|queue| dead.dead_from == Some(queue.id));
        if let Some(destination) = named.as_ref().or(origin) {
            bring_back(call, destination, &dead)?;
            moved += 1;
        }
    }
    call.tx.execute(
        "INSERT INTO move_tasks (source, destination_arn, moved, started_at) VALUES (?1, ?2, ?3, ?4)",
        params![source.id, request.destination_arn, moved, call.now],
    )?;
    Ok(MoveTask { task_handle: BASE64.encode(format!("{}.{}", source.name, call.now)) })
}

/// The newest first, all of them over.
pub(super) fn list_move_tasks(call: &Call<'_>, request: &ListMoveTasks) -> Result<MoveTasks, SqsError> {
    let source = known(call, &request.source_arn)?;
    let most = request.max_results.unwrap_or(1);
    if !(1..=MOST_TASKS).contains(&most) {
        return Err(SqsError::invalid_value(most, "MaxResults", "Must be between 1 and 10."));
    }
    let mut statement = call.tx.prepare_cached(
        "SELECT destination_arn, moved, started_at FROM move_tasks WHERE source = ?1 ORDER BY seq DESC LIMIT ?2",
    )?;
    let tasks = statement.query_map(params![source.id, most], |row| {
        Ok(Moved {
            status: "COMPLETED",
            source_arn: source.arn(),
            destination_arn: row.get(0)?,
            approximate_number_of_messages_moved: row.get(1)?,
            approximate_number_of_messages_to_move: row.get(1)?,
            started_timestamp: row.get(2)?,
        })
    })?;
    Ok(MoveTasks { results: tasks.collect::<Result<_, _>>()? })
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
