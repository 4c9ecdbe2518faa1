//! The template gives each function what it reads, and nothing else.

use std::{process::Output, time::Duration};

use infra_aws::environment;
use infra_local::template::{Function, Template};
use tokio::time::timeout;

use crate::processes::on_lambda;

/// Where nobody listens: a function that got as far as to ask for work has all its settings.
const NOBODY: &str = "127.0.0.1:9";

/// A value that a setting can have.
fn value(variable: &str) -> &'static str {
    match variable {
        environment::CLAIM_KEY
        | environment::CONFIRMATION_KEY
        | environment::CURSOR_KEY
        | environment::WEBHOOK_KEY => "0707070707070707070707070707070707070707070707070707070707070707",
        environment::MAIL_TRANSPORT => "ses",
        environment::MAIL_FROM => "Rollcall <no-reply@example.com>",
        environment::CONFIRMATION_LINK => "https://users.example.com/confirm?token=",
        environment::SES_CONFIGURATION_SET => "rollcall",
        environment::RATE_LIMITS => "commands=1200/60,queries=6000/60,shut-offs=1200/60",
        "RUST_LOG" => "warn",
        _ => "http://127.0.0.1:9",
    }
}

fn binary(name: &str) -> &'static str {
    match name {
        "command-api" => env!("CARGO_BIN_EXE_command-api"),
        "query-api" => env!("CARGO_BIN_EXE_query-api"),
        "operator-api" => env!("CARGO_BIN_EXE_operator-api"),
        "projector" => env!("CARGO_BIN_EXE_projector"),
        "dispatcher" => env!("CARGO_BIN_EXE_dispatcher"),
        "worker" => env!("CARGO_BIN_EXE_worker"),
        "watchdog" => env!("CARGO_BIN_EXE_watchdog"),
        "replayer" => env!("CARGO_BIN_EXE_replayer"),
        "importer" => env!("CARGO_BIN_EXE_importer"),
        "courier" => env!("CARGO_BIN_EXE_courier"),
        other => panic!("the template runs {other}, which is no binary"),
    }
}

/// What the function said before it ended; `None` if it goes on and on.
async fn run(function: Function<'_>, without: Option<&str>) -> Option<Output> {
    let variables = function.variables().into_iter().filter(|name| Some(*name) != without);
    let mut command = on_lambda(binary(function.binary()), NOBODY);
    command
        .envs(variables.map(|name| (name, value(name))))
        .env("AWS_ENDPOINT_URL", format!("http://{NOBODY}"));
    timeout(Duration::from_secs(10), command.output())
        .await
        .ok()
        .map(|output| output.expect("the binary was built"))
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[tokio::test]
async fn every_function_has_all_the_settings_that_it_reads() {
    for function in Template::deployed().functions() {
        if let Some(output) = run(function, None).await {
            let said = said(&output);
            assert!(!said.contains("environment variable"), "{}: {said}", function.id);
        }
    }
}

#[tokio::test]
async fn no_function_has_a_setting_that_it_does_not_read() {
    for function in Template::deployed().functions() {
        for variable in function.variables() {
            if environment::OPTIONAL.contains(&variable) {
                continue;
            }
            let output = run(function, Some(variable)).await;
            let said = output.as_ref().map(said).unwrap_or_default();
            assert!(said.contains(variable), "{} does without {variable}: {said}", function.id);
        }
    }
}
