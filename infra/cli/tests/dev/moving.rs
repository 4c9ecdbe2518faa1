//! A store that moves: what was there is there, and work goes on.

use std::{collections::BTreeSet, fs};

use serde_json::{Value, json};

use crate::rollcall::{Backend, Home, Quiet, wait_for};

/// Users in every situation, roles, one of them retired, settings, and a second tenant.
pub(crate) fn lived_in() -> (Home, Quiet) {
    let home = Home::new();
    let backend = Backend::start(&home);
    home.text(&["role", "create", "admin", "--grants", "owner"]);
    for role in ["engineer", "oncall"] {
        home.text(&["role", "create", role]);
    }
    home.text(&["settings", "set", "--confirmation-lifetime-hours", "24"]);
    home.text(&["settings", "set", "--confirmation-lifetime-hours", "48"]);
    home.active_user(&backend, "alice", &["admin", "engineer"]);

    let bob = home.active_user(&backend, "bob", &["engineer"]);
    home.text(&["user", "deactivate", &bob]);
    home.wait_for_status(&bob, "inactive");

    let carol = home.active_user(&backend, "carol", &["oncall"]);
    home.text(&["user", "delete", &carol]);

    let dave = home.active_user(&backend, "dave", &[]);
    let mails = home.mails().len();
    home.text(&["user", "email", &dave, "carol@example.com"]);
    wait_for("the mail to the new address", || (home.mails().len() > mails).then_some(()));
    home.confirm(&backend);
    for n in 0..6 {
        home.text(&["user", "rename", &dave, "--display-name", &format!("Dave the {n}th")]);
    }
    home.text(&["role", "retire", "oncall"]);

    let globex = ["--tenant", "globex"];
    let create =
        ["user", "create", "--user-name", "alice", "--display-name", "A", "--email", "alice@example.com"];
    home.text(&[&create[..], &globex].concat());
    let erin = home.create_user("erin", &["engineer"]);
    home.wait_for_status(&erin, "pending_confirmation");
    // Whoever reports a step after its mail has done so when the backend has ended.
    wait_for("all mails", || (home.mails().len() == 7).then_some(()));
    let quiet = Quiet::after(backend, &home);
    (home, quiet)
}

/// The lines of an export, sorted.
pub(crate) fn sorted(export: &str) -> Vec<&str> {
    let mut lines: Vec<_> = export.lines().collect();
    lines.sort_unstable();
    lines
}

#[test]
fn a_moved_store_is_the_same_and_commands_go_on() {
    let (old, quiet) = lived_in();
    let file = old.file("export.ndjson");
    old.text(&["events", "export", "--out", &file]);

    let new = Home::with_secrets_of(&old);
    let moved = Quiet::on(&new);
    let said = new.text(&["events", "import", &file]);
    assert!(said.contains(" commits were written, 0 were there already; 10 streams are imported."), "{said}");
    moved.items().must_equal(&quiet.items());
    assert!(moved.items().snapshots() > 0);
    let again = new.text(&["events", "export"]);
    assert_eq!(sorted(&again), sorted(&fs::read_to_string(&file).unwrap()));
    drop(moved);

    let backend = Backend::start(&new);
    let names = |home: &Home| {
        let page = home.json(&["user", "list"]);
        let users = page["items"].as_array().unwrap().clone();
        let mut users: Vec<_> = users
            .iter()
            .map(|user| format!("{} {} {}", user["id"], user["userName"], user["status"]))
            .collect();
        users.sort();
        users
    };
    wait_for("the views", || (names(&new).len() == 4).then_some(()));
    let id = |name: &str| {
        let page = new.json(&["user", "list"]);
        let users = page["items"].as_array().unwrap().clone();
        users.iter().find(|user| user["userName"] == name).unwrap()["id"].as_str().unwrap().to_owned()
    };
    for (name, status) in
        [("alice", "active"), ("bob", "inactive"), ("dave", "active"), ("erin", "pending_confirmation")]
    {
        new.wait_for_status(&id(name), status);
    }
    let said = new.text(&["events", "import", &file]);
    assert!(said.starts_with("0 commits were written, "), "{said}");
    // A value that was given back can be taken, one that is held cannot, the last owner stays.
    let create = |name: &str, email: &str| {
        new.run(&["user", "create", "--user-name", name, "--display-name", name, "--email", email])
    };
    assert!(create("frank", "carol@example.com").stderr.contains("409 email-taken"));
    assert_eq!(create("carol", "dave@example.com").code, Some(0));
    new.refused(&["user", "delete", &id("alice")], "rollcall: 409 last-owner: ");
    assert_eq!(new.json(&["settings", "show"])["version"], json!(2));

    // Nobody got a second mail, and the link that erin got from the old backend works.
    let zoe = new.create_user("zoe", &["engineer"]);
    new.wait_for_status(&zoe, "pending_confirmation");
    wait_for("carol's mail", || (new.mails().len() == 2).then_some(()));
    let erin = id("erin");
    let link = old.mails().into_iter().find(|mail| mail.user == erin).unwrap();
    let body = json!({ "token": link.token() }).to_string();
    let client = crate::rollcall::Client::new(backend.url(), "");
    assert_eq!(client.post("/v1/confirmations", "erin", &body).unwrap().0, 200);
    new.wait_for_status(&erin, "active");

    // The steps were sent out again. What that adds to those who moved is, at most, that a result came late.
    let (before, after) = (fs::read_to_string(&file).unwrap(), new.text(&["events", "export"]));
    let before: BTreeSet<&str> = before.lines().collect();
    let added = after.lines().filter(|line| !before.contains(line));
    let added = added.map(|line| serde_json::from_str::<Value>(line).unwrap());
    let added: BTreeSet<String> = added
        .filter(|event| before.iter().any(|line| line.contains(&event["subject"].to_string())))
        .map(|event| event["type"].as_str().unwrap().to_owned())
        .collect();
    let expected = ["provisioning.step_result_ignored", "user.email_confirmed"].map(str::to_owned);
    assert!(added.is_subset(&expected.into()), "{added:?}");
}

#[test]
fn a_command_that_was_given_to_the_old_store_is_known_to_the_new_one() {
    let old = Home::new();
    let backend = Backend::start(&old);
    let create = ["user", "create", "--user-name", "alice", "--display-name", "Alice"];
    let create = [&create[..], &["--email", "alice@example.com", "--key", "k1"]].concat();
    let id = old.json(&create)["id"].as_str().unwrap().to_owned();
    old.wait_for_status(&id, "pending_confirmation");
    let _quiet = Quiet::after(backend, &old);
    old.text(&["events", "export", "--out", &old.file("export.ndjson")]);

    let new = Home::with_secrets_of(&old);
    let moved = Quiet::on(&new);
    new.text(&["events", "import", &old.file("export.ndjson")]);
    drop(moved);
    let _backend = Backend::start(&new);
    assert_eq!(new.json(&create)["id"], json!(id));
    let other = [&create[..], &["--role", "nobody"]].concat();
    assert_eq!(new.run(&other).code, Some(1));
    wait_for("the view", || {
        (new.json(&["user", "list"])["items"].as_array().unwrap().len() == 1).then_some(())
    });
}
