use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue::S;
use projections::{Index, ReadModel, Row};

use super::{
    Rows, ViewError, index,
    list::{Page, Wanted},
    sorted::entry_of,
    unavailable,
};

/// So many rows are sorted here. Who has more with one text gets them by walking the list.
const MAX_CANDIDATES: usize = 100;

impl<R: ReadModel> Rows<R> {
    /// A page of the rows that are wanted and have this text in one of the indexes: as [`page`](Self::page) finds
    /// them, in two reads instead of the whole list.
    ///
    /// # Errors
    /// [`ViewError::Unavailable`], [`ViewError::Unreadable`].
    pub async fn page_of(
        &self,
        text: &str,
        within: &[Index],
        wanted: &Wanted<'_, R::View>,
    ) -> Result<Page<R::View>, ViewError> {
        let mut ids = Vec::new();
        for of in within {
            match self.having(*of, text, wanted.tenant).await? {
                Some(more) => ids.extend(more),
                None => return self.page(wanted).await,
            }
        }
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let rows = self.load_all(wanted.tenant, &ids).await?;
        Ok(cut(wanted, rows.into_iter().filter_map(|(id, row)| placed::<R>(wanted, id, row)).collect()))
    }

    /// The ids of the rows with this text; none if they are too many.
    async fn having(&self, of: Index, text: &str, tenant: &str) -> Result<Option<Vec<String>>, ViewError> {
        let query = self.store.client.query().table_name(&self.store.table).index_name(index::name(of));
        let query = query
            .key_condition_expression("pk = :pk AND begins_with(#text, :text)")
            .expression_attribute_names("#text", index::attribute(of))
            .expression_attribute_values(":pk", S(self.partition(tenant)))
            .expression_attribute_values(":text", S(index::prefix(text)))
            .limit(i32::try_from(MAX_CANDIDATES).unwrap_or(i32::MAX));
        let output = query.send().await.map_err(|error| unavailable(&error))?;
        if output.last_evaluated_key.is_some() {
            return Ok(None);
        }
        let items = output.items.unwrap_or_default();
        Ok(Some(items.iter().map(|item| index::id_in(&entry_of(of, item)).to_owned()).collect()))
    }
}

type Placed<V> = (String, (String, Row<V>));

/// The row with its place in the list, if it is wanted and has one.
fn placed<R: ReadModel>(
    wanted: &Wanted<'_, R::View>,
    id: String,
    row: Row<R::View>,
) -> Option<Placed<R::View>> {
    wanted.has(&R::terms(&row.view), &row.view).then_some(())?;
    let place = match wanted.by {
        None => id.clone(),
        Some(by) => {
            let texts: BTreeMap<Index, String> = R::texts(&row.view).into_iter().collect();
            index::entry(texts.get(&by)?, &id)
        }
    };
    Some((place, (id, row)))
}

fn cut<V>(wanted: &Wanted<'_, V>, mut placed: Vec<Placed<V>>) -> Page<V> {
    placed.sort_by(|(a, _), (b, _)| if wanted.descending { b.cmp(a) } else { a.cmp(b) });
    let is_after = |place: &String| match wanted.after.map(|after| place.as_str().cmp(after)) {
        None => true,
        Some(order) if wanted.descending => order.is_lt(),
        Some(order) => order.is_gt(),
    };
    placed.retain(|(place, _)| is_after(place));
    let next = (placed.len() > wanted.limit).then(|| placed[wanted.limit - 1].0.clone());
    Page { rows: placed.into_iter().take(wanted.limit).map(|(_, row)| row).collect(), next }
}
