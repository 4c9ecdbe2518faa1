use chrono::{DateTime, Utc};

use crate::{
    DynamoEventStore, StoreError,
    fields::Fields,
    item::{AT, Item, KIND, PARTITION, PULSE, SORT, map, number, text},
    sdk_error::classify,
};

/// An item that is no commit and travels the table's stream behind those that were written before it into the
/// same shard: whoever meets it has met them. Overwritten in place, it is one item for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pulse {
    /// Tells pulses apart; each has a partition of its own.
    pub number: u32,
    /// When it was written.
    pub at: DateTime<Utc>,
}

impl Pulse {
    /// The pulse in an item as the stream delivers it, if it is one.
    #[must_use]
    pub fn from_item(item: &Item) -> Option<Self> {
        let fields = Fields(item);
        if fields.text(KIND).ok()? != PULSE {
            return None;
        }
        let (_, number) = fields.text(PARTITION).ok()?.rsplit_once('#')?;
        Some(Self {
            number: number.parse().ok()?,
            at: DateTime::from_timestamp_millis(fields.number(AT).ok()?)?,
        })
    }
}

impl DynamoEventStore {
    /// Writes a pulse: one write unit.
    ///
    /// # Errors
    /// The errors of talking to DynamoDB.
    pub async fn pulse(&self, pulse: Pulse) -> Result<(), StoreError> {
        let item = map([
            (PARTITION, text(format!("!pulse#{}", pulse.number))),
            (SORT, number(0)),
            (KIND, text(PULSE)),
            (AT, number(pulse.at.timestamp_millis())),
        ]);
        let put = self.client.put_item().table_name(&*self.table).set_item(Some(item));
        put.send().await.map(drop).map_err(classify)
    }
}
