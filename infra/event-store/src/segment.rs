use std::fmt;

/// A part of a table, for a [scan](crate::DynamoEventStore::scan_page): one of so many that several readers
/// share.
///
/// DynamoDB puts an item into a segment by the hash of its partition key, so that a stream is in one segment
/// as a whole, and in the same one each time that the table is divided into as many.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Segment {
    index: u32,
    total: u32,
}

/// DynamoDB divides a table into no more.
const MOST_SEGMENTS: u32 = 1_000_000;

impl Segment {
    /// The table, undivided.
    pub const WHOLE: Self = Self { index: 0, total: 1 };

    /// Segment `index`, counted from 0, of `total`.
    ///
    /// # Errors
    /// [`InvalidSegment`] unless `index < total`, and `total` is 1 to 1,000,000.
    pub const fn new(index: u32, total: u32) -> Result<Self, InvalidSegment> {
        if index < total && total <= MOST_SEGMENTS {
            Ok(Self { index, total })
        } else {
            Err(InvalidSegment { index, total })
        }
    }

    /// All segments of a table divided into so many.
    ///
    /// # Errors
    /// [`InvalidSegment`] unless `total` is 1 to 1,000,000.
    pub fn all(total: u32) -> Result<impl Iterator<Item = Self>, InvalidSegment> {
        Self::new(0, total)?;
        Ok((0..total).map(move |index| Self { index, total }))
    }

    /// Which one it is, from 0.
    #[must_use]
    pub const fn index(self) -> u32 {
        self.index
    }

    /// Of how many.
    #[must_use]
    pub const fn total(self) -> u32 {
        self.total
    }
}

impl fmt::Display for Segment {
    /// Counts from 1, as people do.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", u64::from(self.index) + 1, self.total)
    }
}

/// There is no such segment.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("there is no segment {index} of {total}: they count from 0, and there are 1 to 1000000")]
pub struct InvalidSegment {
    /// Which one it should be.
    pub index: u32,
    /// Of how many.
    pub total: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_its_segments_and_no_others() {
        assert_eq!(Segment::new(0, 1), Ok(Segment::WHOLE));
        assert!(Segment::new(999_999, 1_000_000).is_ok());
        for (index, total) in [(0, 0), (1, 1), (0, 1_000_001)] {
            assert_eq!(Segment::new(index, total), Err(InvalidSegment { index, total }));
        }
    }

    #[test]
    fn all_segments_are_as_many_as_asked_for() {
        let names: Vec<_> = Segment::all(3).unwrap().map(|segment| segment.to_string()).collect();
        assert_eq!(names, ["1/3", "2/3", "3/3"]);
        assert!(Segment::all(0).is_err());
    }
}
