use std::{fs, io, time::Duration};

use aws_sdk_dynamodb::error::BoxError;
use tokio::time::sleep;

/// From the first third of the load to its end the backend may grow by this part, and by [`SLACK`].
const GROWTH: f64 = 0.25;
/// For what an allocator keeps, in MiB.
const SLACK: f64 = 24.0;
/// Of looks at it, in each third.
const LOOKS: u32 = 10;

/// The memory that a process has in use, in MiB, in each third of the load: the least that was seen there.
pub(crate) struct Memory {
    start: f64,
    thirds: [f64; 3],
}

impl Memory {
    pub(crate) async fn watch(process: u32, lasts: Duration) -> Result<Self, BoxError> {
        let (start, mut thirds) = (resident(process)?, [f64::INFINITY; 3]);
        for third in &mut thirds {
            for _ in 0..LOOKS {
                sleep(lasts / (3 * LOOKS)).await;
                *third = third.min(resident(process)?);
            }
        }
        Ok(Self { start, thirds })
    }

    /// Says what it came to; answers whether it is flat.
    pub(crate) fn tell(&self) -> bool {
        let ([begin, middle, end], start) = (self.thirds, self.start);
        let bound = begin * (1.0 + GROWTH) + SLACK;
        println!(
            "memory      {start:.0} MiB at the start, {begin:.0}, {middle:.0} and {end:.0} MiB in the thirds of the load; at most {bound:.0}"
        );
        let is_flat = end <= bound;
        if !is_flat {
            println!("ERROR       the backend's memory grows");
        }
        is_flat
    }
}

/// Linux' own word; there is none elsewhere, and nothing is watched then.
fn resident(process: u32) -> io::Result<f64> {
    let Ok(status) = fs::read_to_string(format!("/proc/{process}/status")) else { return Ok(0.0) };
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    let kib: f64 = line.trim().trim_end_matches(" kB").parse().map_err(io::Error::other)?;
    Ok(kib / 1024.0)
}
