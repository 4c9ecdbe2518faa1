//! What was, and what is going on, as the command line shows it.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpStream,
};

use serde_json::json;

use crate::rollcall::{Backend, Home};

#[test]
fn a_user_can_be_watched_looked_back_at_and_asked_for_their_story() {
    let home = Home::new();
    let _backend = Backend::start(&home);
    home.text(&["role", "create", "engineer"]);
    let id = home.create_user("alice", &["engineer"]);
    let watched = home.text(&["user", "watch", &id]);
    let last = watched.lines().last().unwrap();
    assert!(last.contains("  pending_confirmation  link_role:engineer succeeded, "), "{watched}");
    let lines = home.text(&["user", "watch", &id, "--json"]);
    assert_eq!(lines.lines().count(), 1, "what has come to rest is said once: {lines}");

    home.text(&["user", "deactivate", &id]);
    let then = home.json(&["user", "show", &id, "--version", "1"]);
    assert_eq!(
        (&then["user"]["status"], &then["provisioning"]["process"]),
        (&json!("provisioning"), &json!("accepted"))
    );
    let now = home.json(&["user", "show", &id, "--at", "2099-01-01T00:00:00+02:00"]);
    assert_eq!(now["user"]["status"], "inactive");
    for (when, said) in [
        (["--version", "99"], "404 version-unknown: The newest version is "),
        (["--version", "0"], "400 invalid-parameter: "),
        (["--at", "2001-01-01T00:00:00Z"], "404 not-created-yet: The user exists since "),
        (["--at", "noon"], "400 invalid-parameter: "),
    ] {
        let refused = home.run(&[&["user", "show", &id][..], &when].concat());
        assert_eq!(refused.code, Some(1), "{when:?}");
        assert!(refused.stderr.contains(said), "{when:?}: {}", refused.stderr);
    }
    let both = home.run(&["user", "show", &id, "--version", "1", "--at", "2099-01-01T00:00:00Z"]);
    assert_eq!(both.code, Some(2));

    let told = home.text(&["user", "timeline", &id, "--limit", "1"]);
    assert!(
        told.starts_with("AT ") && told.contains("  The user was shut off: somebody asked for it.  "),
        "{told}"
    );
    let cursor = told.lines().last().unwrap().strip_prefix("More: --cursor ").unwrap();
    let rest = home.json(&["user", "timeline", &id, "--cursor", cursor]);
    let first = rest["items"].as_array().unwrap().last().unwrap();
    assert_eq!((&first["type"], &first["actor"]), (&json!("user.created"), &json!("user:rollcall-cli")));
    let oldest = home.json(&["user", "timeline", &id, "--oldest-first", "--limit", "1"]);
    assert_eq!(oldest["items"][0], *first);
}

#[test]
fn who_waits_for_news_does_not_hold_up_the_end() {
    let home = Home::new();
    let backend = Backend::start(&home);
    let id = home.create_user("alice", &[]);
    let shown = home.wait_for_status(&id, "pending_confirmation");
    let token = home.text(&["token", "--role", "owner"]);
    let (mut waiting, port) = (TcpStream::connect(("127.0.0.1", backend.port)).unwrap(), backend.port);
    // One that is answered goes before, on the same connection, so that the other has been heard.
    let (token, version) = (token.trim(), &shown["provisioning"]["version"]);
    let ask = |rest: &str| {
        format!("GET {rest} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n")
    };
    let poll = ask(&format!("/v1/users/{id}/provisioning?wait=20"));
    waiting
        .write_all(format!("{}\r\n{poll}If-None-Match: \"{version}\"\r\n\r\n", ask("/healthz")).as_bytes())
        .unwrap();
    let mut answers = BufReader::new(waiting).lines().map(Result::unwrap);
    assert!(answers.any(|line| line.starts_with("HTTP/1.1 200 ")));
    let (status, _) = backend.terminate();
    assert_eq!(status.code(), Some(0));
    // It follows the first one's body, which ends without a new line.
    assert!(answers.any(|line| line.contains("HTTP/1.1 304 ")), "it was cut off, and not answered");
}
