//! What an administrator does with the command line: what it shows, and how it ends.

use serde_json::{Value, json};

use crate::rollcall::{Backend, Client, Home, wait_for};

impl Home {
    /// Follows the link of the newest mail, as its reader does.
    pub(crate) fn confirm(&self, backend: &Backend) {
        let token = self.mails().last().unwrap().token().to_owned();
        let body = json!({ "token": token }).to_string();
        let (status, answer) =
            Client::new(backend.url(), "").post("/v1/confirmations", &token, &body).unwrap();
        assert_eq!(status, 200, "{answer}");
    }

    pub(crate) fn active_user(&self, backend: &Backend, name: &str, roles: &[&str]) -> String {
        let id = self.create_user(name, roles);
        self.wait_for_status(&id, "pending_confirmation");
        self.confirm(backend);
        self.wait_for_status(&id, "active");
        id
    }

    /// Waits until `user show` says this of a field; answers what it says to people.
    fn wait_for_field(&self, id: &str, field: &str, value: &Value) -> String {
        wait_for(&format!("{field} to be {value}"), || {
            (self.json(&["user", "show", id])["user"][field] == *value).then_some(())
        });
        self.text(&["user", "show", id])
    }
}

#[test]
fn roles_say_what_they_make_of_their_holders_until_they_are_retired() {
    let home = Home::new();
    let _backend = Backend::start(&home);
    let create = ["role", "create", "admin", "--grants", "owner,user_admin", "--privileged"];
    let admin = json!({
        "name": "admin", "version": 1, "grants": ["owner", "user_admin"], "privileged": true, "retired": false,
    });
    assert_eq!(home.json(&create), admin);
    assert_eq!(
        home.text(&["role", "create", "engineer"]),
        "ROLE      GRANTS  PRIVILEGED  RETIRED  VERSION\nengineer  -       false       false    1\n"
    );
    assert_eq!(
        home.text(&["role", "retire", "engineer"]),
        "ROLE      GRANTS  PRIVILEGED  RETIRED  VERSION\nengineer  -       false       true     2\n"
    );
    wait_for("the retired role in the list", || {
        let roles = home.json(&["role", "list"]);
        roles["items"].as_array().unwrap().iter().any(|role| role["retiredAt"].is_string()).then_some(())
    });
    let list = home.text(&["role", "list"]);
    assert!(list.starts_with("ROLE      GRANTS             PRIVILEGED  RETIRED "), "{list}");
    assert!(list.contains("\nadmin     owner, user_admin  true        - "), "{list}");
    assert!(list.contains("\nengineer  -                  false       20"), "{list}");
    home.refused(&["role", "retire", "nothing"], "rollcall: 404 no-such-role: ");
}

#[test]
fn an_owner_is_made_changed_and_kept() {
    let home = Home::new();
    let backend = Backend::start(&home);
    home.text(&["role", "create", "admin", "--grants", "owner"]);
    let id = home.active_user(&backend, "alice", &["admin"]);

    let token = home.text(&["token", "--role", "owner", "--subject", &id]);
    home.text(&["user", "list", "--token", token.trim()]);
    home.refused(&["user", "deactivate", &id, "--token", token.trim()], "rollcall: 403 self-change: ");
    home.refused(&["user", "delete", &id], "rollcall: 409 last-owner: ");

    let renamed = home.text(&["user", "rename", &id, "--display-name", "Alice Liddell"]);
    assert!(renamed.starts_with("ID ") && renamed.contains(&format!("\n{id}  active  ")), "{renamed}");
    let shown = home.wait_for_field(&id, "displayName", &json!("Alice Liddell"));
    assert!(shown.contains("\nuserName     alice\n"), "{shown}");
    assert!(!shown.contains("pendingEmail") && !shown.contains("expiresAt"), "{shown}");

    home.text(&["user", "email", &id, "alice@example.org"]);
    let shown = home.wait_for_field(&id, "pendingEmail", &json!("alice@example.org"));
    assert!(
        shown.contains("\nemail         alice@example.com\npendingEmail  alice@example.org\n"),
        "{shown}"
    );
    wait_for("the mail to the new address", || (home.mails().len() == 2).then_some(()));
    home.confirm(&backend);
    home.wait_for_field(&id, "email", &json!("alice@example.org"));
}

#[test]
fn roles_and_the_last_day_of_a_user_can_be_changed() {
    let home = Home::new();
    let backend = Backend::start(&home);
    home.text(&["role", "create", "engineer"]);
    let id = home.active_user(&backend, "bob", &[]);

    let granted = home.text(&["user", "grant", &id, "engineer"]);
    assert!(granted.starts_with(&format!("Done: {id} is at version ")), "{granted}");
    home.wait_for_field(&id, "roles", &json!(["engineer"]));
    let revoked = home.json(&["user", "revoke", &id, "engineer"]);
    assert_eq!(revoked, json!({ "id": id, "version": home.events(&id).last().unwrap()["commit"] }));
    home.wait_for_field(&id, "roles", &json!([]));
    home.refused(&["user", "grant", &id, "nothing"], "rollcall: 422 role-unknown: ");

    home.text(&["user", "expire", &id, "2099-01-31"]);
    let shown = home.wait_for_field(&id, "expiresAt", &json!("2099-01-31T00:00:00Z"));
    assert!(shown.contains("\nexpiresAt    2099-01-31T00:00:00Z\n"), "{shown}");
    home.text(&["user", "expire", &id, "never"]);
    home.wait_for_field(&id, "expiresAt", &Value::Null);
    home.refused(&["user", "expire", &id, "2001-01-31"], "rollcall: 422 invalid-value: ");
}

#[test]
fn a_dry_run_shows_what_would_be_recorded_and_records_nothing() {
    let home = Home::new();
    let _backend = Backend::start(&home);
    let id = home.create_user("alice", &[]);
    home.wait_for_status(&id, "pending_confirmation");
    let before = home.events(&id);

    let deactivate = home.text(&["user", "deactivate", &id, "--reason", "security", "--dry-run"]);
    assert!(deactivate.starts_with("TYPE                  DATA\nuser.deactivated      {"), "{deactivate}");
    assert!(deactivate.contains("\nconfirmation.revoked  {\"confirmation\":1}\n"), "{deactivate}");
    let deleted = home.json(&["user", "delete", &id, "--dry-run"]);
    assert_eq!((&deleted["dryRun"], &deleted["status"]), (&json!(true), &json!("deleted")));
    let nothing = home.text(&["user", "reactivate", &id, "--dry-run"]);
    assert_eq!(nothing, "Nothing would be recorded.\n");
    assert_eq!(home.events(&id), before);

    let role = home.text(&["role", "create", "engineer", "--dry-run"]);
    assert!(role.contains("\nrole.created  {"), "{role}");
    let settings = home.text(&["settings", "set", "--confirmation-lifetime-hours", "24", "--dry-run"]);
    assert!(settings.contains("\ntenant.settings_changed  {"), "{settings}");
    assert_eq!(home.json(&["settings", "show"])["version"], 0);
}

#[test]
fn a_user_who_was_deleted_can_be_brought_back() {
    let home = Home::new();
    let backend = Backend::start(&home);
    let id = home.active_user(&backend, "alice", &[]);
    home.refused(&["user", "delete", &id, "--if-version", "1"], "rollcall: 412 version-mismatch: ");
    home.refused(&["user", "restore", &id], "rollcall: 409 user-not-deleted: ");

    let deleted = home.text(&["user", "delete", &id]);
    let version = home.events(&id).last().unwrap()["commit"].clone();
    assert_eq!(deleted, format!("Done: {id} is at version {version}.\n"));
    wait_for("the deletion in the list", || {
        let deleted = home.json(&["user", "list", "--status", "deleted"]);
        (deleted["items"][0]["id"] == id.as_str()).then_some(())
    });
    assert_eq!(home.json(&["user", "list"])["items"], json!([]));
    home.refused(&["user", "show", &id], "rollcall: 404 user-unknown: ");
    home.refused(&["user", "rename", &id, "--user-name", "bob"], "rollcall: 404 user-unknown: ");

    assert_eq!(home.json(&["user", "restore", &id])["status"], "inactive");
    home.text(&["user", "reactivate", &id]);
    home.wait_for_status(&id, "active");
}

#[test]
fn provisioning_is_sent_again_tried_again_and_cancelled_where_that_makes_sense() {
    let home = Home::new();
    let _backend = Backend::start(&home);
    let id = home.create_user("alice", &[]);
    home.wait_for_status(&id, "pending_confirmation");
    home.refused(&["user", "resend", &id], "rollcall: 429 resend-limit: ");
    home.refused(&["user", "retry", &id], "rollcall: 409 nothing-to-retry: ");
    let cancelled = home.text(&["user", "cancel", &id]);
    assert!(cancelled.contains(&format!("\n{id}  inactive  ")), "{cancelled}");
    home.wait_for_status(&id, "inactive");
}

#[test]
fn settings_are_changed_in_part_and_reset_as_a_whole() {
    let home = Home::new();
    let _backend = Backend::start(&home);
    let built_in = home.text(&["settings", "show"]);
    assert!(built_in.starts_with("SETTINGS\nconfirmationLifetimeHours  72\nversion                    0\n"));
    assert!(built_in.contains("\n\nTEMPLATE confirmation\nSubject: Confirm your e-mail address\n\nHello,\n"));

    let file = home.folder().join("welcome.txt");
    std::fs::write(&file, "Subject: Welcome, {display_name}\n\nThis way:\n\n\t{link}\n").unwrap();
    let template = format!("confirmation={}", file.display());
    let set = home.json(&["settings", "set", "--template", &template]);
    assert_eq!(set["templates"]["confirmation"]["subject"], "Welcome, {display_name}");
    let set = home.text(&["settings", "set", "--confirmation-lifetime-hours", "24"]);
    assert!(
        set.starts_with("SETTINGS\nconfirmationLifetimeHours  24\nversion                    2\n"),
        "{set}"
    );
    assert!(set.contains("\nSubject: Welcome, {display_name}\n\nThis way:\n\n\t{link}\n"), "{set}");

    let hours = ["settings", "set", "--confirmation-lifetime-hours"];
    home.refused(&[&hours[..], &["48", "--if-version", "1"]].concat(), "rollcall: 412 version-mismatch: ");
    home.refused(&[&hours[..], &["0"]].concat(), "rollcall: 422 invalid-value: ");

    let reset = home.text(&["settings", "set", "--reset"]);
    assert_eq!(reset, built_in.replace("version                    0", "version                    3"));
}

#[test]
fn a_file_that_is_no_template_is_named() {
    let home = Home::new();
    let _backend = Backend::start(&home);
    let (file, none) = (home.folder().join("welcome.txt"), home.folder().join("none.txt"));
    let set = |file: &std::path::Path, said: &str| {
        let template = format!("confirmation={}", file.display());
        home.refused(&["settings", "set", "--template", &template], said);
    };
    set(&none, &format!("rollcall: the template {} cannot be read: ", none.display()));
    std::fs::write(&file, "Hello, {display_name}!\n").unwrap();
    set(&file, &format!("rollcall: {} is no template: ", file.display()));
    std::fs::write(&file, "Subject: Welcome\n\nNo link here.\n").unwrap();
    set(&file, "rollcall: 422 invalid-value: /templates/confirmation: the text needs {link}");
}

#[test]
fn an_id_stays_an_id_whatever_is_in_it() {
    let home = Home::new();
    let _backend = Backend::start(&home);
    for id in ["../roles", "x?limit=1", "x#y", "a b", "100%", "\u{e9}"] {
        home.refused(&["user", "show", id], "rollcall: 404 user-unknown: ");
        home.refused(&["user", "delete", id], "rollcall: 404 user-unknown: ");
        home.refused(&["role", "retire", id], "rollcall: 404 no-such-role: ");
    }
}

#[test]
fn what_is_no_argument_of_a_command_ends_with_2() {
    let home = Home::new();
    for arguments in [
        &["user", "rename", "u-1"][..],
        &["user", "expire", "u-1", "tomorrow"],
        &["user", "delete", "u-1", "--if-version", "one"],
        &["user", "delete", ""],
        &["user", "revoke", "u-1", ".."],
        &["role", "create", "admin", "--grants", "owner,emperor"],
        &["settings", "set"],
        &["settings", "set", "--template", "goodbye=file.txt"],
        &["settings", "set", "--template", "file.txt"],
    ] {
        let refused = home.run(arguments);
        assert_eq!((refused.code, refused.stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(refused.stderr.contains("error: "), "{arguments:?}: {}", refused.stderr);
    }
}
