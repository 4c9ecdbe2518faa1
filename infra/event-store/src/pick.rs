use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Duration,
};

use aws_sdk_dynamodb::types::KeysAndAttributes;

use crate::{
    Commit, CorruptCommit, DynamoEventStore, StoreError, StreamId,
    item::{self, Item, PARTITION, SORT},
    sdk_error::classify,
};

/// DynamoDB reads no more items at once.
const MOST_KEYS: usize = 100;
/// What is left out of an answer is asked for again so often, each time after a longer pause.
const ATTEMPTS: u32 = 6;
const FIRST_PAUSE: Duration = Duration::from_millis(25);

/// A commit by its stream and its number.
pub type Place = (StreamId, u64);

impl DynamoEventStore {
    /// The commits at these places, strongly consistent, a hundred in a request. A place where there is none is
    /// left out; a commit that cannot be read leaves the others readable. Each costs a read unit for every 4 KB of
    /// it, one at least.
    ///
    /// # Errors
    /// The errors of talking to DynamoDB.
    pub async fn commits_at(
        &self,
        places: impl IntoIterator<Item = Place>,
    ) -> Result<BTreeMap<Place, Result<Commit, CorruptCommit>>, StoreError> {
        let places: Vec<Place> = places.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
        let mut found = BTreeMap::new();
        for places in places.chunks(MOST_KEYS) {
            for item in self.items_at(places).await? {
                let place = places.iter().find(|place| is_at(&item, place));
                found.extend(place.map(|place| (place.clone(), Commit::from_item(&item))));
            }
        }
        Ok(found)
    }

    async fn items_at(&self, places: &[Place]) -> Result<Vec<Item>, StoreError> {
        let (mut wanted, mut items) = (keys(places), Vec::with_capacity(places.len()));
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                tokio::time::sleep(FIRST_PAUSE * 2_u32.pow(attempt)).await;
            }
            let request = self.client.batch_get_item().request_items(&*self.table, wanted);
            let answer = request.send().await.map_err(classify)?;
            items.extend(answer.responses.into_iter().flatten().flat_map(|(_, items)| items));
            match answer.unprocessed_keys.into_iter().flatten().map(|(_, keys)| keys).next() {
                Some(left) => wanted = left,
                None => return Ok(items),
            }
        }
        Err(StoreError::Throttled { code: "UnprocessedKeys".into() })
    }
}

fn keys(places: &[Place]) -> KeysAndAttributes {
    let key = |(stream, number): &Place| {
        item::map([(PARTITION, item::text(stream.to_string())), (SORT, item::number(number))])
    };
    let keys = KeysAndAttributes::builder().consistent_read(true);
    keys.set_keys(Some(places.iter().map(key).collect())).build().expect("the keys are set")
}

fn is_at(item: &HashMap<String, aws_sdk_dynamodb::types::AttributeValue>, (stream, number): &Place) -> bool {
    let is = |name: &str, value| item.get(name) == Some(&value);
    is(PARTITION, item::text(stream.to_string())) && is(SORT, item::number(number))
}
