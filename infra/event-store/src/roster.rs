use std::collections::BTreeSet;

use crate::{
    StoreError, StreamId,
    change::Change,
    stream_id::{LONGEST_KEY, check_part},
};

/// A roster of one tenant, as it stands in the table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct KeyedRoster {
    pub(crate) name: &'static str,
    pub(crate) partition_key: String,
}

/// The partition key of a roster: `{tenant}!!{name}`. It holds no `#`, which every key of a stream or of a
/// claim does, so that none of them can pose as another.
///
/// # Errors
/// [`StoreError::InvalidStreamId`] when there is no such tenant, [`StoreError::InvalidRoster`] when there is
/// no such name.
pub(crate) fn partition_key(tenant: &str, name: &str) -> Result<String, StoreError> {
    check_part("tenant", tenant)?;
    let key = format!("{tenant}!!{name}");
    if check_part("name", name).is_err() || key.len() > LONGEST_KEY {
        return Err(StoreError::InvalidRoster { roster: name.to_owned() });
    }
    Ok(key)
}

/// Which rosters a stream joins and leaves.
pub(crate) fn changes(
    stream: &StreamId,
    before: &BTreeSet<&'static str>,
    after: &BTreeSet<&'static str>,
) -> Result<Vec<Change>, StoreError> {
    let keyed = |name: &&'static str| {
        let partition_key = partition_key(stream.tenant(), name)?;
        Ok(KeyedRoster { name, partition_key })
    };
    let joined = after.difference(before).map(|name| keyed(name).map(Change::Join));
    let left = before.difference(after).map(|name| keyed(name).map(Change::Leave));
    joined.chain(left).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(before: &[&'static str], after: &[&'static str]) -> Result<Vec<Change>, StoreError> {
        let set = |names: &[&'static str]| names.iter().copied().collect();
        super::changes(&StreamId::new("acme", "Account", "42").unwrap(), &set(before), &set(after))
    }

    fn owners() -> KeyedRoster {
        KeyedRoster { name: "owners", partition_key: "acme!!owners".into() }
    }

    #[test]
    fn a_roster_that_appears_is_joined_and_one_that_vanishes_is_left() {
        assert_eq!(changes(&["staff"], &["staff", "owners", "owners"]).unwrap(), [Change::Join(owners())]);
        assert_eq!(changes(&["owners", "staff"], &["staff"]).unwrap(), [Change::Leave(owners())]);
    }

    #[test]
    fn a_name_that_could_make_another_key_of_it_is_refused() {
        for name in ["", "a#b", "a!b", "!", "a\nb"] {
            let error = changes(&[], &[name]).unwrap_err();
            assert!(matches!(error, StoreError::InvalidRoster { roster } if roster == name));
        }
    }

    #[test]
    fn a_key_longer_than_dynamodb_takes_is_refused() {
        let name = "x".repeat(LONGEST_KEY - "acme!!".len());
        assert!(partition_key("acme", &name).is_ok());
        assert!(matches!(partition_key("acme", &(name + "x")), Err(StoreError::InvalidRoster { .. })));
    }

    #[test]
    fn a_tenant_that_could_make_another_key_of_it_is_refused() {
        for tenant in ["", "a!", "a#b"] {
            assert!(matches!(partition_key(tenant, "owners"), Err(StoreError::InvalidStreamId(_))));
        }
    }

    #[test]
    fn the_key_of_a_roster_is_none_of_a_stream() {
        assert!(StreamId::parse(&owners().partition_key).is_err());
    }
}
