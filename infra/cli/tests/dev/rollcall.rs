//! The binary under test: a data folder, the backend that runs on it, and commands given to both.

mod backend;
mod client;
mod mails;
mod quiet;

use std::{
    path::Path,
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

pub(crate) use backend::Backend;
pub(crate) use client::Client;
pub(crate) use mails::Mail;
pub(crate) use quiet::Quiet;

/// A data folder of one test.
pub(crate) struct Home(TempDir);

impl Home {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// An empty one with the secrets of another.
    pub(crate) fn with_secrets_of(other: &Self) -> Self {
        let home = Self::new();
        std::fs::copy(other.folder().join("secrets.json"), home.folder().join("secrets.json")).unwrap();
        home
    }

    pub(crate) fn folder(&self) -> &Path {
        self.0.path()
    }

    /// Runs `rollcall {arguments} --data {folder}` to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        let output = rollcall().args(arguments).arg("--data").arg(self.folder()).output().unwrap();
        Said::from(output)
    }

    /// The path of a file in the folder.
    pub(crate) fn file(&self, name: &str) -> String {
        self.folder().join(name).to_str().unwrap().to_owned()
    }

    /// Runs a command that is refused with these words.
    pub(crate) fn refused(&self, arguments: &[&str], said: &str) {
        let refused = self.run(arguments);
        assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""), "{arguments:?}");
        assert!(refused.stderr.starts_with(said), "{arguments:?}: {}", refused.stderr);
    }

    /// What a command prints when all goes well.
    pub(crate) fn text(&self, arguments: &[&str]) -> String {
        let said = self.run(arguments);
        assert_eq!(said.code, Some(0), "{arguments:?}: {}", said.stderr);
        said.stdout
    }

    /// What it prints with `--json`.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.text(&[arguments, &["--json"]].concat())).unwrap()
    }

    /// What has happened to a user, event by event.
    pub(crate) fn events(&self, id: &str) -> Vec<Value> {
        let lines = self.text(&["events", "show", id, "--json"]);
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The confirmations that were sent, oldest first.
    pub(crate) fn mails(&self) -> Vec<Mail> {
        mails::in_folder(&self.folder().join("outbox"))
    }

    /// Creates a user with these roles; answers the id.
    pub(crate) fn create_user(&self, name: &str, roles: &[&str]) -> String {
        let email = format!("{name}@example.com");
        let mut arguments =
            vec!["user", "create", "--user-name", name, "--display-name", name, "--email", &email];
        arguments.extend(roles.iter().flat_map(|role| ["--role", role]));
        self.json(&arguments)["id"].as_str().unwrap().to_owned()
    }

    /// Waits until a user's status is this one; answers what `user show` says then.
    pub(crate) fn wait_for_status(&self, id: &str, status: &str) -> Value {
        wait_for(&format!("{id} to be {status}"), || {
            Some(self.json(&["user", "show", id])).filter(|shown| {
                shown["provisioning"]["status"] == status && shown["user"]["status"] == status
            })
        })
    }
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// The binary, free of what this process' environment would tell it.
pub(crate) fn rollcall() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rollcall"));
    for variable in [
        "ROLLCALL_DATA",
        "ROLLCALL_API",
        "ROLLCALL_TOKEN",
        "ROLLCALL_ISSUER",
        "ROLLCALL_AUDIENCE",
        "RUST_LOG",
    ] {
        command.env_remove(variable);
    }
    command.stdin(Stdio::null());
    command
}

/// Far more than anything takes; a step that was under way in a killed process takes a minute.
const PATIENCE: Duration = Duration::from_secs(180);

/// Asks until there is an answer.
pub(crate) fn wait_for<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        pause();
    }
}

#[expect(clippy::disallowed_methods, reason = "another process is waited for, and it does not call back")]
fn pause() {
    std::thread::sleep(Duration::from_millis(50));
}

#[expect(clippy::disallowed_methods, reason = "a load comes at its pace, whatever becomes of it")]
pub(crate) fn sleep_until(due: Instant) {
    std::thread::sleep(due.saturating_duration_since(Instant::now()));
}
