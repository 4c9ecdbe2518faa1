//! Cold starts, as far as they are the function's own: from exec to the first poll of the Runtime API, and
//! from there to the first answer, with DynamoDB and SQS behind TLS. See README.md beside this.
//!
//!     cold-start FOLDER [--runs N] [--at-most RATIO] [--node SCRIPT] [--roots all|one]

mod http;
mod runtime_api;
mod server;
mod subject;

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use runtime_api::Start;
use server::Server;
use subject::{BARE, Subject};

/// Starts that only fill the page cache.
const WARM_UPS: usize = 2;
/// Where systems keep their roots in one file; Lambda's is the first.
const ROOTS: [&str; 2] = ["/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/certs/ca-certificates.crt"];

struct Options {
    folder: PathBuf,
    runs: usize,
    /// What an HTTP function may take, as a multiple of what the bare one takes.
    at_most: f64,
    node: Option<PathBuf>,
    /// Whether the functions have the system's roots to read, too, and not only the server's certificate.
    all_roots: bool,
}

fn main() -> io::Result<ExitCode> {
    let Some(options) = options() else {
        eprintln!("usage: cold-start FOLDER [--runs N] [--at-most RATIO] [--node SCRIPT] [--roots all|one]");
        return Ok(ExitCode::from(2));
    };
    let server = Server::start()?;
    let roots = options.folder.join("roots.pem");
    let of_the_system = if options.all_roots { roots_of_the_system() } else { String::new() };
    fs::write(&roots, of_the_system + "\n" + &server.certificate)?;
    let subjects = subject::all(&options.folder, options.node.as_deref());
    let mut starts: Vec<Vec<Start>> = vec![Vec::new(); subjects.len()];
    // One after the other in turn, so that whatever else the machine does falls on all of them.
    for round in 0..WARM_UPS + options.runs {
        for (subject, starts) in subjects.iter().zip(&mut starts) {
            let start = runtime_api::start(subject.command(&server.url, &roots), subject.event)
                .map_err(|error| io::Error::other(format!("{}: {error}", subject.name)))?;
            starts.extend((round >= WARM_UPS).then_some(start));
        }
    }
    Ok(report(&subjects, &starts, options.at_most))
}

/// Prints the table; fails when an HTTP function takes too long.
fn report(subjects: &[Subject], starts: &[Vec<Start>], at_most: f64) -> ExitCode {
    let total = |starts: &[Start]| median(starts.iter().map(|start| start.init + start.answer));
    let bare = subjects.iter().position(|subject| subject.name == BARE).map(|place| total(&starts[place]));
    let bare = bare.expect("the bare function is measured");
    println!("| function | exec to first poll, ms | first answer, ms | both, ms | beside the bare one |");
    println!("|---|---|---|---|---|");
    let mut too_slow = Vec::new();
    for (subject, starts) in subjects.iter().zip(starts) {
        let (init, answer) =
            (median(starts.iter().map(|start| start.init)), median(starts.iter().map(|start| start.answer)));
        let ratio = total(starts).as_secs_f64() / bare.as_secs_f64();
        let [init, answer, both] = [init, answer, total(starts)].map(|time| time.as_secs_f64() * 1e3);
        println!("| {} | {init:.2} | {answer:.2} | {both:.2} | {ratio:.2} |", subject.name);
        if subject.is_http && ratio > at_most {
            too_slow.push(subject.name);
        }
    }
    if too_slow.is_empty() {
        return ExitCode::SUCCESS;
    }
    eprintln!("more than {at_most} times the bare function: {}", too_slow.join(", "));
    ExitCode::FAILURE
}

fn median(times: impl Iterator<Item = Duration>) -> Duration {
    let mut times: Vec<Duration> = times.collect();
    times.sort_unstable();
    let middle = times.len() / 2;
    if times.len().is_multiple_of(2) { (times[middle - 1] + times[middle]) / 2 } else { times[middle] }
}

/// As on Lambda, where a function reads about 140.
fn roots_of_the_system() -> String {
    ROOTS.iter().find_map(|file| fs::read_to_string(Path::new(file)).ok()).unwrap_or_default()
}

fn options() -> Option<Options> {
    let mut arguments = env::args().skip(1);
    let folder = PathBuf::from(arguments.next()?);
    let mut options = Options { folder, runs: 20, at_most: f64::INFINITY, node: None, all_roots: true };
    while let Some(name) = arguments.next() {
        let value = arguments.next()?;
        match name.as_str() {
            "--runs" => options.runs = value.parse().ok().filter(|runs| *runs > 0)?,
            "--at-most" => options.at_most = value.parse().ok()?,
            "--node" => options.node = Some(value.into()),
            "--roots" if value == "all" || value == "one" => options.all_roots = value == "all",
            _ => return None,
        }
    }
    Some(options)
}
