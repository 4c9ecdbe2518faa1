//! The one way in which commands are given to the API and their answers are shown.

use serde_json::{Value, json};

use crate::{
    Failure,
    api::{Answer, Api, Request},
    arguments::Giving,
    show,
};

/// Sends a command, or only tries it. `on` is the id or name of what it is for, `shown` shows people the
/// state that it leaves behind.
pub(super) fn give(
    giving: &Giving,
    on: &str,
    command: Request,
    shown: impl FnOnce(&Value) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let command = if giving.dry_run { command.query("dryRun", "true") } else { command };
    match Api::of(&giving.backend)?.send(command)? {
        Answer { body: None, version } if giving.backend.json => {
            show::json(&json!({ "id": on, "version": version }))
        }
        Answer { body: Some(body), .. } if giving.backend.json => show::json(&body),
        Answer { body: None, version } => done(on, version),
        Answer { body: Some(body), .. } if giving.dry_run => would_be_recorded(&body),
        Answer { body: Some(body), .. } => shown(&body),
    }
}

fn done(on: &str, version: Option<u64>) -> Result<(), Failure> {
    let version = version.map_or_else(|| "?".into(), |version| version.to_string());
    show::line(&format!("Done: {} is at version {version}.", show::plain(on)))
}

fn would_be_recorded(preview: &Value) -> Result<(), Failure> {
    match show::list(&preview["events"]) {
        [] => show::line("Nothing would be recorded."),
        events => show::fields(&[("TYPE", "type"), ("DATA", "data")], events),
    }
}
