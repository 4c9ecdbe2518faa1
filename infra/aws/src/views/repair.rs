use aws_sdk_dynamodb::types::AttributeValue::{self, S};
use projections::{ReadModel, Row};

use super::{Rows, ViewError, condition_failed, rows::Item, unavailable};

/// A row as it stands, whatever it says.
#[derive(Clone, Debug)]
pub struct Spoilt(Item);

impl<R: ReadModel> Rows<R> {
    /// The row of an aggregate as it stands, to be replaced; `None` if there is none.
    ///
    /// # Errors
    /// [`ViewError::Unavailable`].
    pub async fn load_spoilt(&self, tenant: &str, id: &str) -> Result<Option<Spoilt>, ViewError> {
        let request = self.store.client.get_item().table_name(&self.store.table).consistent_read(true);
        let request = request.key("pk", S(self.partition(tenant))).key("sk", S(id.into()));
        let output = request.send().await.map_err(|error| unavailable(&error))?;
        Ok(output.item.map(Spoilt))
    }

    /// Puts a row in the place of what was read there, if that is still what stands there.
    ///
    /// # Errors
    /// [`ViewError::Changed`] when it is not; [`ViewError::Unavailable`].
    pub async fn replace(
        &self,
        tenant: &str,
        id: &str,
        row: &Row<R::View>,
        read: &Spoilt,
    ) -> Result<(), ViewError> {
        let item = self.item(tenant, id, row)?;
        let mut put = self.store.client.put_item().table_name(&self.store.table).set_item(Some(item));
        let mut unchanged = vec!["attribute_exists(pk)".to_owned()];
        for name in ["v", "d"] {
            match read.0.get(name) {
                Some(value) => {
                    put = put.expression_attribute_values(format!(":{name}"), AttributeValue::clone(value));
                    unchanged.push(format!("{name} = :{name}"));
                }
                None => unchanged.push(format!("attribute_not_exists({name})")),
            }
        }
        match put.condition_expression(unchanged.join(" AND ")).send().await {
            Ok(_) => Ok(()),
            Err(error) if condition_failed(&error) => Err(ViewError::Changed),
            Err(error) => Err(unavailable(&error)),
        }
    }
}
