//! The size of an item, by the rules of the DynamoDB developer guide ("Item sizes and formats").

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

/// Names and values, in bytes.
pub(crate) fn item_size(item: &HashMap<String, AttributeValue>) -> usize {
    item.iter().map(|(name, value)| name.len() + value_size(value)).sum()
}

fn value_size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(digits) => digits.len().div_ceil(2) + 1,
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        AttributeValue::L(values) => 3 + values.iter().map(|value| 1 + value_size(value)).sum::<usize>(),
        AttributeValue::M(values) => 3 + values.len() + item_size(values),
        AttributeValue::Bool(_) | AttributeValue::Null(_) => 1,
        AttributeValue::Bs(_) | AttributeValue::Ns(_) | AttributeValue::Ss(_) | _ => {
            panic!("no store here writes sets")
        }
    }
}
