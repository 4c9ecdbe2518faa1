//! Clients at work on a local backend, as `tests/load.sh` starts it, and the same number of clients at the bare
//! engine. Prints figures; ends with 1 if anything failed, or if the backend's memory grew beyond the bound.

mod api;
mod bare;
mod client;
mod figures;
mod memory;

use std::{collections::BTreeMap, env, process::ExitCode, time::Duration};

use aws_sdk_dynamodb::error::BoxError;

use figures::Figures;
use memory::Memory;

/// Where the load goes, and how much of it.
struct Settings {
    /// `127.0.0.1:8080`
    api: String,
    dynamodb_url: String,
    backend: u32,
    /// One for each client.
    tokens: Vec<String>,
    warm_up: Duration,
    lasts: Duration,
    bare_lasts: Duration,
}

impl Settings {
    fn read() -> Result<Self, BoxError> {
        let text = |name: &str| env::var(name).map_err(|_| format!("set {name}; tests/load.sh does"));
        let seconds = |name: &str| Ok::<_, BoxError>(Duration::from_secs(text(name)?.parse()?));
        Ok(Self {
            api: text("LOAD_API")?,
            dynamodb_url: text("LOAD_DYNAMODB")?,
            backend: text("LOAD_PID")?.parse()?,
            tokens: text("LOAD_TOKENS")?.split_whitespace().map(str::to_owned).collect(),
            warm_up: seconds("LOAD_WARM_UP")?,
            lasts: seconds("LOAD_SECONDS")?,
            bare_lasts: seconds("LOAD_BARE_SECONDS")?,
        })
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, BoxError> {
    let settings = Settings::read()?;
    println!("clients     {}, one request at a time each; four queries to a command", settings.tokens.len());
    let mut failed = false;
    drop(api::run(&settings, settings.warm_up).await?);

    let memory = Memory::watch(settings.backend, settings.lasts);
    let (load, memory) = tokio::join!(api::run(&settings, settings.lasts), memory);
    let (load, memory) = (load?, memory?);
    show("backend", &load);
    failed |= tell_errors(&load);
    failed |= !memory.tell();

    let bare = bare::run(&settings).await?;
    show("bare engine", &bare);
    failed |= tell_errors(&bare);
    println!();
    for kind in ["queries", "commands"] {
        let ratio = bare[kind].a_second() / load[kind].a_second().max(f64::MIN_POSITIVE);
        println!("{kind:<10}  the bare engine does {ratio:.1} times as many");
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

type Load = BTreeMap<&'static str, Figures>;

fn show(what: &str, load: &Load) {
    println!(
        "\n{what:<10}  {:>10}  {:>8}  {:>8}  {:>8}  {:>8}",
        "a second", "p50 ms", "p95 ms", "p99 ms", "errors"
    );
    for (kind, figures) in load {
        let [p50, p95, p99] = [50, 95, 99].map(|percent| figures.percentile(percent));
        let (rate, errors) = (figures.a_second(), figures.errors.len());
        println!("{kind:<10}  {rate:>10.0}  {p50:>8.1}  {p95:>8.1}  {p99:>8.1}  {errors:>8}");
    }
}

fn tell_errors(load: &Load) -> bool {
    let errors = load.values().flat_map(|figures| &figures.errors);
    errors.take(10).map(|error| println!("ERROR       {error}")).count() > 0
}
