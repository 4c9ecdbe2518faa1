//! The indexes that rows are found and sorted by. Each holds keys alone, and is hashed by the row's own partition,
//! so that a list never meets another tenant's or another generation's.

use aws_sdk_dynamodb::types::{GlobalSecondaryIndex, Projection, ProjectionType};
use projections::Index;

use super::table::keys;

/// A sort key holds 1,024 bytes. What is equal this far is sorted by id.
const MAX_TEXT: usize = 512;

pub(super) fn name(index: Index) -> &'static str {
    match index {
        Index::Name => "by_name",
        Index::Email => "by_email",
        Index::PendingEmail => "by_pending_email",
        Index::CreatedAt => "by_created_at",
    }
}

pub(super) fn attribute(index: Index) -> &'static str {
    match index {
        Index::Name => "n",
        Index::Email => "m",
        Index::PendingEmail => "mp",
        Index::CreatedAt => "ct",
    }
}

/// A row's place in an index: its text, a blank, its id. No two rows share one. A blank sorts before whatever
/// the texts may hold, so that a text stands before those that only begin with it.
pub(super) fn entry(text: &str, id: &str) -> String {
    format!("{}{id}", prefix(text))
}

/// What the entries of all rows with this text begin with, and no others do.
pub(super) fn prefix(text: &str) -> String {
    format!("{} ", &text[..text.floor_char_boundary(MAX_TEXT)])
}

/// The id in an entry.
pub(super) fn id_in(entry: &str) -> &str {
    entry.rsplit_once(' ').map_or(entry, |(_, id)| id)
}

pub(super) fn definition(of: Index) -> GlobalSecondaryIndex {
    keys_only(name(of), keys("pk", attribute(of)))
}

pub(super) fn keys_only(
    name: &str,
    keys: Vec<aws_sdk_dynamodb::types::KeySchemaElement>,
) -> GlobalSecondaryIndex {
    let keys_only = Projection::builder().projection_type(ProjectionType::KeysOnly).build();
    let index = GlobalSecondaryIndex::builder().index_name(name).set_key_schema(Some(keys));
    index.projection(keys_only).build().expect("name and keys are set")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_sort_by_text_then_id_and_fit_into_a_key() {
        assert!(entry("al", "9") < entry("al", "91"));
        assert!(entry("al", "9") < entry("al!", "1"));
        assert!(entry("al", "9") < entry("alice", "1"));
        let long = entry(&"ﷺé".repeat(2_000), "0195a3c2-6c1f-7cc1-9b0e-1f6d2b7a4e55");
        assert!(long.len() <= 1_024);
        assert_eq!(id_in(&long), "0195a3c2-6c1f-7cc1-9b0e-1f6d2b7a4e55");
    }
}
