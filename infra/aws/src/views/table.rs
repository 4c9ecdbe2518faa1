use aws_sdk_dynamodb::{
    Client,
    types::{
        AttributeDefinition, BillingMode, CreateGlobalSecondaryIndexAction, GlobalSecondaryIndex,
        GlobalSecondaryIndexUpdate, KeySchemaElement, KeyType, ScalarAttributeType,
    },
};
use projections::Index;

use super::{ViewError, index, unavailable};

/// Creates the table of view rows; one that exists gets the indexes that it lacks. For the local stack and for
/// tests: in production the template does both.
///
/// # Errors
/// [`ViewError::Unavailable`].
pub async fn create_table(client: &Client, name: &str) -> Result<(), ViewError> {
    let created = client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(attributes()))
        .set_key_schema(Some(keys("pk", "sk")))
        .set_global_secondary_indexes(Some(indexes()))
        .send()
        .await;
    match created {
        Ok(_) => Ok(()),
        Err(error) if error.as_service_error().is_some_and(|e| e.is_resource_in_use_exception()) => {
            add_indexes(client, name).await
        }
        Err(error) => Err(unavailable(&error)),
    }
}

/// A table of an earlier version has fewer. Rows that were written before lack what they are sorted by, too, and
/// come to it with their next commit, or by a replay.
async fn add_indexes(client: &Client, name: &str) -> Result<(), ViewError> {
    let described =
        client.describe_table().table_name(name).send().await.map_err(|error| unavailable(&error))?;
    let there = described.table.and_then(|table| table.global_secondary_indexes).unwrap_or_default();
    let is_there =
        |index: &GlobalSecondaryIndex| there.iter().any(|it| it.index_name() == Some(index.index_name()));
    for missing in indexes().into_iter().filter(|index| !is_there(index)) {
        let create = CreateGlobalSecondaryIndexAction::builder()
            .index_name(missing.index_name())
            .set_key_schema(Some(missing.key_schema().to_vec()))
            .set_projection(missing.projection().cloned())
            .build()
            .expect("name, keys and projection are set");
        client
            .update_table()
            .table_name(name)
            .set_attribute_definitions(Some(attributes()))
            .global_secondary_index_updates(GlobalSecondaryIndexUpdate::builder().create(create).build())
            .send()
            .await
            .map_err(|error| unavailable(&error))?;
    }
    Ok(())
}

fn indexes() -> Vec<GlobalSecondaryIndex> {
    let due = index::keys_only("due", keys("w", "wa"));
    [due].into_iter().chain(Index::ALL.map(index::definition)).collect()
}

fn attributes() -> Vec<AttributeDefinition> {
    let names = ["pk", "sk", "w", "wa"].into_iter().chain(Index::ALL.map(index::attribute));
    names.map(text_attribute).collect()
}

pub(crate) fn keys(partition: &str, sort: &str) -> Vec<KeySchemaElement> {
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
