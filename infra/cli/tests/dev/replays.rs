//! An operator rebuilds a read model with the command line.

use std::fs;

use aws_sdk_dynamodb::types::AttributeValue;
use infra_aws::clients::loopback_http_client;
use infra_local::stack::{Clients, VIEWS_TABLE};
use serde_json::{Value, json};

use crate::rollcall::{Backend, Home, wait_for};

const START: [&str; 3] = ["replay", "start", "user_directory"];

impl Home {
    fn replay(&self, id: &str) -> Value {
        self.json(&["replay", "status", id])
    }

    fn users(&self, count: usize) -> Vec<String> {
        let ids: Vec<String> = (0..count).map(|n| self.create_user(&format!("user{n}"), &[])).collect();
        ids.iter().for_each(|id| drop(self.wait_for_status(id, "pending_confirmation")));
        ids
    }
}

#[test]
fn a_replay_is_watched_to_its_promotion_rolled_back_promoted_and_finished() {
    let home = Home::new();
    let _backend = Backend::start(&home);
    home.users(3);
    let said =
        home.text(&[&START[..], &["--segments", "2", "--verify", "all", "--promote", "--watch"]].concat());
    assert!(said.starts_with("user_directory-2 builds generation 2.\n"), "{said}");
    assert!(said.contains("\npromoting\n") && said.ends_with("\npromoted\n"), "{said}");
    let done = home.replay("user_directory-2");
    assert_eq!((&done["progress"]["compared"], &done["mismatches"]), (&json!(3), &json!(0)), "{done}");
    let status = home.text(&["replay", "status", "user_directory-2"]);
    assert!(
        status.contains("\nstate          promoted\n") && status.contains("\nverify  1        done"),
        "{status}"
    );

    assert_eq!(home.json(&["replay", "rollback", "user_directory-2"])["state"], "rolled_back");
    let promoting = home.json(&["replay", "promote", "user_directory-2", "--no-wait"]);
    assert_eq!(promoting["state"], "promoting");
    assert!(home.text(&["replay", "watch", "user_directory-2"]).ends_with("promoted\n"));
    home.text(&["replay", "finish", "user_directory-2"]);
    assert!(home.text(&["replay", "watch", "user_directory-2"]).ends_with("finished\n"));
    assert_eq!(home.json(&["user", "list"])["items"].as_array().unwrap().len(), 3);
    let listed = home.text(&["replay", "list"]);
    assert!(listed.contains("\nuser_directory-2  finished "), "{listed}");
}

#[test]
fn a_dry_run_tells_the_price_and_starts_nothing() {
    let home = Home::new();
    let _backend = Backend::start(&home);
    home.users(2);
    let said = home.text(&[&START[..], &["--dry-run"]].concat());
    assert!(said.contains("\nbuild       user_directory, generation 2\n"), "{said}");
    assert!(said.contains("\nwrite       2 rows\n"), "{said}");
    assert!(said.ends_with("\ncost        less than 0.01 US dollars\n"), "{said}");
    assert_eq!(home.json(&["replay", "list"])["items"], json!([]));
}

#[test]
fn a_slow_replay_is_made_faster_or_cancelled() {
    let home = Home::new();
    let _backend = Backend::start(&home);
    home.users(4);
    let started = home.json(&[&START[..], &["--segments", "1", "--rate", "1"]].concat());
    assert_eq!((&started["state"], &started["rateLimit"]), (&json!("building"), &json!(1)));
    wait_for("an item to be read", || {
        (home.replay("user_directory-2")["progress"]["items"] != 0).then_some(())
    });
    home.refused(&["replay", "promote", "user_directory-2"], "rollcall: 409 replay-state: ");
    home.refused(&START, "rollcall: 409 replay-busy: ");
    home.text(&["replay", "cancel", "user_directory-2"]);
    assert!(home.text(&["replay", "watch", "user_directory-2"]).ends_with("cancelled\n"));
    home.refused(&["replay", "limit", "user_directory-2", "5"], "rollcall: 409 replay-state: ");

    home.text(&[&START[..], &["--segments", "1", "--rate", "1"]].concat());
    let limited = home.json(&["replay", "limit", "user_directory-3", "none"]);
    assert_eq!(limited["rateLimit"], Value::Null);
    let lines = home.text(&["replay", "watch", "user_directory-3", "--json"]);
    let last: Value = serde_json::from_str(lines.lines().next_back().unwrap()).unwrap();
    assert_eq!(last["state"], "verified");
}

#[test]
fn rows_that_are_not_as_they_should_be_end_the_watch_with_1_and_are_named() {
    let home = Home::new();
    let _backend = Backend::start(&home);
    let ids = home.users(2);
    foist(&home, &ids[1], 2);
    let ended = home.run(&[&START[..], &["--verify", "all", "--promote", "--watch"]].concat());
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stdout.ends_with("\nmismatched\n"), "{ended:?}");
    let named = format!("\n  demo#user#{}: it differs from a fresh fold of 999 commits\n", ids[1]);
    assert!(
        ended.stderr.starts_with("rollcall: user_directory-2 is mismatched: ")
            && ended.stderr.ends_with(&named)
    );
    assert_eq!(home.run(&["replay", "watch", "user_directory-2"]).stderr, ended.stderr);
}

/// Puts a row of a user into a generation that is yet to be built: one that claims to be far ahead.
fn foist(home: &Home, id: &str, generation: u32) {
    let addresses: Value =
        serde_json::from_slice(&fs::read(home.folder().join("addresses.json")).unwrap()).unwrap();
    let url = |name: &str| addresses[name].as_str().unwrap().to_owned();
    let dynamodb = Clients::at(&url("dynamodb"), &url("sqs"), loopback_http_client()).dynamodb;
    let key = |generation| AttributeValue::S(format!("demo#user_directory@{generation}"));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let row = dynamodb
            .get_item()
            .table_name(VIEWS_TABLE)
            .key("pk", key(1))
            .key("sk", AttributeValue::S(id.into()));
        let mut row = row.send().await.unwrap().item.unwrap();
        row.insert("pk".into(), key(generation));
        row.insert("v".into(), AttributeValue::N("999".into()));
        dynamodb.put_item().table_name(VIEWS_TABLE).set_item(Some(row)).send().await.unwrap();
    });
}

#[test]
fn what_is_no_replay_is_told_what_there_is() {
    let home = Home::new();
    let _backend = Backend::start(&home);
    let nothing = ["replay", "start", "nothing"];
    home.refused(&nothing, "rollcall: 422 invalid-value: There is no such projection; there are ");
    home.refused(&[&nothing[..], &["--dry-run"]].concat(), "rollcall: 422 invalid-value: ");
    home.refused(
        &[&START[..], &["--segments", "0"]].concat(),
        "rollcall: 422 invalid-value: segments is a number",
    );
    home.refused(
        &[&START[..], &["--rate", "0"]].concat(),
        "rollcall: 422 invalid-value: rateLimit is a number",
    );
    for what in ["status", "watch", "promote", "rollback", "finish", "cancel"] {
        home.refused(&["replay", what, "user_directory-9"], "rollcall: 404 no-such-replay: ");
    }
    let owner = home.text(&["token", "--role", "owner"]);
    home.refused(&["replay", "list", "--token", owner.trim()], "rollcall: 403 ");
    for arguments in
        [&["--verify", "101"][..], &["--verify", "some"], &["--rate", "none"], &["--dry-run", "--watch"]]
    {
        assert_eq!(home.run(&[&START[..], arguments].concat()).code, Some(2), "{arguments:?}");
    }
    assert_eq!(home.run(&["replay", "limit", "user_directory-2", "fast"]).code, Some(2));
}
