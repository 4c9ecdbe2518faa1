use std::{
    ops::{Add, AddAssign},
    sync::{Mutex, PoisonError},
};

use aws_sdk_dynamodb::types::ConsumedCapacity;

/// What an operation cost, as DynamoDB reported it.
///
/// A refused conditional write is billed too, but the service does not say how much, so it appears
/// here as a round trip only. Tries that the SDK repeats by itself count once.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Cost {
    /// Requests made one after the other.
    pub round_trips: u32,
    /// Read request units: one for 4 KB read strongly.
    pub read_units: f64,
    /// Write request units: one for each kilobyte begun of an item, two in a transaction.
    pub write_units: f64,
}

impl Cost {
    pub(crate) const TRIP: Self = Self { round_trips: 1, read_units: 0.0, write_units: 0.0 };

    /// One read request.
    pub(crate) fn of_read(consumed: Option<&ConsumedCapacity>) -> Self {
        let read_units = consumed.and_then(ConsumedCapacity::capacity_units).unwrap_or_default();
        Self { read_units, ..Self::TRIP }
    }

    /// One write request; a transaction reports per table. A transaction that DynamoDB recognises as
    /// done already is billed as a read.
    pub(crate) fn of_write<'a>(consumed: impl IntoIterator<Item = &'a ConsumedCapacity>) -> Self {
        consumed.into_iter().fold(Self::TRIP, |cost, consumed| {
            let read = consumed.read_capacity_units().unwrap_or_default();
            let total = consumed.capacity_units().unwrap_or_default();
            cost + Self { round_trips: 0, read_units: read, write_units: total - read }
        })
    }
}

/// Adds up the cost of an operation where it arises, whether or not the operation succeeds.
#[derive(Debug, Default)]
pub(crate) struct Meter(Mutex<Cost>);

impl Meter {
    pub(crate) fn add(&self, cost: Cost) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += cost;
    }

    pub(crate) fn total(&self) -> Cost {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Add for Cost {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            round_trips: self.round_trips + other.round_trips,
            read_units: self.read_units + other.read_units,
            write_units: self.write_units + other.write_units,
        }
    }
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_add_up() {
        let capacity = ConsumedCapacity::builder().capacity_units(4.0).build();
        let mut cost = Cost::of_read(Some(&ConsumedCapacity::builder().capacity_units(0.5).build()));
        cost += Cost::of_write([&capacity, &capacity]);
        cost += Cost::TRIP;
        assert_eq!(cost, Cost { round_trips: 3, read_units: 0.5, write_units: 8.0 });
    }
}
