//! How many requests a client may make: a bucket of tokens for each client and policy, in a table that all instances
//! share.
//!
//! | attribute | |
//! |---|---|
//! | `pk` S | `{tenant}#{subject}` |
//! | `sk` S | the policy: `commands`, `queries`, `shut-offs` |
//! | `tat` N | when the bucket is full again, in microseconds since 1970 (GCRA's theoretical arrival time) |
//! | `ttl` N | when the item means nothing any more, in seconds since 1970 |
//!
//! What operators have set for a tenant is a [document](crate::documents) in the same table, `!limits` / `{tenant}`.
//!
//! A token that is taken puts `tat` off by [`Pace::cost`]; a bucket whose `tat` is the [`Pace::window`] away is empty.
//! A time is all that is stored, so nothing has to be filled up, and one conditional write does it all.

mod bucket;
mod limit;
mod pace;

use aws_sdk_dynamodb::{
    Client,
    types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType},
};

pub use bucket::{Buckets, Taken, Unasked};
pub use limit::{BadLimit, Limit, Limits, Policy};
pub use pace::Pace;

/// Creates the table. For the local stack and for tests: in production the template does. A table of that name is
/// taken as it is.
///
/// # Errors
/// DynamoDB's.
pub async fn create_table(client: &Client, name: &str) -> Result<(), Unasked> {
    let mut create = client.create_table().table_name(name).billing_mode(BillingMode::PayPerRequest);
    for (attribute, role) in [("pk", KeyType::Hash), ("sk", KeyType::Range)] {
        let definition = AttributeDefinition::builder().attribute_name(attribute);
        let definition = definition.attribute_type(ScalarAttributeType::S).build();
        let key = KeySchemaElement::builder().attribute_name(attribute).key_type(role).build();
        create = create
            .attribute_definitions(definition.expect("name and type are set"))
            .key_schema(key.expect("name and role are set"));
    }
    match create.send().await {
        Ok(_) => Ok(()),
        Err(error) if error.as_service_error().is_some_and(|e| e.is_resource_in_use_exception()) => Ok(()),
        Err(error) => Err(Unasked::of(&error)),
    }
}
