//! One run: every size is generated, scanned, replayed and projected.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use aws_sdk_dynamodb::error::BoxError;
use tokio::process::Command;

use crate::{
    bare::{self, Read},
    projector::{self, Projected},
    replay::{self, Replayed},
    report,
    server::{self, Server},
};

const FLOOR_TABLE: &str = "views-of-the-floor";

/// What was measured with so many commits.
pub(crate) struct Measured {
    /// None when the table was there.
    pub(crate) generated: Option<f64>,
    pub(crate) read: Read,
    pub(crate) scan: Duration,
    pub(crate) scan_and_put: Duration,
    pub(crate) replayed: Replayed,
    pub(crate) projected: Projected,
}

pub(crate) async fn measure(sizes: &[u64], folder: Option<PathBuf>) -> Result<(), BoxError> {
    let is_kept = folder.is_some();
    let home =
        folder.unwrap_or_else(|| env::temp_dir().join(format!("rollcall-replays-{}", std::process::id())));
    let measured = measure_all(sizes, &home).await;
    if !is_kept {
        fs::remove_dir_all(&home)?;
    }
    report::print(&measured?);
    Ok(())
}

async fn measure_all(sizes: &[u64], home: &Path) -> Result<Vec<Measured>, BoxError> {
    let mut all = Vec::new();
    for &commits in sizes {
        let measured = measure_one(commits, home.join(commits.to_string())).await?;
        report::tell(&measured);
        check(commits, &measured);
        all.push(measured);
    }
    // Last, because they hold many commits in memory, and memory is measured before.
    for (&commits, measured) in sizes.iter().zip(&mut all) {
        let server = Server::start(&home.join(commits.to_string())).await?;
        measured.projected = projector::project(&server).await?;
    }
    Ok(all)
}

async fn measure_one(commits: u64, folder: PathBuf) -> Result<Measured, BoxError> {
    let generated =
        if server::file(&folder).exists() { None } else { Some(generate(&folder, commits).await?) };
    let server = Server::start(&folder).await?;
    let client = server.client();
    server.empty_views(FLOOR_TABLE).await?;
    // The first reading warms the engine.
    bare::scan(&client).await?;
    let (read, scan) = bare::scan(&client).await?;
    let (_, scan_and_put) = bare::scan_and_put(&client, FLOOR_TABLE).await?;
    let replayed = replay::replay(&server).await?;
    Ok(Measured { generated, read, scan, scan_and_put, replayed, projected: Projected::default() })
}

/// Generates in a process of its own, which leaves no open file and no memory behind; answers the seconds.
async fn generate(folder: &Path, commits: u64) -> Result<f64, BoxError> {
    let started = Instant::now();
    let mut command = Command::new(env::current_exe()?);
    command.args(["generate", "--commits", &commits.to_string(), "--folder"]).arg(folder);
    let status = command.stdout(Stdio::null()).status().await?;
    if !status.success() {
        return Err("the table was not generated".into());
    }
    Ok(started.elapsed().as_secs_f64())
}

/// What does not depend on the machine.
fn check(commits: u64, measured: &Measured) {
    let Measured { read, replayed, .. } = measured;
    assert_eq!(read.commits, commits, "the table has the commits that were asked for");
    assert_eq!((replayed.commits, replayed.streams), (read.commits, read.streams), "all of it was replayed");
    assert_eq!(replayed.rows, read.streams, "every user has a row");
    assert_eq!(replayed.written, read.streams, "every row was written once");
    assert_eq!(replayed.compared, read.streams, "every row was compared");
}
