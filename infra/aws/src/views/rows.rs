use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue::{self, N, S, Ss};
use chrono::SecondsFormat;
use projections::{ReadModel, Row};

use super::{Rows, ViewError, due, unavailable};

pub(super) type Item = HashMap<String, AttributeValue>;

impl<R: ReadModel> Rows<R> {
    /// The row of an aggregate, read strongly; an empty one if there is none yet.
    ///
    /// # Errors
    /// [`ViewError::Unavailable`], [`ViewError::Unreadable`].
    pub async fn load(&self, tenant: &str, id: &str) -> Result<Row<R::View>, ViewError> {
        let request = self.store.client.get_item().table_name(&self.store.table).consistent_read(true);
        let request = request.key("pk", S(self.partition(tenant))).key("sk", S(id.into()));
        let output = request.send().await.map_err(|error| unavailable(&error))?;
        output.item.as_ref().map_or_else(|| Ok(Row::default()), row_of::<R>)
    }

    /// Writes a row, if the stored one is still at the version of `read` (0: there is none).
    ///
    /// # Errors
    /// [`ViewError::Changed`] when it is not; [`ViewError::Unavailable`].
    pub async fn store(
        &self,
        tenant: &str,
        id: &str,
        row: &Row<R::View>,
        read: &Row<R::View>,
    ) -> Result<(), ViewError> {
        let item = self.item(tenant, id, row)?;
        let put = self.store.client.put_item().table_name(&self.store.table).set_item(Some(item));
        let put = if read.version == 0 {
            put.condition_expression("attribute_not_exists(pk)")
        } else {
            let version = N(read.version.to_string());
            put.condition_expression("v = :read").expression_attribute_values(":read", version)
        };
        match put.send().await {
            Ok(_) => Ok(()),
            Err(error)
                if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) =>
            {
                Err(ViewError::Changed)
            }
            Err(error) => Err(unavailable(&error)),
        }
    }

    pub(super) fn item(&self, tenant: &str, id: &str, row: &Row<R::View>) -> Result<Item, ViewError> {
        let view = serde_json::to_string(&row.view).map_err(|_| ViewError::Unreadable {
            key: id.into(),
            reason: "the view has no JSON form".into(),
        })?;
        let mut item = HashMap::from([
            ("pk".into(), S(self.partition(tenant))),
            ("sk".into(), S(id.into())),
            ("v".into(), N(row.version.to_string())),
            ("d".into(), S(view)),
        ]);
        let terms = R::terms(&row.view);
        if !terms.is_empty() {
            item.insert("f".into(), Ss(terms));
        }
        if let Some(at) = R::due(&row.view) {
            item.insert("w".into(), S(due::shard_of::<R>(self.generation, id)));
            item.insert("wa".into(), S(at.to_rfc3339_opts(SecondsFormat::Millis, true)));
        }
        Ok(item)
    }
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
