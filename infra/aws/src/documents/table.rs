use aws_sdk_dynamodb::{
    Client,
    types::{AttributeDefinition, BillingMode, ScalarAttributeType},
};

use super::unavailable;
use crate::views::{ViewError, keys};

/// Creates a table of documents, unless it is there. For the local stack and for tests: in production the template
/// does it.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn create_table(client: &Client, name: &str) -> Result<(), ViewError> {
    let attribute = |name: &str| {
        let attribute = AttributeDefinition::builder().attribute_name(name);
        attribute.attribute_type(ScalarAttributeType::S).build().expect("name and type are set")
    };
    let created = client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(vec![attribute("pk"), attribute("sk")]))
        .set_key_schema(Some(keys("pk", "sk")))
        .send()
        .await;
    match created {
        Ok(_) => Ok(()),
        Err(error) if error.as_service_error().is_some_and(|e| e.is_resource_in_use_exception()) => Ok(()),
        Err(error) => Err(unavailable(&error)),
    }
}
