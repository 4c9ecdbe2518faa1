//! The little statistics that the tables need. No series here is empty.

use std::time::Duration;

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len().is_multiple_of(2) {
        f64::midpoint(values[middle - 1], values[middle])
    } else {
        values[middle]
    }
}

/// The least and the greatest.
pub(crate) fn spread(values: &[f64]) -> (f64, f64) {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (least, most)
}

/// The value that so many per cent do not exceed.
pub(crate) fn percentile(values: &mut [Duration], percent: usize) -> Duration {
    let rank = (values.len() * percent / 100).min(values.len() - 1);
    *values.select_nth_unstable(rank).1
}
