//! The tap, between a real DynamoDB client and the embedded engine.

mod support;

use aws_sdk_dynamodb::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::put_item::{PutItemError, PutItemOutput},
    types::{
        AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
    },
};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use infra_local::faults::{Fault, Tap};
use support::{dynamodb, in_memory, plain_http, serve};

const TABLE: &str = "tapped";

/// A table, a client behind a tap, and a client that goes past it.
struct Line {
    tap: Tap,
    tapped: Client,
    past: Client,
}

async fn line() -> Line {
    let url = serve(&in_memory()).await;
    let past = dynamodb(&url, plain_http());
    let tap = Tap::around(plain_http());
    let tapped = dynamodb(&url, SharedHttpClient::new(tap.clone()));
    let pk = AttributeDefinition::builder().attribute_name("pk").attribute_type(ScalarAttributeType::S);
    let key = KeySchemaElement::builder().attribute_name("pk").key_type(KeyType::Hash);
    let create = past.create_table().table_name(TABLE).billing_mode(BillingMode::PayPerRequest);
    let create = create.attribute_definitions(pk.build().expect("complete"));
    create.key_schema(key.build().expect("complete")).send().await.expect("a table");
    Line { tap, tapped, past }
}

async fn create(client: &Client, value: &str) -> Result<PutItemOutput, SdkError<PutItemError>> {
    let put = client.put_item().table_name(TABLE).item("pk", text("alice")).item("v", text(value));
    put.condition_expression("attribute_not_exists(pk)").send().await
}

async fn stored(client: &Client) -> Option<String> {
    let found = client.get_item().table_name(TABLE).key("pk", text("alice")).send().await.expect("answered");
    found.item.map(|item| item["v"].as_s().expect("text").clone())
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

#[tokio::test]
async fn the_log_names_the_operations_in_order_until_it_is_reset() {
    let Line { tap, tapped, .. } = line().await;
    create(&tapped, "1").await.expect("written");
    stored(&tapped).await;
    assert_eq!(tap.log(), ["PutItem", "GetItem"]);
    tap.reset();
    assert!(tap.log().is_empty());
}

#[tokio::test]
async fn a_hook_runs_exactly_before_the_request_it_was_planned_for() {
    let Line { tap, tapped, past } = line().await;
    tap.before_request(2, move || {
        Box::pin(async move {
            create(&past, "the rival").await.expect("the rival comes first");
        })
    });
    assert_eq!(stored(&tapped).await, None);
    let refused = create(&tapped, "ours").await.expect_err("too late");
    assert!(refused.into_service_error().is_conditional_check_failed_exception());
    assert_eq!(stored(&tapped).await.as_deref(), Some("the rival"));
    assert_eq!(tap.unmet(), 0);
}

#[tokio::test]
async fn a_request_that_times_out_was_never_sent_and_the_retry_is() {
    let Line { tap, tapped, past } = line().await;
    tap.inject("PutItem", Fault::TimeoutBefore);
    tap.before_request(2, move || Box::pin(async move { assert_eq!(stored(&past).await, None) }));
    create(&tapped, "1").await.expect("the second attempt");
    assert_eq!(tap.log(), ["PutItem", "PutItem"]);
    assert_eq!(tap.unmet(), 0);
}

/// The reason why a lost race is only lost when the winner's commit is not our own.
#[tokio::test]
async fn a_lost_reply_makes_the_retry_of_a_conditional_put_fail_against_itself() {
    let Line { tap, tapped, past } = line().await;
    tap.inject("PutItem", Fault::ReplyLost);
    let refused = create(&tapped, "ours").await.expect_err("it was there already");
    assert!(refused.into_service_error().is_conditional_check_failed_exception());
    assert_eq!(tap.log(), ["PutItem", "PutItem"]);
    assert_eq!(stored(&past).await.as_deref(), Some("ours"));
}

#[tokio::test]
async fn throttling_and_server_errors_are_retried_and_nothing_is_carried_out_before() {
    for fault in [Fault::Throttled, Fault::ServerError] {
        let Line { tap, tapped, past } = line().await;
        tap.inject(1, fault);
        tap.before_request(2, move || Box::pin(async move { assert_eq!(stored(&past).await, None) }));
        create(&tapped, "1").await.expect("the second attempt");
        assert_eq!((tap.log().len(), tap.unmet()), (2, 0), "{fault:?}");
    }
}

#[tokio::test]
async fn faults_for_one_operation_are_met_one_by_one_and_then_shown_to_the_caller() {
    let Line { tap, tapped, .. } = line().await;
    for _ in 0..3 {
        tap.inject("PutItem", Fault::Throttled);
    }
    assert_eq!(stored(&tapped).await, None);
    let refused = create(&tapped, "1").await.expect_err("the SDK tries three times");
    assert_eq!(refused.code(), Some("ProvisionedThroughputExceededException"));
    assert_eq!(tap.log(), ["GetItem", "PutItem", "PutItem", "PutItem"]);
}

#[tokio::test]
async fn a_plan_that_no_request_has_met_is_counted() {
    let Line { tap, .. } = line().await;
    tap.inject("DeleteItem", Fault::ServerError);
    tap.before_request(7, || Box::pin(async {}));
    assert_eq!(tap.unmet(), 2);
}
