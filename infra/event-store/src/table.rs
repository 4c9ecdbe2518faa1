use std::time::Duration;

use aws_sdk_dynamodb::{
    Client,
    client::Waiters,
    error::SdkError,
    operation::create_table::{CreateTableError, builders::CreateTableFluentBuilder},
    types::{
        AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
        StreamSpecification, StreamViewType,
    },
};

use crate::{
    StoreError,
    item::{PARTITION, SORT},
    sdk_error::classify,
};

const LONGEST_CREATION: Duration = Duration::from_secs(300);

/// The table of an event store: on demand, with a stream of new images.
pub fn create_table_request(client: &Client, name: &str) -> CreateTableFluentBuilder {
    let keys =
        [(PARTITION, ScalarAttributeType::S, KeyType::Hash), (SORT, ScalarAttributeType::N, KeyType::Range)];
    let request = client.create_table().table_name(name).billing_mode(BillingMode::PayPerRequest);
    let request = request.stream_specification(stream_of_new_images());
    keys.into_iter().fold(request, |request, (attribute, scalar, role)| {
        request.attribute_definitions(definition(attribute, scalar)).key_schema(key(attribute, role))
    })
}

/// Makes the table and waits until it is active. A table of that name is taken as it is.
///
/// # Errors
/// The errors of talking to DynamoDB; [`StoreError::Unavailable`] when it takes over five minutes.
pub async fn create_table(client: &Client, name: &str) -> Result<(), StoreError> {
    match create_table_request(client, name).send().await {
        Err(error) if !exists(&error) => return Err(classify(error)),
        _ => {}
    }
    let active = client.wait_until_table_exists().table_name(name).wait(LONGEST_CREATION).await;
    active.map(drop).map_err(|error| StoreError::Unavailable { source: error.into() })
}

fn exists<R>(error: &SdkError<CreateTableError, R>) -> bool {
    matches!(error.as_service_error(), Some(CreateTableError::ResourceInUseException(_)))
}

fn stream_of_new_images() -> StreamSpecification {
    let stream =
        StreamSpecification::builder().stream_enabled(true).stream_view_type(StreamViewType::NewImage);
    stream.build().expect("a stream specification says whether it is enabled")
}

fn definition(attribute: &str, scalar: ScalarAttributeType) -> AttributeDefinition {
    let definition = AttributeDefinition::builder().attribute_name(attribute).attribute_type(scalar);
    definition.build().expect("a definition has a name and a type")
}

fn key(attribute: &str, role: KeyType) -> KeySchemaElement {
    let key = KeySchemaElement::builder().attribute_name(attribute).key_type(role);
    key.build().expect("a key has a name and a role")
}
