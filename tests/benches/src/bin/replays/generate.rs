//! A table of events, always the same for a seed.

use std::{fmt, fs, path::Path, time::Instant};

use aws_sdk_dynamodb::{Client, error::BoxError};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use event_store::{ClaimKey, DynamoEventStore, create_table_request};
use functions::commands::Commands;
use infra_aws::{clients, clock::Clock};
use infra_local::stack::EVENTS_TABLE;

use crate::{bulk::BulkLoader, people::people, server};

/// What was made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Generated {
    commits: usize,
    streams: u64,
    seconds: f64,
}

/// Makes the table in `folder`, which must not hold one. Every stream is imported by the store, claims included;
/// only the last step of its way, from the SDK into the engine, is a short cut. The table has no stream: with one,
/// the engine would write every item twice.
///
/// # Errors
/// When there is a table, or a file cannot be written.
pub(crate) async fn generate(folder: &Path, seed: u64, commits: u64) -> Result<Generated, BoxError> {
    if server::file(folder).exists() {
        return Err(format!("{} exists", server::file(folder).display()).into());
    }
    let started = Instant::now();
    fs::create_dir_all(folder)?;
    let loader = BulkLoader::new(server::open(folder)?, EVENTS_TABLE);
    let config = clients::for_endpoint("http://engine", SharedHttpClient::new(loader.clone()));
    let client = Client::new(&config);
    create_table_request(&client, EVENTS_TABLE).set_stream_specification(None).send().await?;
    let store = DynamoEventStore::new(client, EVENTS_TABLE);
    let importer = Commands::new(&store, &ClaimKey::new([7; 32]), Clock::system());
    let mut generated = Generated { commits: 0, streams: 0, seconds: 0.0 };
    for (stream, commits) in people(seed, commits) {
        let mut import = importer.import(stream, false)?;
        for commit in commits {
            import.push(commit).await?;
        }
        generated.commits += import.finish().await?.written;
        generated.streams += 1;
    }
    loader.finish()?;
    drop(loader);
    server::index(folder)?;
    Ok(Generated { seconds: started.elapsed().as_secs_f64(), ..generated })
}

impl fmt::Display for Generated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { commits, streams, seconds } = self;
        write!(f, "{commits} commits of {streams} users in {seconds:.1} s")
    }
}
