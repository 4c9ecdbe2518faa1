//! `rollcall`: the operator's command line.

mod api;
mod arguments;
mod aws;
mod commands;
mod home;
mod show;

use std::process::ExitCode;

use clap::Parser as _;

use arguments::{Arguments, Command};

/// Anything that ends a command: it is shown to a person, once.
type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match arguments.command {
        Command::Dev(dev) => commands::dev::run(&dev),
        Command::Token(token) => commands::token::run(&token),
        Command::User(user) => commands::user::run(user),
        Command::Role(role) => commands::role::run(role),
        Command::Settings(settings) => commands::settings::run(settings),
        Command::Webhook(webhook) => commands::webhook::run(webhook),
        Command::Limits(limits) => commands::limits::run(limits),
        Command::Import(imports) => commands::import::run(imports),
        Command::Parked(parked) => commands::parked::run(parked),
        Command::Events(events) => commands::events::run(events),
        Command::Feed(feed) => commands::feed::run(&feed),
        Command::Trace(trace) => commands::trace::run(&trace),
        Command::Replay(replay) => commands::replay::run(replay),
        Command::Dlq(dlq) => commands::dlq::run(dlq),
        Command::Keys(keys) => commands::keys::run(keys),
        Command::Cost(cost) => commands::cost::run(&cost),
        Command::Doctor(doctor) => commands::doctor::run(&doctor),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads our output has read enough: `rollcall … | head`.
        Err(failure) if is_broken_pipe(&failure) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("rollcall: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn is_broken_pipe(failure: &Failure) -> bool {
    let error = failure.downcast_ref::<std::io::Error>();
    error.is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
