//! The fixtures are the shapes that AWS documents, filled with what our functions get.

use aws_lambda_events::{dynamodb, eventbridge::EventBridgeEvent, sqs::SqsEvent};
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use serde_json::Value;

pub(crate) const HTTP: &str = include_str!("../fixtures/events/http-api.json");
pub(crate) const STREAM: &str = include_str!("../fixtures/events/stream.json");
pub(crate) const QUEUE: &str = include_str!("../fixtures/events/queue.json");
pub(crate) const SCHEDULE: &str = include_str!("../fixtures/events/schedule.json");
/// What EventBridge puts on the queue when the mail provider reports a bounce: the body of a message.
pub(crate) const BOUNCE: &str = include_str!("../fixtures/events/bounce.json");

/// What a caller, an author of items or a sender fills with keys of their own.
const OPEN: [&str; 6] = ["headers", "claims", "Keys", "NewImage", "tags", "messageAttributes"];
/// What is left out when there is none of it.
const OPTIONAL: [&str; 1] = ["body"];

pub(crate) fn fixture(text: &str) -> Value {
    serde_json::from_str(text).expect("a fixture is JSON")
}

/// The event, if it has what the fixture has, each of the same kind, and nothing else. What is null is not there.
pub(crate) fn of_shape(text: &str, mut event: Value) -> Value {
    drop_nulls(&mut event);
    compare("", &fixture(text), &event);
    event
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, value| !value.is_null());
            fields.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn compare(at: &str, fixture: &Value, event: &Value) {
    match (fixture, event) {
        (Value::Object(_), Value::Object(_)) if OPEN.iter().any(|open| at.ends_with(open)) => {}
        (Value::Object(fixture), Value::Object(event)) => {
            for name in fixture.keys().filter(|name| !OPTIONAL.contains(&name.as_str())) {
                assert!(event.contains_key(name), "{at}.{name} is missing");
            }
            for (name, value) in event {
                let documented = fixture.get(name).unwrap_or_else(|| panic!("{at}.{name} is not documented"));
                compare(&format!("{at}.{name}"), documented, value);
            }
        }
        (Value::Array(fixture), Value::Array(event)) => {
            event.iter().for_each(|item| compare(&format!("{at}[]"), &fixture[0], item));
        }
        (fixture, event) => {
            let same = std::mem::discriminant(fixture) == std::mem::discriminant(event);
            assert!(same, "{at} is {event}, documented is {fixture}");
        }
    }
}

#[test]
fn the_fixtures_are_events_to_the_runtime() {
    let _: ApiGatewayV2httpRequest = serde_json::from_str(HTTP).unwrap();
    let _: dynamodb::Event = serde_json::from_str(STREAM).unwrap();
    let _: SqsEvent = serde_json::from_str(QUEUE).unwrap();
    let _: EventBridgeEvent = serde_json::from_str(SCHEDULE).unwrap();
    let _: EventBridgeEvent = serde_json::from_str(BOUNCE).unwrap();
}

#[test]
#[should_panic(expected = ".requestContext.stage is missing")]
fn an_event_that_lacks_something_is_not_of_its_shape() {
    let mut event = fixture(HTTP);
    event["requestContext"].as_object_mut().unwrap().remove("stage");
    of_shape(HTTP, event);
}

#[test]
#[should_panic(expected = ".Records[].colour is not documented")]
fn an_event_that_has_more_is_not_of_its_shape() {
    let mut event = fixture(QUEUE);
    event["Records"][0]["colour"] = "red".into();
    of_shape(QUEUE, event);
}
