//! What is printed.

use std::time::Duration;

use benches::table::Table;

use crate::{SEGMENTS, measure::Measured, replay::Replayed};

const MICROSECONDS: f64 = 1e6;

/// One size is done.
pub(crate) fn tell(measured: &Measured) {
    let Replayed { commits, build, verify, .. } = measured.replayed;
    eprintln!("{commits} commits: built in {build:.1?}, verified in {verify:.1?}");
}

pub(crate) fn print(all: &[Measured]) {
    replays(all).print();
    projector(all).print();
}

fn replays(all: &[Measured]) -> Table {
    let mut table = Table::new(
        format!(
            "A replay of the user directory, {SEGMENTS} segments at a time, beside a bare scan of the same table"
        ),
        [
            "commits",
            "streams",
            "generate s",
            "bare scan/s",
            "scan + puts/s",
            "build/s",
            "of scan",
            "of scan + puts",
            "verify/s",
            "rows written",
            "build µs/commit",
            "of first",
            "peak MB",
        ],
    );
    let cost = |of: &Measured| of.replayed.build.as_secs_f64() * MICROSECONDS / of.read.commits as f64;
    for measured in all {
        let Measured { generated, read, scan, scan_and_put, replayed, .. } = measured;
        table.row([
            read.commits.to_string(),
            read.streams.to_string(),
            generated.map_or("–".into(), |seconds| format!("{seconds:.1}")),
            rate(read.commits, *scan),
            rate(read.commits, *scan_and_put),
            rate(read.commits, replayed.build),
            percent(*scan, replayed.build),
            percent(*scan_and_put, replayed.build),
            rate(read.commits, replayed.verify),
            replayed.written.to_string(),
            format!("{:.1}", cost(measured)),
            format!("{:.2}", cost(measured) / all.first().map_or(1.0, cost)),
            replayed.peak.map_or("–".into(), |peak| format!("{peak:.0}")),
        ]);
    }
    table
}

fn projector(all: &[Measured]) -> Table {
    let mut table = Table::new(
        "The projector, all read models, batches of 100 records",
        [
            "commits in the table",
            "projected",
            "commits/s",
            "rows/commit",
            "rows/aggregate",
            "rows/batch",
            "reads/row",
        ],
    );
    for measured in all {
        let projected = measured.projected;
        let (rows, each) =
            (projected.rows as f64, |of: usize| format!("{:.2}", projected.rows as f64 / of as f64));
        table.row([
            measured.read.commits.to_string(),
            projected.commits.to_string(),
            rate(projected.commits as u64, projected.took),
            each(projected.commits),
            each(projected.aggregates),
            each(projected.batches),
            format!("{:.2}", projected.reads as f64 / rows),
        ]);
    }
    table
}

fn rate(commits: u64, took: Duration) -> String {
    format!("{:.0}", commits as f64 / took.as_secs_f64())
}

/// How fast something is that took `took`, beside something that took `floor`.
fn percent(floor: Duration, took: Duration) -> String {
    format!("{:.0} %", floor.as_secs_f64() / took.as_secs_f64() * 100.0)
}
