use aws_sdk_dynamodb::{
    Client,
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
        ProjectionType, ScalarAttributeType,
    },
};

use super::{ViewError, unavailable};

/// Creates the table of view rows; one that exists is left as it is. For the local stack and for tests:
/// in production the template creates it.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn create_table(client: &Client, name: &str) -> Result<(), ViewError> {
    let created = client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(["pk", "sk", "w", "wa"].map(text_attribute).into()))
        .set_key_schema(Some(keys("pk", "sk")))
        .global_secondary_indexes(due_index())
        .send()
        .await;
    match created {
        Ok(_) => Ok(()),
        Err(error) if error.as_service_error().is_some_and(|e| e.is_resource_in_use_exception()) => Ok(()),
        Err(error) => Err(unavailable(&error)),
    }
}

fn due_index() -> GlobalSecondaryIndex {
    let keys_only = Projection::builder().projection_type(ProjectionType::KeysOnly).build();
    let index = GlobalSecondaryIndex::builder().index_name("due").set_key_schema(Some(keys("w", "wa")));
    index.projection(keys_only).build().expect("name and keys are set")
}

fn keys(partition: &str, sort: &str) -> Vec<KeySchemaElement> {
    let key = |name: &str, kind| {
        KeySchemaElement::builder()
            .attribute_name(name)
            .key_type(kind)
            .build()
            .expect("name and type are set")
    };
    vec![key(partition, KeyType::Hash), key(sort, KeyType::Range)]
}

fn text_attribute(name: &str) -> AttributeDefinition {
    let attribute = AttributeDefinition::builder().attribute_name(name);
    attribute.attribute_type(ScalarAttributeType::S).build().expect("name and type are set")
}
