//! What is set aside, as operators see it and bring it back.

use std::fs;

use aws_sdk_dynamodb::types::AttributeValue::S;
use infra_aws::clients;
use infra_local::stack::{Clients, VIEWS_TABLE};
use serde_json::{Value, json};

use crate::rollcall::{Backend, Home, wait_for};

impl Home {
    /// Makes the row of a user in `user_directory` one that nobody can read.
    fn spoil_row_of(&self, id: &str) {
        let addresses = fs::read(self.folder().join("addresses.json")).unwrap();
        let addresses: Value = serde_json::from_slice(&addresses).unwrap();
        let at = |name: &str| addresses[name].as_str().unwrap().to_owned();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let clients = Clients::at(&at("dynamodb"), &at("sqs"), clients::loopback_http_client());
            let update = clients.dynamodb.update_item().table_name(VIEWS_TABLE);
            let update = update.key("pk", S("demo#user_directory@1".into())).key("sk", S(id.into()));
            let spoilt =
                update.update_expression("SET d = :d").expression_attribute_values(":d", S("?".into()));
            spoilt.send().await.unwrap();
        });
    }
}

#[test]
fn what_is_parked_is_listed_shown_and_retried() {
    let home = Home::new();
    let _backend = Backend::start(&home);
    let none = home.text(&["parked", "list"]);
    let head = "PROJECTION  GENERATION  LIVE  STREAM  COMMIT  WHY  REASON  FIRST  LAST  TIMES\n";
    assert_eq!(none, head);
    let id = home.create_user("alice", &[]);
    home.wait_for_status(&id, "pending_confirmation");
    wait_for("the row", || home.json(&["user", "list"])["items"][0]["id"].as_str().map(drop));
    home.spoil_row_of(&id);
    home.text(&["user", "deactivate", &id]);

    let stream = format!("demo#user#{id}");
    let parked = wait_for("the note", || {
        let parked = home.json(&["parked", "list", "--projection", "user_directory"]);
        (parked["items"].as_array().unwrap().len() == 1).then_some(parked)
    });
    assert_eq!(
        (&parked["items"][0]["stream"], &parked["items"][0]["code"]),
        (&json!(stream), &json!("row-unreadable"))
    );
    let shown = home.text(&["parked", "show", "user_directory", &stream]);
    assert!(shown.contains("row-unreadable") && !shown.contains("alice"), "{shown}");
    let retried = home.text(&["parked", "retry", "user_directory", &stream]);
    assert!(retried.contains("applied"), "{retried}");
    assert_eq!(home.text(&["parked", "list"]), head);
    assert_eq!(home.json(&["parked", "retry", "user_directory", "--all"]), json!({ "items": [] }));
    let refused = home.run(&["parked", "show", "user_directory", &stream]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.starts_with("rollcall: 404 not-parked"), "{}", refused.stderr);
}
