//! What SQS takes at once.

use std::ops::Range;

/// Entries of any batch.
pub(super) const MOST_ENTRIES: usize = 10;

/// Bytes of all bodies of a batch together, and of a single one: 1 MiB, the limit since August 2025.
const MOST_BYTES: usize = 1_048_576;

/// Cuts messages, given by their lengths in bytes, into batches, in order. A message that is too long
/// for any batch is alone in its own, so that nothing but itself is refused with it.
pub(super) fn batches(lengths: impl IntoIterator<Item = usize>) -> Vec<Range<usize>> {
    let mut batches: Vec<Range<usize>> = Vec::new();
    let mut bytes = 0;
    for (place, length) in lengths.into_iter().enumerate() {
        match batches.last_mut() {
            Some(batch) if batch.len() < MOST_ENTRIES && bytes + length <= MOST_BYTES => {
                batch.end = place + 1;
                bytes += length;
            }
            _ => {
                batches.push(place..place + 1);
                bytes = length;
            }
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_no_batch() {
        assert!(batches([]).is_empty());
    }

    #[test]
    fn small_messages_go_ten_by_ten() {
        assert_eq!(batches([100; 25]), [0..10, 10..20, 20..25]);
    }

    #[test]
    fn a_batch_has_one_mebibyte_and_not_a_byte_more() {
        assert_eq!(batches([524_288, 524_288, 1]), [0..2, 2..3]);
        assert_eq!(batches([524_288, 524_289]), [0..1, 1..2]);
    }

    #[test]
    fn what_no_longer_fits_begins_the_next_batch() {
        assert_eq!(batches([400_000; 5]), [0..2, 2..4, 4..5]);
    }

    #[test]
    fn a_message_that_is_too_long_is_alone_in_its_batch() {
        assert_eq!(batches([10, 1_048_577, 10, 10]), [0..1, 1..2, 2..4]);
    }
}
