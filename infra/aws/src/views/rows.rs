use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue::{self, N, S, Ss};
use chrono::SecondsFormat;
use projections::{ReadModel, Row};

use super::{Rows, ViewError, due, index, unavailable};

pub(super) type Item = HashMap<String, AttributeValue>;

impl<R: ReadModel> Rows<R> {
    /// The row of an aggregate, read strongly; an empty one if there is none yet.
    ///
    /// # Errors
    /// [`ViewError::Unavailable`], [`ViewError::Unreadable`].
    pub async fn load(&self, tenant: &str, id: &str) -> Result<Row<R::View>, ViewError> {
        let request = self.store.client.get_item().table_name(&self.store.table).consistent_read(true);
        let request = request.set_key(Some(self.key(tenant, id)));
        let output = request.send().await.map_err(|error| unavailable(&error))?;
        output.item.as_ref().map_or_else(|| Ok(Row::default()), row_of::<R>)
    }

    /// Writes a row, if the stored one is still at the version of `read` (0: there is none). If the row is to be
    /// counted under something else from now on, the counts change in the same transaction, so that it is
    /// counted once however often this is tried.
    ///
    /// # Errors
    /// [`ViewError::Changed`] when it is not, or somebody is writing it, or its count, at this moment;
    /// [`ViewError::Unavailable`].
    pub async fn store(
        &self,
        tenant: &str,
        id: &str,
        row: &Row<R::View>,
        read: &Row<R::View>,
    ) -> Result<(), ViewError> {
        let item = self.item(tenant, id, row)?;
        let tallies = (tally_of::<R>(read), tally_of::<R>(row));
        if tallies.0 != tallies.1 {
            return self.store_and_count(tenant, id, item, read.version, tallies).await;
        }
        let (condition, version) = is_at(read.version);
        let put = self.store.client.put_item().table_name(&self.store.table).set_item(Some(item));
        let put = put.condition_expression(condition).set_expression_attribute_values(version);
        match put.send().await {
            Ok(_) => Ok(()),
            Err(error)
                if error.as_service_error().is_some_and(|e| {
                    e.is_conditional_check_failed_exception() || e.is_transaction_conflict_exception()
                }) =>
            {
                Err(ViewError::Changed)
            }
            Err(error) => Err(unavailable(&error)),
        }
    }

    pub(super) fn key(&self, tenant: &str, id: &str) -> Item {
        [("pk", self.partition(tenant)), ("sk", id.to_owned())]
            .map(|(name, value)| (name.into(), S(value)))
            .into()
    }

    pub(super) fn item(&self, tenant: &str, id: &str, row: &Row<R::View>) -> Result<Item, ViewError> {
        let view = serde_json::to_string(&row.view).map_err(|_| ViewError::Unreadable {
            key: id.into(),
            reason: "the view has no JSON form".into(),
        })?;
        let mut item = self.key(tenant, id);
        item.extend([("v".into(), N(row.version.to_string())), ("d".into(), S(view))]);
        let terms = R::terms(&row.view);
        if !terms.is_empty() {
            item.insert("f".into(), Ss(terms));
        }
        for (of, text) in R::texts(&row.view) {
            item.insert(index::attribute(of).into(), S(index::entry(&text, id)));
        }
        if let Some(at) = R::due(&row.view) {
            item.insert("w".into(), S(due::shard_of::<R>(self.generation, id)));
            item.insert("wa".into(), S(at.to_rfc3339_opts(SecondsFormat::Millis, true)));
        }
        Ok(item)
    }
}

/// The condition that a row is at a version, and the value in it.
pub(super) fn is_at(version: u64) -> (&'static str, Option<Item>) {
    if version == 0 {
        return ("attribute_not_exists(pk)", None);
    }
    ("v = :read", Some([(":read".to_owned(), N(version.to_string()))].into()))
}

/// Under what a row is counted; one that is not there is not.
fn tally_of<R: ReadModel>(row: &Row<R::View>) -> Option<String> {
    (row.version > 0).then(|| R::tally(&row.view)).flatten()
}

/// The id of a row.
pub(super) fn id_of(item: &Item) -> String {
    item.get("sk").and_then(|sk| sk.as_s().ok()).cloned().unwrap_or_default()
}

// serde's own words may quote the view, and a view may be personal.
pub(super) fn row_of<R: ReadModel>(item: &Item) -> Result<Row<R::View>, ViewError> {
    let unreadable = |reason: String| ViewError::Unreadable { key: key_of(item), reason };
    let version = item.get("v").and_then(|v| v.as_n().ok()).and_then(|v| v.parse().ok());
    let json = item.get("d").and_then(|d| d.as_s().ok());
    let (Some(version), Some(json)) = (version, json) else {
        return Err(unreadable("an attribute is missing".into()));
    };
    let view = serde_json::from_str(json).map_err(|_| unreadable("the view has another shape".into()))?;
    Ok(Row { version, view })
}

/// Both halves of a row's key, for messages.
fn key_of(item: &Item) -> String {
    let part = |name: &str| item.get(name).and_then(|v| v.as_s().ok()).map_or("?", String::as_str);
    format!("{}/{}", part("pk"), part("sk"))
}
