use std::collections::BTreeMap;

use acceptance::App;
use aws_sdk_dynamodb::types::{AttributeDefinition, KeySchemaElement, TableDescription};
use infra_local::{
    stack::{EVENTS_TABLE, FEED_TABLE, IMPORTS_TABLE, LIMITS_TABLE, VIEWS_TABLE, WEBHOOKS_TABLE},
    template::Template,
};
use serde_json::Value;

/// Names with what is said of them.
type Named = Vec<(String, String)>;

/// What decides where an item is found: keys, their types, indexes.
#[derive(Debug, PartialEq)]
struct Shape {
    attributes: Named,
    keys: Named,
    /// Each with its keys and its projection.
    indexes: BTreeMap<String, (Named, String)>,
    stream: Option<String>,
}

fn named<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Named {
    pairs.into_iter().map(|(name, of)| (name.to_owned(), of.to_owned())).collect()
}

fn sorted(mut named: Named) -> Named {
    named.sort();
    named
}

fn created(table: &TableDescription) -> Shape {
    let attribute =
        |it: &AttributeDefinition| (it.attribute_name().to_owned(), it.attribute_type().to_string());
    let keys = |keys: &[KeySchemaElement]| {
        named(keys.iter().map(|key| (key.attribute_name(), key.key_type().as_str())))
    };
    let indexes = table.global_secondary_indexes().iter().map(|index| {
        let projection = index.projection().and_then(|it| it.projection_type()).unwrap();
        (index.index_name().unwrap().to_owned(), (keys(index.key_schema()), projection.to_string()))
    });
    let stream = table.stream_specification().and_then(|it| it.stream_view_type());
    Shape {
        attributes: sorted(table.attribute_definitions().iter().map(attribute).collect()),
        keys: keys(table.key_schema()),
        indexes: indexes.collect(),
        stream: stream.map(ToString::to_string),
    }
}

fn deployed(logical_id: &str) -> Shape {
    let table = Template::deployed().properties(logical_id);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let list = |value: &Value, of: &str| -> Named {
        let items = value.as_array().unwrap().iter();
        items.map(|it| (text(&it["AttributeName"]), text(&it[of]))).collect()
    };
    let indexes = table["GlobalSecondaryIndexes"].as_array().into_iter().flatten().map(|index| {
        let projection = text(&index["Projection"]["ProjectionType"]);
        (text(&index["IndexName"]), (list(&index["KeySchema"], "KeyType"), projection))
    });
    Shape {
        attributes: sorted(list(&table["AttributeDefinitions"], "AttributeType")),
        keys: list(&table["KeySchema"], "KeyType"),
        indexes: indexes.collect(),
        stream: table["StreamSpecification"]["StreamViewType"].as_str().map(Into::into),
    }
}

#[tokio::test]
async fn the_tables_are_those_that_the_code_creates() {
    let app = App::empty().await;
    let known = [
        (EVENTS_TABLE, "Events"),
        (VIEWS_TABLE, "Views"),
        (LIMITS_TABLE, "Limits"),
        (IMPORTS_TABLE, "Imports"),
        (WEBHOOKS_TABLE, "Webhooks"),
        (FEED_TABLE, "Feed"),
    ];
    for (name, logical_id) in known {
        let described =
            app.backend.stack.clients.dynamodb.describe_table().table_name(name).send().await.unwrap();
        assert_eq!(created(&described.table.unwrap()), deployed(logical_id), "{logical_id}");
    }
}

#[test]
fn what_is_kept_survives_the_stack() {
    for (id, resource) in Template::deployed().resources() {
        let kept = [
            "AWS::DynamoDB::Table",
            "AWS::SQS::Queue",
            "AWS::S3::Bucket",
            "AWS::KMS::Key",
            "AWS::SecretsManager::Secret",
        ];
        if kept.contains(&resource["Type"].as_str().unwrap()) {
            assert_eq!(resource["DeletionPolicy"], "Retain", "{id}");
            assert_eq!(resource["UpdateReplacePolicy"], "Retain", "{id}");
        }
    }
}
