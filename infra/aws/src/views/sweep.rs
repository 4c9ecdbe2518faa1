use std::collections::HashMap;

use aws_sdk_dynamodb::types::{
    AttributeValue::{self, S},
    DeleteRequest, WriteRequest,
};
use projections::Generation;

use super::{ViewError, ViewStore, unavailable};

/// What DynamoDB deletes in one request.
const BATCH: usize = 25;

/// A page of a sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Swept {
    /// Items that were read.
    pub read: usize,
    /// Rows that were deleted.
    pub deleted: usize,
    /// Where to go on; none at the end of the segment.
    pub next: Option<String>,
}

impl ViewStore {
    /// Deletes what a page of a segment of the table holds of a generation that was given up. Sweeping again
    /// finds nothing, and does no harm.
    ///
    /// # Errors
    /// [`ViewError::Unavailable`]; part of the page may be deleted.
    pub async fn sweep_page(
        &self,
        (model, generation): (&str, Generation),
        (segment, of): (u32, u32),
        after: Option<&str>,
        limit: i32,
    ) -> Result<Swept, ViewError> {
        let number = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
        let scan = self.client.scan().table_name(&self.table).limit(limit);
        let scan = scan.segment(number(segment)).total_segments(number(of)).projection_expression("pk, sk");
        let output = scan.set_exclusive_start_key(after.and_then(key_of)).send().await;
        let output = output.map_err(|error| unavailable(&error))?;
        let read = usize::try_from(output.scanned_count).unwrap_or_default();
        let next = output.last_evaluated_key.as_ref().map(text_of);
        let rows = output.items.unwrap_or_default().into_iter();
        let rows: Vec<_> = rows.filter(|item| is_of(item, model, generation)).collect();
        for batch in rows.chunks(BATCH) {
            self.delete(batch).await?;
        }
        Ok(Swept { read, deleted: rows.len(), next })
    }

    async fn delete(&self, keys: &[HashMap<String, AttributeValue>]) -> Result<(), ViewError> {
        let requests = keys.iter().map(|key| {
            let delete = DeleteRequest::builder().set_key(Some(key.clone())).build();
            WriteRequest::builder().delete_request(delete.expect("the key is set")).build()
        });
        let mut left = Some(HashMap::from([(self.table.clone(), requests.collect::<Vec<_>>())]));
        while let Some(requests) = left.filter(|requests| !requests.is_empty()) {
            let output = self.client.batch_write_item().set_request_items(Some(requests)).send().await;
            left = output.map_err(|error| unavailable(&error))?.unprocessed_items;
        }
        Ok(())
    }
}

/// `{tenant}#{model}@{generation}`, or what else is kept for that generation behind another `#`.
fn is_of(item: &HashMap<String, AttributeValue>, model: &str, generation: Generation) -> bool {
    let Some(Ok(pk)) = item.get("pk").map(AttributeValue::as_s) else { return false };
    pk.split('#').nth(1).is_some_and(|part| part == format!("{model}@{generation}"))
}

fn text_of(key: &HashMap<String, AttributeValue>) -> String {
    let part = |name: &str| key.get(name).and_then(|value| value.as_s().ok()).map_or("", String::as_str);
    format!("{}\n{}", part("pk"), part("sk"))
}

fn key_of(text: &str) -> Option<HashMap<String, AttributeValue>> {
    let (pk, sk) = text.split_once('\n')?;
    Some(HashMap::from([("pk".into(), S(pk.into())), ("sk".into(), S(sk.into()))]))
}
