//! The size of an item, as DynamoDB bills its storage.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue::{self, B, Bool, Bs, L, M, N, Ns, Null, S, Ss};

/// What DynamoDB adds to each item that it stores.
const OVERHEAD: u64 = 100;

pub(super) fn of_item(item: &HashMap<String, AttributeValue>) -> u64 {
    OVERHEAD + of_map(item)
}

fn of_map(map: &HashMap<String, AttributeValue>) -> u64 {
    map.iter().map(|(name, value)| name.len() as u64 + of_value(value)).sum()
}

fn of_value(value: &AttributeValue) -> u64 {
    match value {
        S(text) => text.len() as u64,
        // Two digits a byte, and one more.
        N(number) => number.len().div_ceil(2) as u64 + 1,
        B(bytes) => bytes.as_ref().len() as u64,
        Bool(_) | Null(_) => 1,
        M(map) => 3 + map.len() as u64 + of_map(map),
        L(list) => 3 + list.iter().map(|value| 1 + of_value(value)).sum::<u64>(),
        Ss(texts) => texts.iter().map(|text| text.len() as u64).sum(),
        Ns(numbers) => numbers.iter().map(|number| number.len().div_ceil(2) as u64 + 1).sum(),
        Bs(all) => all.iter().map(|bytes| bytes.as_ref().len() as u64).sum(),
        unknown => unreachable!("a kind of value that this release does not write: {unknown:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_its_names_and_values_and_what_dynamodb_adds() {
        let item = [("pk", S("abc".into())), ("n", N("12345".into())), ("o", Bool(true))];
        let item = item.map(|(name, value)| (name.to_owned(), value)).into();
        assert_eq!(of_item(&item), 100 + (2 + 3) + (1 + 4) + (1 + 1));
    }
}
