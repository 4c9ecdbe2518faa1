use aws_sdk_dynamodb::types::AttributeValue;

use crate::{
    Commit, StoreError,
    item::{self, EVENTS, Item, SNAPSHOT},
    pack::{self, TEXT_LIMIT},
    size::{ITEM_LIMIT, billed_kilobytes, item_size},
    snapshot::state_of,
};

/// A commit on its way into the table, with the snapshot that it is to carry.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Draft {
    pub(crate) commit: Commit,
    pub(crate) snapshot: Option<AttributeValue>,
}

impl Draft {
    /// The item that costs least. The snapshot is left out if the item were too large with it.
    ///
    /// # Errors
    /// [`StoreError::CommitTooLarge`] if it is too large without.
    pub(crate) fn to_item(&self) -> Result<Item, StoreError> {
        let bare = item::write(&self.commit);
        let text = bare[EVENTS].as_s().map_or(0, String::len);
        if text > TEXT_LIMIT {
            return Err(StoreError::CommitTooLarge { bytes: text, limit: TEXT_LIMIT });
        }
        if let Some(snapshot) = &self.snapshot {
            let mut item = bare.clone();
            item.insert(SNAPSHOT.into(), snapshot.clone());
            if let Ok(item) = fitted(item) {
                return Ok(item);
            }
        }
        fitted(bare)
    }
}

/// Compresses the item if it is billed less then.
fn fitted(item: Item) -> Result<Item, StoreError> {
    let bytes = item_size(&item);
    if bytes <= 1024 {
        return Ok(item);
    }
    let mut packed = item.clone();
    packed.get_mut(EVENTS).map(pack::compress);
    packed.get_mut(SNAPSHOT).and_then(state_of).map(pack::compress);
    let packed_bytes = item_size(&packed);
    let (item, bytes) = if billed_kilobytes(packed_bytes) < billed_kilobytes(bytes) {
        (packed, packed_bytes)
    } else {
        (item, bytes)
    };
    if bytes > ITEM_LIMIT {
        return Err(StoreError::CommitTooLarge { bytes, limit: ITEM_LIMIT });
    }
    Ok(item)
}

#[cfg(test)]
#[path = "draft_tests.rs"]
mod tests;
