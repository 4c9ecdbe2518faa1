use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

/// DynamoDB stores no larger item.
pub(crate) const ITEM_LIMIT: usize = 400 * 1024;

/// The size of an item as DynamoDB counts it, in bytes: the names and values of its attributes.
///
/// The rules are those of the Developer Guide, "DynamoDB item sizes and formats". Numbers are counted
/// approximately there, and here upwards.
#[must_use]
pub fn item_size(item: &HashMap<String, AttributeValue>) -> usize {
    item.iter().map(|(name, value)| name.len() + value_size(value)).sum()
}

/// A write is billed for each kilobyte begun.
pub(crate) fn billed_kilobytes(bytes: usize) -> usize {
    bytes.div_ceil(1024)
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the SDK's enum is open")]
fn value_size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(digits) => number_size(digits),
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        AttributeValue::L(values) => {
            CONTAINER + values.iter().map(|value| 1 + value_size(value)).sum::<usize>()
        }
        AttributeValue::M(entries) => CONTAINER + entries.len() + item_size(entries),
        AttributeValue::Ss(texts) => texts.iter().map(String::len).sum(),
        AttributeValue::Ns(numbers) => numbers.iter().map(|digits| number_size(digits)).sum(),
        AttributeValue::Bs(all) => all.iter().map(|bytes| bytes.as_ref().len()).sum(),
        // A truth value, and nothing.
        _ => 1,
    }
}

/// What a list or map costs besides its elements, each of which costs one byte more.
const CONTAINER: usize = 3;

/// One byte for two digits, one for the exponent, one for a minus. Digits are paired from the decimal
/// point; pairs of zeros at the end are free. Commits hold whole numbers only.
fn number_size(digits: &str) -> usize {
    let whole = digits.trim_start_matches('-').trim_start_matches('0');
    let zeros = whole.len() - whole.trim_end_matches('0').len();
    whole.len().div_ceil(2) - zeros / 2 + 1 + usize::from(digits.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::{map, number, text};

    #[test]
    fn names_and_values_are_counted() {
        assert_eq!(item_size(&map([("pk", text("abc")), ("é", text("é"))])), 2 + 3 + 2 + 2);
        let roles = AttributeValue::Ss(vec!["engineer".into(), "hr".into()]);
        assert_eq!(item_size(&map([("o", AttributeValue::Bool(true)), ("r", roles)])), 2 + 11);
    }

    #[test]
    fn a_number_costs_half_a_byte_for_each_digit_and_one_more_without_the_zeros_at_its_end() {
        let numbers = ["0", "7", "42", "123", "120", "1700", "1795132800000", "-42"];
        assert_eq!(numbers.map(|digits| value_size(&number(digits))), [1, 2, 2, 3, 3, 2, 6, 3]);
    }

    #[test]
    fn lists_and_maps_cost_three_bytes_and_one_for_each_element() {
        assert_eq!(value_size(&AttributeValue::L(vec![text("ab"), text("c")])), 3 + 1 + 2 + 1 + 1);
        assert_eq!(value_size(&AttributeValue::M(map([("i", text("ab"))]))), 3 + 1 + 1 + 2);
    }
}
