//! Measures `infra/event-store` beside its peers and beside the least that is possible.

mod contenders;
mod engine;
mod item_size;
mod loading;
mod member;
mod meter;
mod options;
mod snapshots;
mod statistics;
mod throughput;
mod units;

use std::process::ExitCode;

use benches::table;
use options::{Options, Part, USAGE};

#[tokio::main]
async fn main() -> ExitCode {
    match Options::parse(std::env::args().skip(1)) {
        Ok(options) => {
            run(&options).await;
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("{problem}\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

/// Prints each table as soon as it is there.
async fn run(options: &Options) {
    let scale = options.scale;
    if options.wants(Part::Units) {
        units::measure(scale).await.print();
    }
    if options.wants(Part::Throughput) {
        throughput::measure(scale).await.print();
    }
    if options.wants(Part::Snapshots) {
        snapshots::measure(scale).await.print();
    }
    if options.wants(Part::Loading) {
        loading::measure(scale).await.print();
    }
}
