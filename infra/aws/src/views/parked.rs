//! Notes of what is set aside. All share one partition, so that one query lists them, read model by read model.
//!
//! | attribute | |
//! |---|---|
//! | `pk` S, `sk` S | `!parked`, `{read model}@{generation}#{stream}` |
//! | `stream` S | the stream, `{tenant}#{aggregate type}#{id}` |
//! | `commit` N or NULL | the commit that cannot be applied; NULL when it is the row that cannot be read |
//! | `code` S, `reason` S | why; never anything out of an event |
//! | `since` S, `seen` S, `times` N | when it was first and last met, and how often, at least |

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    operation::delete_item::DeleteItemError,
    types::AttributeValue::{self, N, Null, S},
};
use chrono::{DateTime, SecondsFormat, Utc};
use projections::Generation;

use super::{ViewError, ViewStore, rows::Item, unavailable};

const PARTITION: &str = "!parked";
/// DynamoDB takes no longer sort key.
const LONGEST_KEY: usize = 1024;

/// What keeps an aggregate from being folded on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// The commit that cannot be applied; none when it is the row that cannot be read.
    pub commit: Option<u64>,
    /// Stable: what kind of obstacle it is.
    pub code: &'static str,
    /// For people. Never anything out of an event.
    pub reason: String,
}

/// An aggregate that is set aside for one generation of a read model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parked {
    pub model: String,
    pub generation: Generation,
    /// `{tenant}#{aggregate type}#{id}`, as far as it is one.
    pub stream: String,
    pub commit: Option<u64>,
    pub code: String,
    pub reason: String,
    pub since: DateTime<Utc>,
    /// When the obstacle was last met.
    pub seen: DateTime<Utc>,
    /// How often it was met, at least.
    pub times: u64,
}

fn is_later(error: &DeleteItemError) -> bool {
    error.is_conditional_check_failed_exception()
}

/// Some of them, and where to go on; `None` at the end.
#[derive(Debug)]
pub struct ParkedPage {
    pub parked: Vec<Parked>,
    pub next: Option<String>,
}

impl ViewStore {
    /// Notes that a stream is set aside. Noting it again keeps the newest obstacle and counts.
    ///
    /// # Errors
    /// [`ViewError::Unavailable`].
    pub async fn park(
        &self,
        model: &str,
        generation: Generation,
        stream: &str,
        obstacle: &Obstacle,
        at: DateTime<Utc>,
    ) -> Result<(), ViewError> {
        let commit = obstacle.commit.map_or(Null(true), |commit| N(commit.to_string()));
        let values = [
            ("stream", S(stream.into())),
            ("commit", commit),
            ("code", S(obstacle.code.into())),
            ("reason", S(obstacle.reason.clone())),
            ("seen", S(at.to_rfc3339_opts(SecondsFormat::Millis, true))),
        ];
        let set: Vec<String> = values.iter().map(|(name, _)| format!("#{name} = :{name}")).collect();
        let set = set.join(", ");
        let mut update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(model, generation, stream)))
            .update_expression(format!("SET {set}, #since = if_not_exists(#since, :seen) ADD #times :one"))
            .expression_attribute_values(":one", N("1".into()));
        for name in ["since", "times"] {
            update = update.expression_attribute_names(format!("#{name}"), name);
        }
        for (name, value) in values {
            update = update.expression_attribute_names(format!("#{name}"), name);
            update = update.expression_attribute_values(format!(":{name}"), value);
        }
        update.send().await.map_err(|error| unavailable(&error))?;
        Ok(())
    }

    /// Takes the note away, if there is one.
    ///
    /// # Errors
    /// [`ViewError::Unavailable`].
    pub async fn unpark(&self, model: &str, generation: Generation, stream: &str) -> Result<(), ViewError> {
        let delete = self.client.delete_item().table_name(&self.table);
        let delete = delete.set_key(Some(key(model, generation, stream)));
        delete.send().await.map_err(|error| unavailable(&error))?;
        Ok(())
    }

    /// Takes the note away whose obstacle a row has passed that has come to this version; one about a later commit stays.
    ///
    /// # Errors
    /// [`ViewError::Unavailable`].
    pub async fn unpark_up_to(
        &self,
        model: &str,
        generation: Generation,
        stream: &str,
        version: u64,
    ) -> Result<(), ViewError> {
        let delete = self.client.delete_item().table_name(&self.table);
        // Of a note without a commit the comparison is false.
        let delete = delete.set_key(Some(key(model, generation, stream))).condition_expression("NOT #c > :v");
        let delete = delete.expression_attribute_names("#c", "commit");
        let deleted = delete.expression_attribute_values(":v", N(version.to_string())).send().await;
        match deleted {
            Ok(_) => Ok(()),
            Err(error) if error.as_service_error().is_some_and(is_later) => Ok(()),
            Err(error) => Err(unavailable(&error)),
        }
    }

    /// The note of a stream, if it is set aside.
    ///
    /// # Errors
    /// [`ViewError::Unavailable`], [`ViewError::Unreadable`].
    pub async fn parked(
        &self,
        model: &str,
        generation: Generation,
        stream: &str,
    ) -> Result<Option<Parked>, ViewError> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let get = get.set_key(Some(key(model, generation, stream)));
        let output = get.send().await.map_err(|error| unavailable(&error))?;
        output.item.as_ref().map(read).transpose()
    }

    /// At most `limit` notes, of one read model or of all, by read model, generation and stream, after the key
    /// `after`.
    ///
    /// # Errors
    /// [`ViewError::Unavailable`], [`ViewError::Unreadable`].
    pub async fn list_parked(
        &self,
        model: Option<&str>,
        limit: usize,
        after: Option<&str>,
    ) -> Result<ParkedPage, ViewError> {
        let query = self.client.query().table_name(&self.table).consistent_read(true);
        let query = query.limit(i32::try_from(limit).unwrap_or(i32::MAX));
        let mut query = query.expression_attribute_values(":pk", S(PARTITION.into()));
        query = match model {
            Some(model) => query
                .key_condition_expression("pk = :pk AND begins_with(sk, :model)")
                .expression_attribute_values(":model", S(format!("{model}@"))),
            None => query.key_condition_expression("pk = :pk"),
        };
        if let Some(after) = after {
            query = query.exclusive_start_key("pk", S(PARTITION.into()));
            query = query.exclusive_start_key("sk", S(after.into()));
        }
        let output = query.send().await.map_err(|error| unavailable(&error))?;
        let next = output.last_evaluated_key.as_ref().and_then(|key| key.get("sk")?.as_s().ok()).cloned();
        let parked = output.items.unwrap_or_default().iter().map(read).collect::<Result<_, _>>()?;
        Ok(ParkedPage { parked, next })
    }
}

fn key(model: &str, generation: Generation, stream: &str) -> HashMap<String, AttributeValue> {
    let mut sk = format!("{model}@{generation}#{stream}");
    // The names of our own streams are far shorter; nothing that the table may hold must stop a shard.
    sk.truncate(sk.floor_char_boundary(LONGEST_KEY));
    HashMap::from([("pk".into(), S(PARTITION.into())), ("sk".into(), S(sk))])
}

fn read(item: &Item) -> Result<Parked, ViewError> {
    let text = |name: &str| item.get(name)?.as_s().ok().cloned();
    let number = |name: &str| item.get(name)?.as_n().ok()?.parse().ok();
    let time = |name: &str| text(name)?.parse().ok();
    let sk = text("sk").unwrap_or_default();
    let parked = || {
        let (model, rest) = sk.split_once('@')?;
        let (generation, _) = rest.split_once('#')?;
        Some(Parked {
            model: model.into(),
            generation: Generation(generation.parse().ok()?),
            stream: text("stream")?,
            commit: number("commit"),
            code: text("code")?,
            reason: text("reason")?,
            since: time("since")?,
            seen: time("seen")?,
            times: number("times")?,
        })
    };
    parked().ok_or_else(|| ViewError::Unreadable {
        key: format!("{PARTITION}/{sk}"),
        reason: "an attribute is missing".into(),
    })
}
