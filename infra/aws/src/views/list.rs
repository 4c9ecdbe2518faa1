use aws_sdk_dynamodb::types::AttributeValue::S;
use projections::{ReadModel, Row};

use super::{Rows, ViewError, rows::row_of, unavailable};

/// Pages read to fill one answer. A filter that matches little reads much; past this the client gets
/// what was found and asks on, so that no request runs into its time limit.
const MAX_READS: usize = 8;

/// Rows by aggregate id, and where to go on; `None` at the end. A page may hold fewer rows than asked
/// for, even none, while there are more.
#[derive(Debug)]
pub struct Page<V> {
    pub rows: Vec<(String, Row<V>)>,
    pub next: Option<String>,
}

impl<R: ReadModel> Rows<R> {
    /// The tenant's rows that have all `terms`, in the order of their ids, after the id `after`.
    ///
    /// # Errors
    /// [`ViewError::Unavailable`], [`ViewError::Unreadable`].
    pub async fn list(
        &self,
        tenant: &str,
        terms: &[String],
        limit: usize,
        after: Option<&str>,
    ) -> Result<Page<R::View>, ViewError> {
        let mut page = Page { rows: Vec::new(), next: after.map(Into::into) };
        for _ in 0..MAX_READS {
            self.read_on(tenant, terms, limit, &mut page).await?;
            if page.next.is_none() || page.rows.len() == limit {
                break;
            }
        }
        Ok(page)
    }

    async fn read_on(
        &self,
        tenant: &str,
        terms: &[String],
        limit: usize,
        page: &mut Page<R::View>,
    ) -> Result<(), ViewError> {
        let missing = limit - page.rows.len();
        let partition = self.partition(tenant);
        let mut query =
            self.store.client.query().table_name(&self.store.table).key_condition_expression("pk = :pk");
        query = query.expression_attribute_values(":pk", S(partition.clone()));
        if let Some(after) = &page.next {
            query = query.exclusive_start_key("pk", S(partition)).exclusive_start_key("sk", S(after.clone()));
        }
        if terms.is_empty() {
            // Without a filter every row that is read is shown.
            query = query.limit(i32::try_from(missing).unwrap_or(i32::MAX));
        }
        for (place, term) in terms.iter().enumerate() {
            query = query.expression_attribute_values(format!(":f{place}"), S(term.clone()));
        }
        let output =
            query.set_filter_expression(all_of(terms)).send().await.map_err(|error| unavailable(&error))?;
        let read_to = output.last_evaluated_key.as_ref().and_then(|key| key.get("sk")?.as_s().ok()).cloned();
        let mut items = output.items.unwrap_or_default().into_iter();
        for item in items.by_ref().take(missing) {
            let id = item.get("sk").and_then(|sk| sk.as_s().ok()).cloned().unwrap_or_default();
            page.rows.push((id, row_of::<R>(&item)?));
        }
        // Rows that were read but not shown begin the next page.
        let cut = items.next().is_some();
        page.next = if cut { page.rows.last().map(|(id, _)| id.clone()) } else { read_to };
        Ok(())
    }
}

fn all_of(terms: &[String]) -> Option<String> {
    let each = (0..terms.len()).map(|place| format!("contains(f, :f{place})"));
    (!terms.is_empty()).then(|| each.collect::<Vec<_>>().join(" AND "))
}
