//! The tables beside the template.

use aws_sdk_dynamodb::{
    Client,
    types::{BillingMode, KeySchemaElement, PointInTimeRecoveryStatus, TableDescription, TableStatus},
};
use infra_aws::logs::chain;
use serde_json::Value;

use crate::Failure;

/// The table, and in what it differs from its properties in the template.
pub(super) async fn examine(
    client: &Client,
    name: &str,
    wanted: &Value,
) -> Result<(TableDescription, Vec<String>), Failure> {
    let described = client.describe_table().table_name(name).send().await;
    let described =
        described.map_err(|error| format!("the table {name} cannot be looked at: {}", chain(&error)))?;
    let table = described.table.ok_or_else(|| format!("nothing is told of the table {name}"))?;
    let differences = differences(&table, wanted);
    Ok((table, differences))
}

fn differences(table: &TableDescription, wanted: &Value) -> Vec<String> {
    let mut differences = Vec::new();
    if table.table_status().is_some_and(|status| *status != TableStatus::Active) {
        differences.push("it is not active".into());
    }
    if !is_keyed(table.key_schema(), &wanted["KeySchema"]) {
        differences.push("its keys are others".into());
    }
    // A table that was always on demand may not say so.
    let mode = table.billing_mode_summary().and_then(|billing| billing.billing_mode());
    if mode == Some(&BillingMode::Provisioned) {
        differences.push("it is not billed on demand".into());
    }
    let stream = table.stream_specification().and_then(|stream| stream.stream_view_type());
    if stream.map(|view| view.as_str()) != wanted["StreamSpecification"]["StreamViewType"].as_str() {
        differences.push("its stream is another, or none".into());
    }
    for index in wanted["GlobalSecondaryIndexes"].as_array().into_iter().flatten() {
        let name = index["IndexName"].as_str().unwrap_or_default();
        let there = table.global_secondary_indexes().iter().find(|it| it.index_name() == Some(name));
        match there {
            None => differences.push(format!("the index {name} is missing")),
            Some(it) if !is_keyed(it.key_schema(), &index["KeySchema"]) => {
                differences.push(format!("the keys of the index {name} are others"));
            }
            Some(_) => {}
        }
    }
    differences
}

fn is_keyed(keys: &[KeySchemaElement], wanted: &Value) -> bool {
    let wanted = wanted.as_array().map_or(&[][..], Vec::as_slice);
    keys.len() == wanted.len()
        && keys.iter().zip(wanted).all(|(key, wanted)| {
            wanted["AttributeName"] == key.attribute_name() && wanted["KeyType"] == key.key_type().as_str()
        })
}

/// What keeps the data of a deployed table from being lost.
pub(super) async fn safety(client: &Client, table: &TableDescription) -> Result<Vec<String>, Failure> {
    let mut differences = Vec::new();
    if table.deletion_protection_enabled() != Some(true) {
        differences.push("deletion protection is off".to_owned());
    }
    let name = table.table_name().unwrap_or_default();
    let backups = client.describe_continuous_backups().table_name(name).send().await;
    let backups =
        backups.map_err(|error| format!("the backups of {name} cannot be looked at: {}", chain(&error)))?;
    let recovery =
        backups.continuous_backups_description.and_then(|backups| backups.point_in_time_recovery_description);
    let status = recovery.and_then(|recovery| recovery.point_in_time_recovery_status);
    if status != Some(PointInTimeRecoveryStatus::Enabled) {
        differences.push("point-in-time recovery is off".into());
    }
    Ok(differences)
}
