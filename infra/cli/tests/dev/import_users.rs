//! An administrator creates many users from a file.

use std::fs;

use serde_json::{Value, json};

use crate::rollcall::{Backend, Home};

fn user_names(home: &Home) -> Vec<String> {
    let listed = home.json(&["user", "list", "--sort", "userName"]);
    let users = listed["items"].as_array().unwrap().iter();
    users.map(|user| user["userName"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_file_is_tried_then_imported_and_followed_to_its_end() {
    let home = Home::new();
    let _backend = Backend::start(&home);
    let path = home.file("people.csv");
    fs::write(&path, "userName,displayName,email\nann,Ann,ann@example.com\nbob,Bob,bob@example.com\n")
        .unwrap();
    let tried = home.text(&["import", "users", &path, "--dry-run"]);
    assert!(tried.contains("\nwould_be_created  2\n"), "{tried}");
    assert_eq!(user_names(&home), Vec::<String>::new());

    let said = home.text(&["import", "users", &path, "--key", "k"]);
    assert!(
        said.contains(" has 2 rows.\n") && said.contains("\ndone  2 of 2 rows, 0 without a user"),
        "{said}"
    );
    let id = said.split(' ').next().unwrap();
    let shown = home.json(&["import", "show", id]);
    assert_eq!((&shown["state"], &shown["counts"]["created"]), (&json!("done"), &json!(2)), "{shown}");
    home.text(&["import", "users", &path, "--key", "k"]);
    let rows = home.json(&["import", "rows", id, "--limit", "1"]);
    assert_eq!(rows["items"][0]["verdict"], "created");
    assert!(rows["next"].is_string());
    let listed = home.text(&["import", "list"]);
    assert_eq!(listed.lines().count(), 3, "{listed}");
    home.refused(&["import", "cancel", id], "rollcall: 409 import-over");
    home.wait_for_status(rows["items"][0]["userId"].as_str().unwrap(), "pending_confirmation");
    assert_eq!(user_names(&home), ["ann", "bob"]);
}

#[test]
fn rows_without_a_user_are_shown_and_end_with_1() {
    let home = Home::new();
    let _backend = Backend::start(&home);
    let path = home.file("people.ndjson");
    let row = |name: &str, role: &str| json!({ "userName": name, "displayName": name, "email": format!("{name}@example.com"), "roles": [role] });
    let rows: [Value; 3] = [row("ann", "pilot"), json!({ "userName": "bob" }), row("cleo", "pilot")];
    fs::write(&path, rows.map(|row| row.to_string()).join("\n")).unwrap();
    let said = home.run(&["import", "users", &path]);
    assert_eq!(said.code, Some(1));
    assert_eq!(said.stderr, "rollcall: 3 of 3 rows did not come to a user\n");
    assert!(said.stdout.contains("role-unknown") && said.stdout.contains("invalid-body"), "{}", said.stdout);

    let said = home.run(&["import", "users", &path, "--rate", "1", "--no-wait", "--json"]);
    let import: Value = serde_json::from_str(&said.stdout).unwrap();
    let id = import["id"].as_str().unwrap();
    let cancelled = home.json(&["import", "cancel", id]);
    assert!(["cancelling", "cancelled"].contains(&cancelled["state"].as_str().unwrap()), "{cancelled}");
    let said = home.run(&["import", "watch", id]);
    assert_eq!(said.code, Some(1), "{}", said.stderr);

    let other = home.file("people.txt");
    fs::copy(&path, &other).unwrap();
    home.refused(&["import", "users", &other], &format!("rollcall: {other}: say what it holds"));
    home.refused(&["import", "users", &path, "--csv"], "rollcall: 400 invalid-import");
    home.refused(&["import", "users", &home.file("nothing.csv")], "rollcall: ");
}
