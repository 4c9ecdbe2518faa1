//! The embedded DynamoDB engine, through the AWS SDK.

mod support;

use aws_sdk_dynamodb::{
    Client,
    types::{
        AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
        StreamSpecification, StreamViewType,
    },
};
use aws_sdk_dynamodbstreams::types::{Record, ShardIteratorType};
use infra_local::engine::{Engine, EngineError};
use support::{Folder, dynamodb, in_memory, plain_http, serve, streams};

const TABLE: &str = "engine-under-test";

#[tokio::test]
async fn trimming_removes_what_was_named_and_always_keeps_the_newest() {
    let (engine, client) = table_in_memory().await;
    for n in 0..5 {
        put(&client, n).await;
    }
    let records = read(&engine, ShardIteratorType::TrimHorizon, None).await;

    assert_eq!(engine.trim_stream(TABLE, number(&records[1])).expect("trimmed"), 2);
    assert_eq!(read(&engine, ShardIteratorType::TrimHorizon, None).await, records[2..]);
    assert_eq!(engine.trim_stream(TABLE, number(&records[4])).expect("trimmed"), 2);
    assert_eq!(read(&engine, ShardIteratorType::TrimHorizon, None).await, records[4..]);
    assert_eq!(engine.trim_stream(TABLE, number(&records[4])).expect("trimmed"), 0);
}

#[tokio::test]
async fn a_reader_whose_record_was_trimmed_goes_on_with_the_next_one() {
    let (engine, client) = table_in_memory().await;
    for n in 0..3 {
        put(&client, n).await;
    }
    let before = read(&engine, ShardIteratorType::TrimHorizon, None).await;
    engine.trim_stream(TABLE, number(&before[2])).expect("trimmed");
    put(&client, 3).await;

    for known in &before {
        let after = read(&engine, ShardIteratorType::AfterSequenceNumber, Some(number(known))).await;
        assert_eq!(after.len(), if known == &before[2] { 1 } else { 2 }, "after {}", number(known));
        assert!(after.iter().all(|record| number(record) > number(known)));
    }
}

#[tokio::test]
async fn a_table_without_stream_records_has_nothing_to_trim() {
    let (engine, _client) = table_in_memory().await;
    let any = "100000000000000000001";
    assert_eq!(engine.trim_stream(TABLE, any).expect("trimmed"), 0);
    assert!(matches!(engine.trim_stream(TABLE, "1"), Err(EngineError::SequenceNumber(_))));
}

#[tokio::test]
async fn a_file_brings_back_items_and_stream() {
    let folder = Folder::new("reopen");
    let kept = folder.file("dynamodb.sqlite");
    let written = {
        let engine = Engine::open(&kept).expect("an engine");
        let client = create_table(&engine).await;
        put(&client, 1).await;
        read(&engine, ShardIteratorType::TrimHorizon, None).await
    };
    let engine = Engine::open(&kept).expect("the same engine");
    let client = dynamodb(&serve(&engine).await, plain_http());
    let found = client.get_item().table_name(TABLE).key("pk", text(1)).send().await.expect("answered");
    assert!(found.item.is_some());
    assert_eq!(read(&engine, ShardIteratorType::TrimHorizon, None).await, written);
}

#[tokio::test]
async fn two_engines_in_memory_share_nothing() {
    let (_one, client) = table_in_memory().await;
    put(&client, 1).await;
    let other = dynamodb(&serve(&in_memory()).await, plain_http());
    assert!(other.list_tables().send().await.expect("answered").table_names().is_empty());
}

async fn table_in_memory() -> (Engine, Client) {
    let engine = in_memory();
    let client = create_table(&engine).await;
    (engine, client)
}

async fn create_table(engine: &Engine) -> Client {
    let client = dynamodb(&serve(engine).await, plain_http());
    let pk = AttributeDefinition::builder().attribute_name("pk").attribute_type(ScalarAttributeType::S);
    let key = KeySchemaElement::builder().attribute_name("pk").key_type(KeyType::Hash);
    let stream =
        StreamSpecification::builder().stream_enabled(true).stream_view_type(StreamViewType::NewImage);
    let create = client.create_table().table_name(TABLE).billing_mode(BillingMode::PayPerRequest);
    create
        .attribute_definitions(pk.build().expect("complete"))
        .key_schema(key.build().expect("complete"))
        .stream_specification(stream.build().expect("complete"))
        .send()
        .await
        .expect("a table");
    client
}

fn text(n: usize) -> AttributeValue {
    AttributeValue::S(n.to_string())
}

async fn put(client: &Client, n: usize) {
    client.put_item().table_name(TABLE).item("pk", text(n)).send().await.expect("written");
}

fn number(record: &Record) -> &str {
    record.dynamodb().and_then(|change| change.sequence_number()).expect("a sequence number")
}

async fn read(engine: &Engine, from: ShardIteratorType, number: Option<&str>) -> Vec<Record> {
    let client = streams(&serve(engine).await);
    let listed = client.list_streams().table_name(TABLE).send().await.expect("streams");
    let arn = listed.streams()[0].stream_arn().expect("an ARN").to_owned();
    let described = client.describe_stream().stream_arn(&arn).send().await.expect("a stream");
    let shards = described.stream_description().expect("a description").shards();
    let iterator = client
        .get_shard_iterator()
        .stream_arn(arn)
        .shard_id(shards[0].shard_id().expect("a shard"))
        .shard_iterator_type(from)
        .set_sequence_number(number.map(str::to_owned))
        .send()
        .await
        .expect("an iterator");
    let page = client.get_records().set_shard_iterator(iterator.shard_iterator).send().await;
    page.expect("records").records.unwrap_or_default()
}
