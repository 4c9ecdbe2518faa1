//! Measures the read side: the projector, and a replay beside a bare scan of the same table.

mod arrivals;
mod bare;
mod bulk;
mod generate;
mod measure;
mod memory;
mod options;
mod people;
mod projector;
mod replay;
mod report;
mod requests;
mod server;

use std::process::ExitCode;

use aws_sdk_dynamodb::error::BoxError;

use options::{Order, USAGE};

/// Segments of a replay, and of the scans beside it.
const SEGMENTS: u32 = 4;

#[tokio::main]
async fn main() -> ExitCode {
    let order = match Order::parse(std::env::args().skip(1)) {
        Ok(order) => order,
        Err(problem) => {
            eprintln!("{problem}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match carry_out(order).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn carry_out(order: Order) -> Result<(), BoxError> {
    match order {
        Order::Generate { commits, seed, folder } => {
            let generated = generate::generate(&folder, seed, commits).await?;
            println!("{generated}");
            Ok(())
        }
        Order::Serve { folder } => server::serve(&folder).await,
        Order::Measure { sizes, folder } => measure::measure(&sizes, folder).await,
    }
}
