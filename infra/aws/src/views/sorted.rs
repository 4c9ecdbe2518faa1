use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::{AttributeValue::S, KeysAndAttributes};
use projections::{Index, ReadModel, Row};

use super::{
    Rows, ViewError, index,
    list::{Page, Wanted},
    rows::{Item, id_of, row_of},
    unavailable,
};

/// So many rows are fetched at once at most: DynamoDB's own limit.
const BATCH: usize = 100;

impl<R: ReadModel> Rows<R> {
    /// Fills the page from an index: keys from there, rows by their keys. A row stands where the index has it,
    /// although it may have moved since.
    pub(super) async fn read_on_by(
        &self,
        by: Index,
        wanted: &Wanted<'_, R::View>,
        page: &mut Page<R::View>,
    ) -> Result<(), ViewError> {
        let missing = wanted.limit - page.rows.len();
        let batch = if wanted.is_selective { BATCH } else { missing.min(BATCH) };
        let query = self.store.client.query().table_name(&self.store.table).index_name(index::name(by));
        let query = query.scan_index_forward(!wanted.descending).key_condition_expression("pk = :pk");
        let query = query.expression_attribute_values(":pk", S(self.partition(wanted.tenant)));
        let after = page.next.as_deref().map(|after| self.place(by, wanted.tenant, after));
        let query = query.set_exclusive_start_key(after).limit(i32::try_from(batch).unwrap_or(i32::MAX));
        let output = query.send().await.map_err(|error| unavailable(&error))?;
        page.next = output.last_evaluated_key.as_ref().map(|key| entry_of(by, key));
        let entries: Vec<String> =
            output.items.unwrap_or_default().iter().map(|item| entry_of(by, item)).collect();
        let ids: Vec<&str> = entries.iter().map(|entry| index::id_in(entry)).collect();
        let mut rows = self.load_all(wanted.tenant, &ids).await?;
        for (place, id) in ids.iter().enumerate() {
            let Some(row) = rows.remove(*id).filter(|row| wanted.has(&R::terms(&row.view), &row.view)) else {
                continue;
            };
            if page.rows.len() == wanted.limit {
                // Rows that were read but not shown begin the next page.
                page.next = Some(entries[place - 1].clone());
                break;
            }
            page.rows.push(((*id).into(), row));
        }
        Ok(())
    }

    /// The rows of these aggregates, without those that there are not. Eventually consistent.
    pub(super) async fn load_all(
        &self,
        tenant: &str,
        ids: &[&str],
    ) -> Result<HashMap<String, Row<R::View>>, ViewError> {
        let mut rows = HashMap::with_capacity(ids.len());
        // An index may have a row at two places while it moves.
        let ids: Vec<&str> = ids.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
        for ids in ids.chunks(BATCH) {
            let mut left: Vec<Item> = ids.iter().map(|id| self.key(tenant, id)).collect();
            while !left.is_empty() {
                let asked = left.len();
                let (items, unprocessed) = self.batch_get(left).await?;
                // What does not fit into one answer is asked for again; who gets nothing is being throttled.
                if unprocessed.len() == asked {
                    return Err(ViewError::Unavailable("no row of a batch was read".into()));
                }
                left = unprocessed;
                for item in items {
                    rows.insert(id_of(&item), row_of::<R>(&item)?);
                }
            }
        }
        Ok(rows)
    }

    async fn batch_get(&self, keys: Vec<Item>) -> Result<(Vec<Item>, Vec<Item>), ViewError> {
        let keys = KeysAndAttributes::builder().set_keys(Some(keys)).build().expect("there are keys");
        let request = self.store.client.batch_get_item().request_items(&self.store.table, keys);
        let output = request.send().await.map_err(|error| unavailable(&error))?;
        let items = output.responses.unwrap_or_default().remove(&self.store.table).unwrap_or_default();
        let left = output.unprocessed_keys.unwrap_or_default().remove(&self.store.table);
        Ok((items, left.map(|left| left.keys).unwrap_or_default()))
    }

    /// The key of an entry in an index.
    fn place(&self, by: Index, tenant: &str, entry: &str) -> Item {
        let mut key = self.key(tenant, index::id_in(entry));
        key.insert(index::attribute(by).into(), S(entry.into()));
        key
    }
}

impl<V> Wanted<'_, V> {
    pub(super) fn has(&self, terms: &[String], view: &V) -> bool {
        self.terms.iter().all(|term| terms.contains(term)) && (self.shows)(view)
    }
}

pub(super) fn entry_of(by: Index, item: &Item) -> String {
    item.get(index::attribute(by)).and_then(|entry| entry.as_s().ok()).cloned().unwrap_or_default()
}
