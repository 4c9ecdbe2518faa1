//! Keys of a data folder, changed between two runs of its backend.

use crate::rollcall::{Backend, Client, Home, rollcall};

#[test]
fn links_and_cursors_outlive_the_rotation_of_their_keys() {
    let home = Home::new();
    let backend = Backend::start(&home);
    let id = home.create_user("alice", &[]);
    for user in [&id, &home.create_user("bob", &[])] {
        home.wait_for_status(user, "pending_confirmation");
    }
    let next = || home.json(&["user", "list", "--limit", "1"])["next"].as_str().unwrap().to_owned();
    let cursor = next();
    home.refused(&["keys", "rotate", "confirmation"], "rollcall: another `rollcall dev` uses ");
    assert_eq!(backend.terminate().0.code(), Some(0));

    for key in ["confirmation", "cursor", "webhook"] {
        home.text(&["keys", "rotate", key]);
        home.refused(&["keys", "rotate", key], "rollcall: a rotation is under way");
    }
    let backend = Backend::start(&home);
    home.text(&["user", "list", "--cursor", &cursor]);
    let later = next();
    let link = home.mails().into_iter().find(|mail| mail.user == id).unwrap();
    let body = format!(r#"{{"token":"{}"}}"#, link.token());
    assert_eq!(Client::new(backend.url(), "").post("/v1/confirmations", "click", &body).unwrap().0, 200);
    home.wait_for_status(&id, "active");
    assert_eq!(backend.terminate().0.code(), Some(0));

    for key in ["confirmation", "cursor", "webhook"] {
        home.text(&["keys", "drop-previous", key]);
        home.refused(&["keys", "drop-previous", key], "rollcall: no rotation is under way");
    }
    let _backend = Backend::start(&home);
    home.text(&["user", "list", "--cursor", &later]);
    home.refused(&["user", "list", "--cursor", &cursor], "rollcall: 400 invalid-parameter");
}

#[test]
fn callers_tokens_outlive_the_rotation_of_their_issuers_key_until_it_is_dropped() {
    let home = Home::new();
    let backend = Backend::start(&home);
    let port = backend.port;
    let old = home.text(&["token", "--role", "owner"]);
    let status = |token: &str| {
        let client = Client::new(format!("http://127.0.0.1:{port}"), token.trim());
        client.get("/v1/users").unwrap().0
    };
    assert_eq!(backend.terminate().0.code(), Some(0));

    home.text(&["keys", "rotate", "issuer"]);
    let backend = Backend::start_at(port, &home);
    let new = home.text(&["token", "--role", "owner"]);
    assert_eq!((status(&old), status(&new)), (200, 200));
    assert_eq!(backend.terminate().0.code(), Some(0));

    home.text(&["keys", "drop-previous", "issuer"]);
    let _backend = Backend::start_at(port, &home);
    assert_eq!((status(&old), status(&new)), (401, 200));
    home.text(&["user", "list"]);
}

#[test]
fn a_new_key_is_32_bytes_and_another_one_each_time() {
    let new = || {
        let said = rollcall().args(["keys", "new"]).output().unwrap();
        String::from_utf8(said.stdout).unwrap()
    };
    let first = new();
    assert_eq!(first.len(), 45, "{first}");
    assert_ne!(first, new());
}
