//! Dead letters, as operators see them and send them back.

use std::fs;

use infra_aws::clients;
use infra_local::stack::Clients;
use serde_json::{Value, json};

use crate::rollcall::{Backend, Home, wait_for};

/// Puts a message among the dead letters of the steps.
pub(crate) fn add_dead_letter(home: &Home, body: &str) -> String {
    let addresses: Value =
        serde_json::from_slice(&fs::read(home.folder().join("addresses.json")).unwrap()).unwrap();
    let at = |name: &str| addresses[name].as_str().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let sqs = Clients::at(at("dynamodb"), at("sqs"), clients::loopback_http_client()).sqs;
        let queue = sqs.get_queue_url().queue_name("rollcall-steps-dead").send().await.unwrap();
        let send = sqs.send_message().queue_url(queue.queue_url.unwrap()).message_body(body);
        send.send().await.unwrap().message_id.unwrap()
    })
}

/// The step that sent the first mail of a user, whose turn has passed once that is done.
fn step_of(id: &str, home: &Home) -> String {
    let correlation = &home.events(id)[0]["correlationId"];
    json!({ "tenant": "demo", "user": id, "step": "send_confirmation:1", "epoch": 1,
            "correlationId": correlation, "causationId": format!("demo#user#{id}@1"), "traceparent": null })
    .to_string()
}

#[test]
fn dead_letters_are_listed_shown_and_sent_back() {
    let home = Home::new();
    let _backend = Backend::start(&home);
    let none = home.json(&["dlq", "list"]);
    assert_eq!((&none["queues"][0]["messages"], &none["queues"][1]["queue"]), (&json!(0), &json!("replays")));
    assert_eq!(home.json(&["dlq", "redrive"])["queues"][0]["sent"], 0);

    let id = home.create_user("alice", &[]);
    home.wait_for_status(&id, "pending_confirmation");
    let events = home.events(&id).len();
    let letter = add_dead_letter(&home, &step_of(&id, &home));
    let foreign = add_dead_letter(&home, "alice@example.com wants in");

    let listed = home.json(&["dlq", "list", "--queue", "steps"]);
    let expected = json!([
        { "kind": "send_confirmation", "worth": "done", "messages": 1 },
        { "kind": "unreadable", "worth": "unknown", "messages": 1 },
    ]);
    assert_eq!((&listed["queues"][0]["messages"], &listed["queues"][0]["kinds"]), (&json!(2), &expected));
    assert!(home.text(&["dlq", "list"]).starts_with("QUEUE       DEAD LETTERS  OLDEST\nsteps       2 "));
    let shown = home.text(&["dlq", "show"]);
    assert!(
        shown.contains(&letter) && shown.contains(&format!("send_confirmation:1 of demo#{id}")),
        "{shown}"
    );
    assert!(!shown.contains("alice"), "{shown}");
    let one = home.json(&["dlq", "show", &foreign]);
    assert_eq!(
        (&one["kind"], &one["for"]),
        (&json!("unreadable"), &json!("26 bytes that no function understands"))
    );

    let dry = home.json(&["dlq", "redrive", "--user", &id, "--dry-run"]);
    assert_eq!(
        (&dry["wouldBeSent"][0]["id"], dry["wouldBeSent"].as_array().unwrap().len()),
        (&json!(letter), 1)
    );
    assert_eq!(
        home.text(&["dlq", "redrive", "--user", &id, "--queue", "steps"]),
        "steps: 1 message sent back.\n"
    );
    // The step was done long ago: whoever takes it changes nothing, and no second mail goes out.
    wait_for("the worker", || {
        let log = fs::read_to_string(home.folder().join("log.ndjson")).unwrap();
        log.lines().any(|line| line.contains(r#""outcome":"superseded""#) && line.contains(&id)).then_some(())
    });
    assert_eq!((home.events(&id).len(), home.mails().len()), (events, 1));

    let refused = home.run(&["dlq", "redrive", "--message", &letter]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains(&format!("not among the dead letters that were selected: {letter}")));
    home.refused(&["dlq", "show", &letter], &format!("rollcall: there is no dead letter {letter}"));
    assert_eq!(
        home.text(&["dlq", "redrive"]),
        "steps: 1 message sent back.\nreplays: 0 messages sent back.\nimports: 0 messages sent back.\n\
         deliveries: 0 messages sent back.\n"
    );
}
