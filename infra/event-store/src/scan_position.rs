use std::{collections::HashMap, fmt, str::FromStr};

use aws_sdk_dynamodb::types::AttributeValue;

use crate::{
    StreamId,
    fields::Fields,
    item::{Item, PARTITION, SORT, map, number, text},
    stream_id::LONGEST_KEY,
};

/// Where a [scan](crate::DynamoEventStore::scan_page) stands: behind an item of the table, whether or not it
/// is still there.
///
/// It belongs to the segment in which it was met, or that its stream is in; DynamoDB refuses it in another. So
/// a table is divided into as many segments when a scan goes on as when it began.
/// Its text form, `{commit}@{partition key}`, is what a checkpoint stores; a tenant's name is in it, and
/// nothing personal that the stream's name does not hold.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Position {
    partition_key: String,
    sort_key: u64,
}

impl Position {
    /// Right behind a commit; the rest of its stream is next.
    #[must_use]
    pub fn of(stream: &StreamId, commit: u64) -> Self {
        Self { partition_key: stream.to_string(), sort_key: commit }
    }

    /// As DynamoDB tells it; it may be behind a claim or a roster.
    pub(crate) fn from_key(key: &Item) -> Result<Self, String> {
        let key = Fields(key);
        Ok(Self { partition_key: key.text(PARTITION)?.to_owned(), sort_key: key.number(SORT)? })
    }

    pub(crate) fn to_key(&self) -> HashMap<String, AttributeValue> {
        map([(PARTITION, text(&self.partition_key)), (SORT, number(self.sort_key))])
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.sort_key, self.partition_key)
    }
}

impl FromStr for Position {
    type Err = InvalidPosition;

    fn from_str(text: &str) -> Result<Self, InvalidPosition> {
        let (commit, partition_key) = text.split_once('@').ok_or(InvalidPosition)?;
        let is_key = (1..=LONGEST_KEY).contains(&partition_key.len());
        let sort_key = commit.parse().ok().filter(|_| is_key && is_plain(commit)).ok_or(InvalidPosition)?;
        Ok(Self { partition_key: partition_key.to_owned(), sort_key })
    }
}

/// One position, one text.
fn is_plain(digits: &str) -> bool {
    digits.bytes().all(|digit| digit.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'))
}

/// A text is no position of a scan.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a position has the form {{commit}}@{{partition key}}")]
pub struct InvalidPosition;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_survives_its_text() {
        let position = Position::of(&StreamId::new("acme", "Account", "a@b").unwrap(), 42);
        assert_eq!(position.to_string(), "42@acme#Account#a@b");
        assert_eq!("42@acme#Account#a@b".parse(), Ok(position));
    }

    #[test]
    fn a_position_survives_its_key() {
        let claim: Position = "0@acme!email#00ff".parse().unwrap();
        assert_eq!(Position::from_key(&claim.to_key()), Ok(claim));
    }

    #[test]
    fn what_is_no_position_is_refused() {
        let long = format!("1@{}", "x".repeat(LONGEST_KEY + 1));
        for text in ["", "1", "1@", "@acme#Account#1", "-1@a", "+1@a", "01@a", "1.5@a", &long] {
            assert_eq!(text.parse::<Position>(), Err(InvalidPosition), "{text}");
        }
    }
}
