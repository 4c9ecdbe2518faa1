//! Messages as they lie in the store.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{error::SqsError, queue::Queue, store::Call};

/// How many messages a queue holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// Waiting to be received.
    pub visible: u64,
    /// Received, and neither deleted nor timed out.
    pub in_flight: u64,
    /// Sent with a delay that is not over.
    pub delayed: u64,
}

/// A sender's attributes, by name; the order is the one in which they are digested.
pub(super) type Attributes = BTreeMap<String, Attribute>;

/// As it came over the wire; binary values are base64.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Attribute {
    pub(super) data_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) string_value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) binary_value: Option<String>,
}

/// Times are in milliseconds since the epoch.
pub(super) struct Message {
    /// Its place in the store, never given twice.
    pub(super) seq: i64,
    pub(super) id: String,
    pub(super) body: String,
    pub(super) attributes: Attributes,
    pub(super) sent_at: i64,
    pub(super) visible_at: i64,
    pub(super) receive_count: u32,
    pub(super) first_received_at: Option<i64>,
    /// The queue in which it failed, when this one is its dead-letter queue.
    pub(super) dead_from: Option<i64>,
}

impl Message {
    /// By its place, when it is (still) in `queue`.
    pub(super) fn find(call: &Call<'_>, queue: &Queue, seq: i64) -> Result<Option<Self>, SqsError> {
        let mut statement = call.tx.prepare_cached("SELECT * FROM messages WHERE seq = ?1 AND queue = ?2")?;
        let found = statement.query_row(params![seq, queue.id], |row| Ok(Self::from_row(row)));
        found.optional()?.transpose()
    }

    /// Those that may be received, the longest visible first, at most `limit`.
    pub(super) fn visible(call: &Call<'_>, queue: &Queue, limit: u32) -> Result<Vec<Self>, SqsError> {
        let mut statement = call.tx.prepare_cached(
            "SELECT * FROM messages WHERE queue = ?1 AND visible_at <= ?2 ORDER BY visible_at, seq LIMIT ?3",
        )?;
        statement.query_and_then(params![queue.id, call.now, limit], Self::from_row)?.collect()
    }

    fn from_row(row: &Row<'_>) -> Result<Self, SqsError> {
        Ok(Self {
            seq: row.get("seq")?,
            id: row.get("id")?,
            body: row.get("body")?,
            attributes: serde_json::from_str(&row.get::<_, String>("attributes")?)?,
            sent_at: row.get("sent_at")?,
            visible_at: row.get("visible_at")?,
            receive_count: row.get("receive_count")?,
            first_received_at: row.get("first_received_at")?,
            dead_from: row.get("dead_from")?,
        })
    }
}

/// Puts a new message into `queue`, to be seen after `delay` seconds, and returns its id.
pub(super) fn insert(
    call: &Call<'_>,
    queue: &Queue,
    body: &str,
    attributes: &Attributes,
    delay: u32,
) -> Result<String, SqsError> {
    #[expect(clippy::disallowed_methods, reason = "the one place where queues draw ids, as SQS draws them")]
    let id = Uuid::new_v4().to_string();
    let attributes = serde_json::to_string(attributes)?;
    let visible_at = call.now + i64::from(delay) * 1_000;
    let mut statement = call.tx.prepare_cached(
        "INSERT INTO messages (queue, id, body, attributes, sent_at, visible_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    statement.execute(params![queue.id, id, body, attributes, call.now, visible_at])?;
    call.announce();
    Ok(id)
}

pub(super) fn delete(call: &Call<'_>, seq: i64) -> Result<(), SqsError> {
    call.tx.prepare_cached("DELETE FROM messages WHERE seq = ?1")?.execute([seq])?;
    Ok(())
}

/// Hides a message for `seconds` from now on; with 0 it is back at once.
pub(super) fn hide(call: &Call<'_>, seq: i64, seconds: u32) -> Result<(), SqsError> {
    let until = call.now + i64::from(seconds) * 1_000;
    call.tx.prepare_cached("UPDATE messages SET visible_at = ?2 WHERE seq = ?1")?.execute([seq, until])?;
    call.announce();
    Ok(())
}

/// Counts a receive, and hides the message for `hidden` seconds.
pub(super) fn deliver(call: &Call<'_>, message: &mut Message, hidden: u32) -> Result<(), SqsError> {
    message.receive_count += 1;
    message.first_received_at.get_or_insert(call.now);
    message.visible_at = call.now + i64::from(hidden) * 1_000;
    let mut statement = call.tx.prepare_cached(
        "UPDATE messages SET receive_count = ?2, first_received_at = ?3, visible_at = ?4 WHERE seq = ?1",
    )?;
    let Message { seq, receive_count, first_received_at, visible_at, .. } = &*message;
    statement.execute(params![seq, receive_count, first_received_at, visible_at])?;
    Ok(())
}

/// Removes what is older than the queue's retention. Every look at a queue begins with it.
pub(super) fn expire(call: &Call<'_>, queue: &Queue) -> Result<(), SqsError> {
    let oldest = call.now - i64::from(queue.settings.retention) * 1_000;
    let mut statement = call.tx.prepare_cached("DELETE FROM messages WHERE queue = ?1 AND sent_at <= ?2")?;
    statement.execute([queue.id, oldest])?;
    Ok(())
}

/// When the next hidden message of `queue` will be visible.
pub(super) fn next_visible_at(call: &Call<'_>, queue: &Queue) -> Result<Option<i64>, SqsError> {
    let mut statement = call
        .tx
        .prepare_cached("SELECT MIN(visible_at) FROM messages WHERE queue = ?1 AND visible_at > ?2")?;
    Ok(statement.query_row([queue.id, call.now], |row| row.get(0))?)
}

pub(super) fn depth(call: &Call<'_>, queue: &Queue) -> Result<Depth, SqsError> {
    expire(call, queue)?;
    let mut statement = call.tx.prepare_cached(
        "SELECT COUNT(*) FILTER (WHERE visible_at <= ?2),
                COUNT(*) FILTER (WHERE visible_at > ?2 AND receive_count > 0),
                COUNT(*) FILTER (WHERE visible_at > ?2 AND receive_count = 0)
         FROM messages WHERE queue = ?1",
    )?;
    Ok(statement.query_row([queue.id, call.now], |row| {
        Ok(Depth { visible: row.get(0)?, in_flight: row.get(1)?, delayed: row.get(2)? })
    })?)
}
