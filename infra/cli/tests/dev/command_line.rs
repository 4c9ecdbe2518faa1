//! The operator's commands: what they print, and how they end.

use serde_json::{Value, json};

use crate::rollcall::{Backend, Home};

#[test]
fn a_user_goes_from_created_to_shut_off_and_back() {
    let home = Home::new();
    let _backend = Backend::start(&home);
    for role in ["engineer", "oncall"] {
        let created = home.json(&["role", "create", role]);
        assert_eq!((&created["name"], &created["version"]), (&json!(role), &json!(1)));
    }
    let id = home.create_user("alice", &["engineer", "oncall"]);

    let shown = home.wait_for_status(&id, "pending_confirmation");
    assert_eq!(shown["user"]["userName"], "alice");
    assert_eq!(
        steps(&shown),
        ["link_role:engineer succeeded", "link_role:oncall succeeded", "send_confirmation succeeded"]
    );
    let off = home.json(&["user", "deactivate", &id, "--reason", "security"]);
    assert_eq!((&off["id"], &off["status"]), (&json!(id), &json!("inactive")));
    home.wait_for_status(&id, "inactive");
    let back = home.json(&["user", "reactivate", &id]);
    assert_eq!((&back["id"], &back["status"]), (&json!(id), &json!("provisioning")));
    home.wait_for_status(&id, "pending_confirmation");
    assert_eq!(home.mails().iter().map(|mail| mail.user.as_str()).collect::<Vec<_>>(), [&id, &id]);
    assert_ne!(home.mails()[0].link, home.mails()[1].link);
}

fn steps(shown: &Value) -> Vec<String> {
    let steps = shown["provisioning"]["steps"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    steps.map(|step| format!("{} {}", text(&step["step"]), text(&step["state"]))).collect()
}

#[test]
fn lists_show_what_was_created() {
    let home = Home::new();
    let _backend = Backend::start(&home);
    home.text(&["role", "create", "engineer"]);
    let id = home.create_user("alice", &["engineer"]);
    home.wait_for_status(&id, "pending_confirmation");

    assert_eq!(home.json(&["role", "list"])["items"][0]["name"], "engineer");
    for filter in [vec![], vec!["--role", "engineer"], vec!["--status", "pending_confirmation"]] {
        let users = home.json(&[vec!["user", "list"], filter].concat());
        assert_eq!((&users["items"][0]["id"], &users["next"]), (&json!(id), &Value::Null));
    }
    assert_eq!(home.json(&["user", "list", "--status", "active"])["items"], json!([]));
    for filter in [["--email", "Alice@example.com"], ["--search", "ali"], ["--sort", "-userName"]] {
        let users = home.json(&[&["user", "list"][..], &filter].concat());
        assert_eq!((&users["items"][0]["id"], &users["next"]), (&json!(id), &Value::Null), "{filter:?}");
    }
    let summary = home.json(&["user", "summary"]);
    assert_eq!((&summary["total"], &summary["byStatus"]["pending_confirmation"]), (&json!(1), &json!(1)));
    assert!(home.text(&["user", "summary"]).contains("pending_confirmation  1"));
}

#[test]
fn tables_are_for_people() {
    let home = Home::new();
    let _backend = Backend::start(&home);
    home.text(&["role", "create", "engineer"]);
    let id = home.create_user("alice", &["engineer"]);
    home.wait_for_status(&id, "pending_confirmation");

    let list = home.text(&["user", "list"]);
    assert!(list.starts_with("ID "), "{list}");
    assert!(list.contains(&format!("\n{id}  pending_confirmation  alice ")), "{list}");
    let shown = home.text(&["user", "show", &id]);
    assert!(shown.contains("\nSTEP ") && shown.contains("\nsend_confirmation   succeeded"), "{shown}");
    let events = home.text(&["events", "show", &id]);
    assert!(events.starts_with("EVENT  COMMIT  AT (UTC) "), "{events}");
    assert!(events.contains("  user.created "), "{events}");
    let roles = home.text(&["role", "list"]);
    assert!(roles.starts_with("ROLE ") && roles.contains("\nengineer "), "{roles}");
}

#[test]
fn events_tell_who_did_what_commit_by_commit() {
    let home = Home::new();
    let _backend = Backend::start(&home);
    let id = home.create_user("alice", &[]);
    home.wait_for_status(&id, "pending_confirmation");
    home.text(&["user", "deactivate", &id]);

    let told: Vec<String> = home.events(&id).iter().map(line).collect();
    let expected = [
        "1 1 user:rollcall-cli user.created",
        "2 1 user:rollcall-cli provisioning.started",
        "3 2 system:worker confirmation.issued",
        "4 3 system:worker provisioning.step_succeeded",
        "5 3 system:worker confirmation.sent",
        "6 3 system:worker user.provisioned",
        "7 4 user:rollcall-cli user.deactivated",
        "8 4 user:rollcall-cli provisioning.stopped",
        "9 4 user:rollcall-cli confirmation.revoked",
    ];
    assert_eq!(told, expected);
}

fn line(event: &Value) -> String {
    let text = |name: &str| event[name].as_str().unwrap().to_owned();
    format!("{} {} {} {}", event["sequence"], event["commit"], text("actor"), text("type"))
}

#[test]
fn one_key_creates_one_user() {
    let home = Home::new();
    let _backend = Backend::start(&home);
    let arguments = ["user", "create", "--user-name", "alice", "--display-name", "Alice"];
    let create = [&arguments[..], &["--email", "alice@example.com", "--key", "k1"]].concat();
    let ids =
        [home.json(&create), home.json(&create)].map(|created| created["id"].as_str().unwrap().to_owned());
    assert_eq!(ids[0], ids[1]);
    home.wait_for_status(&ids[0], "pending_confirmation");
    assert_eq!(home.json(&["user", "list"])["items"].as_array().unwrap().len(), 1);
}

#[test]
fn who_waits_for_a_creation_is_shown_a_provisioned_user() {
    let home = Home::new();
    let _backend = Backend::start(&home);
    let arguments = ["user", "create", "--user-name", "alice", "--display-name", "Alice"];
    let create = [&arguments[..], &["--email", "alice@example.com", "--wait", "20"]].concat();
    assert_eq!(home.json(&create)["status"], "pending_confirmation");
}

#[test]
fn what_the_backend_refuses_is_said_and_ends_with_1() {
    let home = Home::new();
    let _backend = Backend::start(&home);
    let nobody = "00000000-0000-0000-0000-000000000000";
    for (arguments, said) in [
        (vec!["user", "show", nobody], "rollcall: 404 user-unknown: "),
        (vec!["role", "create", "Not A Role"], "rollcall: 422 invalid-value: "),
        (vec!["user", "list", "--status", "asleep"], "rollcall: 400 invalid-parameter: "),
        (vec!["user", "list", "--token", "forged"], "rollcall: 401 unauthenticated: "),
        (vec!["events", "show", nobody], "rollcall: there is no user 00000000-"),
    ] {
        let refused = home.run(&arguments);
        assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""), "{arguments:?}");
        assert!(refused.stderr.starts_with(said), "{arguments:?}: {}", refused.stderr);
    }
}

#[test]
fn without_a_backend_commands_say_how_to_start_one() {
    let home = Home::new();
    for arguments in [&["user", "list"][..], &["role", "list"], &["events", "show", "u-1"]] {
        let refused = home.run(arguments);
        assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""), "{arguments:?}");
        assert!(refused.stderr.contains("start it with `rollcall dev --data "), "{}", refused.stderr);
    }
}

#[test]
fn a_backend_that_has_ended_does_not_answer() {
    let home = Home::new();
    Backend::start(&home).kill();
    let refused = home.run(&["user", "list"]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("is `rollcall dev` running?"), "{}", refused.stderr);
}

#[test]
fn what_is_no_argument_ends_with_2() {
    let home = Home::new();
    for arguments in [
        &["frobnicate"][..],
        &["user", "list", "--frobnicate"],
        &["dev", "--port", "lots"],
        &["token"],
        &["token", "--role", "emperor"],
        &["token", "--role", "owner", "--tenant", "Not A Tenant"],
    ] {
        let refused = home.run(arguments);
        assert_eq!((refused.code, refused.stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(refused.stderr.contains("error: "), "{arguments:?}: {}", refused.stderr);
    }
}

#[test]
fn a_token_stands_alone_on_standard_output() {
    let home = Home::new();
    // A token names its issuer, which is where the backend is, or was.
    Backend::start(&home).kill();
    let said = home.run(&["token", "--role", "owner"]);
    assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""));
    let token = said.stdout.strip_suffix('\n').unwrap();
    let is_base64url = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    assert!(token.split('.').all(|part| !part.is_empty() && part.chars().all(is_base64url)), "{token}");
    assert_eq!(token.split('.').count(), 3);
}
