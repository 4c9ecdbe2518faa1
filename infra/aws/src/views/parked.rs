use aws_sdk_dynamodb::types::AttributeValue::S;
use chrono::{DateTime, SecondsFormat, Utc};

use projections::Generation;

use super::{ViewError, ViewStore, unavailable};

impl ViewStore {
    /// Notes that a stream is parked for a read model. Noting it again keeps the newest reason.
    ///
    /// # Errors
    /// [`ViewError::Unavailable`].
    pub async fn park(
        &self,
        model: &str,
        generation: Generation,
        stream: &str,
        reason: &str,
        at: DateTime<Utc>,
    ) -> Result<(), ViewError> {
        let put = self.client.put_item().table_name(&self.table);
        put.item("pk", S(format!("!parked#{model}@{generation}")))
            .item("sk", S(stream.into()))
            .item("reason", S(reason.into()))
            .item("at", S(at.to_rfc3339_opts(SecondsFormat::Millis, true)))
            .send()
            .await
            .map_err(|error| unavailable(&error))?;
        Ok(())
    }
}
