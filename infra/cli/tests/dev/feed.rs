//! The feed, as the command line reads it.

use serde_json::Value;

use crate::rollcall::{Backend, Home, wait_for};

/// The lines of the feed, and the cursor after them.
fn read(home: &Home, more: &[&str]) -> (Vec<Value>, String) {
    let said = home.run(&[&["feed", "--json"], more].concat());
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let cursor = said.stderr.trim().strip_prefix("More: --after ").unwrap().to_owned();
    (said.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), cursor)
}

#[test]
fn what_happened_is_read_and_read_on() {
    let home = Home::new();
    let _backend = Backend::start(&home);
    home.text(&["role", "create", "engineer"]);
    let id = home.create_user("alice", &["engineer"]);
    home.wait_for_status(&id, "pending_confirmation");
    let (told, cursor) = wait_for("the feed to tell of the mail", || {
        Some(read(&home, &["--limit", "2"]))
            .filter(|(told, _)| told.iter().any(|one| one["type"] == "confirmation.sent"))
    });
    assert_eq!(told[0]["type"], "role.created");
    // The same events as an export has them.
    let export = home.text(&["events", "export", "--aggregate", "user"]);
    let exported: Vec<Value> = export.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let hers: Vec<&Value> = told.iter().filter(|one| one["subject"] == id.as_str()).collect();
    assert_eq!(hers, exported[..exported.len() - 1].iter().collect::<Vec<_>>());

    home.text(&["user", "deactivate", &id]);
    let on = || read(&home, &["--after", &cursor]).0;
    let news =
        wait_for("the feed to tell of the deactivation", || Some(on()).filter(|news| !news.is_empty()));
    assert_eq!(news[0]["type"], "user.deactivated");

    let line = home.text(&["feed", "--type", "user.created"]);
    assert!(line.trim_end().ends_with(&format!("  {id}@1  user.created  user:rollcall-cli")), "{line}");
    home.refused(
        &["feed", "--after", &cursor, "--type", "user.created"],
        "rollcall: 400 invalid-parameter: ",
    );
    home.refused(&["feed", "--type", "user.exploded"], "rollcall: 400 invalid-parameter: ");
}
