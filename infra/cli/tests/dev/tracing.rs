//! The story of one request, as the command line tells it.

use serde_json::{Value, json};

use crate::rollcall::{Backend, Home, wait_for};

/// What happened, in order, without what may come anywhere between.
fn told(story: &Value) -> Vec<&str> {
    story["entries"].as_array().unwrap().iter().map(|entry| entry["what"].as_str().unwrap()).collect()
}

/// The correlation id of a user's creation: nobody sent one, so it is the request's.
fn correlation_id(home: &Home, id: &str) -> String {
    home.events(id)[0]["correlationId"].as_str().unwrap().to_owned()
}

#[test]
fn the_story_of_a_creation_is_told_from_events_and_logs() {
    let home = Home::new();
    let _backend = Backend::start(&home);
    home.text(&["role", "create", "engineer"]);
    let id = home.create_user("alice", &["engineer"]);
    home.wait_for_status(&id, "pending_confirmation");
    let correlation = correlation_id(&home, &id);

    // The last row is written before its line.
    let story = wait_for("the line of the last row", || {
        let story = home.json(&["trace", &correlation]);
        let last = home.events(&id).last().unwrap()["commit"].clone();
        let entries = story["entries"].as_array().unwrap();
        let is_last = |entry: &&Value| entry["what"] == "projected" && entry["commit"] == last;
        entries.iter().any(|entry| is_last(&entry)).then_some(story.clone())
    });
    assert_eq!(story["correlationId"], json!(correlation));
    let count = |what: &str| told(&story).iter().filter(|told| **told == what).count();
    assert_eq!(
        (count("request"), count("commit"), count("step sent"), count("step")),
        (1, 4, 2, 2),
        "{story:#}"
    );
    assert_eq!(count("command"), 4, "create, link, claim, sent");
    let entries = story["entries"].as_array().unwrap();
    let created = entries.iter().find(|entry| entry["what"] == "commit").unwrap();
    assert_eq!(created["details"]["events"], json!(["user.created", "provisioning.started"]));
    let claimed = entries.iter().any(|entry| entry["details"]["events"] == json!(["confirmation.issued"]));
    assert!(claimed, "{story:#}");
    assert!(entries.iter().all(|entry| entry["afterMs"].as_i64().unwrap() >= 0), "in the order of time");
    assert!(!story.to_string().contains("example.com"), "types of events only: {story:#}");

    let shown = home.text(&["trace", &correlation]);
    assert!(shown.starts_with("AT (UTC)") && shown.contains("user.created provisioning.started"), "{shown}");
    assert!(
        shown.lines().any(|line| line.contains("  step  ") && line.contains("outcome=succeeded")),
        "{shown}"
    );

    // Without the logs: from one stream, and from a scan of them all.
    let nothing = home.file("nothing.jsonl");
    std::fs::write(&nothing, "").unwrap();
    for narrowed in [&["--user", &id][..], &[]] {
        let arguments = [&["trace", &correlation, "--logs", &nothing][..], narrowed].concat();
        assert_eq!(told(&home.json(&arguments)), ["commit"; 4], "{narrowed:?}");
    }
}

#[test]
fn an_id_that_nobody_knows_and_logs_that_are_not_there_are_told_of() {
    let home = Home::new();
    let _backend = Backend::start(&home);
    home.refused(
        &["trace", "nobody"],
        "rollcall: the event store knows nothing of the correlation id \"nobody\", nor do the logs",
    );
    home.refused(&["trace", "nobody", "--logs", "nowhere.jsonl"], "rollcall: nowhere.jsonl cannot be read: ");
    let user = "0193d0c5-7a3e-7000-8000-000000000000";
    home.refused(&["trace", "nobody", "--user", user], "rollcall: the stream demo#user#0193d0c5");
    let both = home.run(&["trace", "nobody", "--user", user, "--stream", "demo#user#1"]);
    assert_eq!(both.code, Some(2));
}
