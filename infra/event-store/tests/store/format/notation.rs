//! Items as JSON, as DynamoDB notes them, but for bytes: those are hexadecimal, so that they can be read.

use std::collections::HashMap;

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use serde_json::{Value, json};

type Item = HashMap<String, AttributeValue>;

pub(super) fn to_json(item: &Item) -> Value {
    item.iter().map(|(name, value)| (name.clone(), value_to_json(value))).collect()
}

pub(super) fn from_json(item: &Value) -> Item {
    item.as_object().unwrap().iter().map(|(name, value)| (name.clone(), value_from_json(value))).collect()
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the SDK's enum is open")]
fn value_to_json(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(digits) => json!({ "N": digits }),
        AttributeValue::B(bytes) => json!({ "B": hex(bytes.as_ref()) }),
        AttributeValue::L(values) => json!({ "L": values.iter().map(value_to_json).collect::<Vec<_>>() }),
        AttributeValue::M(entries) => json!({ "M": to_json(entries) }),
        AttributeValue::Ss(texts) => json!({ "SS": texts }),
        other => panic!("the store writes no {other:?}"),
    }
}

fn value_from_json(value: &Value) -> AttributeValue {
    let (kind, value) = value.as_object().unwrap().iter().next().unwrap();
    let text = || value.as_str().unwrap().to_owned();
    match kind.as_str() {
        "S" => AttributeValue::S(text()),
        "N" => AttributeValue::N(text()),
        "B" => AttributeValue::B(Blob::new(bytes(&text()))),
        "L" => AttributeValue::L(value.as_array().unwrap().iter().map(value_from_json).collect()),
        "M" => AttributeValue::M(from_json(value)),
        "SS" => AttributeValue::Ss(serde_json::from_value(value.clone()).unwrap()),
        other => panic!("the store writes no {other}"),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
    digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}
