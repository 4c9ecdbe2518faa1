use aws_sdk_dynamodb::types::AttributeValue::S;
use projections::{Index, ReadModel, Row};

use super::{
    Rows, ViewError,
    rows::{id_of, row_of},
    unavailable,
};

/// Reads to fill one answer. A filter that matches little reads much; past this the client gets what was found
/// and asks on, so that no request runs into its time limit.
pub(super) const MAX_READS: usize = 8;

/// Rows with their ids in the order of the list, and where to go on; `None` at the end. A page may hold fewer
/// rows than asked for, even none, while there are more.
#[derive(Debug)]
pub struct Page<V> {
    pub rows: Vec<(String, Row<V>)>,
    pub next: Option<String>,
}

/// What is asked for.
pub struct Wanted<'a, V> {
    pub tenant: &'a str,
    /// Terms that a row must have, all of them.
    pub terms: &'a [String],
    /// What else must be true of it.
    pub shows: &'a (dyn Fn(&V) -> bool + Send + Sync),
    /// Whether most rows are expected not to be shown: then more of them are read at once.
    pub is_selective: bool,
    /// By id if by nothing else.
    pub by: Option<Index>,
    pub descending: bool,
    pub limit: usize,
    /// `next` of the page before.
    pub after: Option<&'a str>,
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
        let (shows, by, descending) = (&|_: &R::View| true, None, false);
        let is_selective = !terms.is_empty();
        self.page(&Wanted { tenant, terms, shows, is_selective, by, descending, limit, after }).await
    }

    /// A page of the rows that are wanted. A row that comes or goes moves none of the others. One that changes
    /// what the list is sorted by while pages are read may be met at its old place, its new one, both or neither.
    ///
    /// # Errors
    /// [`ViewError::Unavailable`], [`ViewError::Unreadable`].
    pub async fn page(&self, wanted: &Wanted<'_, R::View>) -> Result<Page<R::View>, ViewError> {
        let mut page = Page { rows: Vec::new(), next: wanted.after.map(Into::into) };
        for _ in 0..MAX_READS {
            match wanted.by {
                None => self.read_on(wanted, &mut page).await?,
                Some(by) => self.read_on_by(by, wanted, &mut page).await?,
            }
            if page.next.is_none() || page.rows.len() == wanted.limit {
                break;
            }
        }
        Ok(page)
    }

    async fn read_on(&self, wanted: &Wanted<'_, R::View>, page: &mut Page<R::View>) -> Result<(), ViewError> {
        let missing = wanted.limit - page.rows.len();
        let query = self.store.client.query().table_name(&self.store.table);
        let query = query.scan_index_forward(!wanted.descending).key_condition_expression("pk = :pk");
        let mut query = query.expression_attribute_values(":pk", S(self.partition(wanted.tenant)));
        if let Some(after) = &page.next {
            query = query.set_exclusive_start_key(Some(self.key(wanted.tenant, after)));
        }
        if !wanted.is_selective {
            query = query.limit(i32::try_from(missing).unwrap_or(i32::MAX));
        }
        for (place, term) in wanted.terms.iter().enumerate() {
            query = query.expression_attribute_values(format!(":f{place}"), S(term.clone()));
        }
        let query = query.set_filter_expression(all_of(wanted.terms));
        let output = query.send().await.map_err(|error| unavailable(&error))?;
        page.next = output.last_evaluated_key.as_ref().map(id_of);
        for item in output.items.unwrap_or_default() {
            if page.rows.len() == wanted.limit {
                // Rows that were read but not shown begin the next page.
                page.next = page.rows.last().map(|(id, _)| id.clone());
                break;
            }
            let row = row_of::<R>(&item)?;
            if (wanted.shows)(&row.view) {
                page.rows.push((id_of(&item), row));
            }
        }
        Ok(())
    }
}

fn all_of(terms: &[String]) -> Option<String> {
    let each = (0..terms.len()).map(|place| format!("contains(f, :f{place})"));
    (!terms.is_empty()).then(|| each.collect::<Vec<_>>().join(" AND "))
}
