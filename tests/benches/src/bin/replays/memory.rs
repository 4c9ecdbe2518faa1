//! The most memory that this process had at a time. Linux tells; elsewhere it is not known.

use std::fs;

/// Forgets what was needed so far.
pub(crate) fn forget_peak() {
    drop(fs::write("/proc/self/clear_refs", "5"));
}

/// In megabytes, since the last time that it was forgotten.
pub(crate) fn peak() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes / 1024.0)
}
