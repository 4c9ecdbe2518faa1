//! What commands and queries cost, counted. Units are the engine's `ConsumedCapacity`.

use std::collections::HashMap;

use acceptance::{App, get, patch, post};
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use chrono::TimeDelta;
use domain::{
    Actor, Caller, CallerRole, DisplayName, Email, RoleName, TenantId, UserId, UserName,
    role::Powers,
    user::{CreateUser, DeactivationReason, Personal, UserCommand},
};
use functions::commands::Order;
use infra_local::{
    costs::{self, At, Kind},
    stack::VIEWS_TABLE,
};
use serde_json::json;

/// Round trips, write units and read units.
type Figures = (u32, f64, f64);

/// One commit of at most 1 KB and two claims, each at the double price of a transaction.
const CREATION: Figures = (1, 6.0, 0.0);
const UPDATE: Figures = (1, 1.0, 0.0);
/// By an instance that has never seen the user.
const COLD_UPDATE: Figures = (2, 1.0, 1.0);
/// When more than 4 KB have gathered since the last snapshot.
const LATER_COLD_UPDATE: Figures = (2, 1.0, 2.0);
/// Of a client that is not busy, beside what its request costs. A busy one: `limits::a_calm_client_…`.
const LIMIT: Figures = (1, 1.0, 0.0);
/// Read strongly.
const STATUS_QUERY: Figures = (1, 0.0, 1.0);

fn order(command_id: &str) -> Order {
    let tenant = TenantId::parse("acme").unwrap();
    Order {
        by: Actor::Caller(Caller {
            tenant: tenant.clone(),
            subject: "admin-1".into(),
            roles: [CallerRole::Owner].into(),
        }),
        tenant,
        command_id: command_id.into(),
        fingerprint: [0; 32],
        correlation_id: "7f8b1c54-6c3f-4a57-9a53-3f6d0a8f4a11".into(),
        causation_id: None,
        trace: Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse().unwrap()),
        expected_commit: None,
    }
}

#[tokio::test]
async fn a_creation_is_one_round_trip_and_two_claims() {
    let app = App::start().await;
    let id = UserId::derive(&TenantId::parse("acme").unwrap(), "k");
    let personal = Personal {
        user_name: UserName::parse("alice").unwrap(),
        display_name: DisplayName::parse("Alice Liddell").unwrap(),
        email: Email::parse("alice@example.com").unwrap(),
    };
    let roles = ["engineer", "oncall"].map(|role| (RoleName::parse(role).unwrap(), Powers::default())).into();
    let create = UserCommand::Create(CreateUser { personal, roles });
    let cost = app.backend.functions.commands.user(id, order("k"), create).await.unwrap().cost;
    // The event store's own tests show 4 units for a commit with one claim.
    assert_eq!((cost.round_trips, cost.write_units, cost.read_units), CREATION);
    assert_eq!(app.tap.log(), ["TransactWriteItems"]);
}

#[tokio::test]
async fn an_update_is_one_write_unit() {
    let app = App::start().await;
    let id = app.alice().await.parse().unwrap();
    app.tap.reset();
    let command = UserCommand::Deactivate { reason: DeactivationReason::Requested };
    let cost = app.backend.functions.commands.user(id, order("d"), command).await.unwrap().cost;
    assert_eq!((cost.round_trips, cost.write_units, cost.read_units), COLD_UPDATE);
    assert_eq!(app.tap.log(), ["Query", "PutItem"]);

    // The same instance remembers the user.
    app.tap.reset();
    let again =
        app.backend.functions.commands.user(id, order("r"), UserCommand::Reactivate).await.unwrap().cost;
    assert_eq!((again.round_trips, again.write_units, again.read_units), UPDATE);
    assert_eq!(app.tap.log(), ["PutItem"]);
}

#[tokio::test]
async fn a_status_query_is_one_get_item() {
    let app = App::start().await;
    let id = app.alice().await;
    app.settle().await;
    // An instance looks every two seconds which rows are live.
    app.when(get(format!("/v1/users/{id}"))).await.then(200);
    app.tap.reset();
    app.when(get(format!("/v1/users/{id}/provisioning"))).await.then(200);
    app.when(get(format!("/v1/users/{id}"))).await.then(200);
    assert_eq!(app.tap.log(), ["GetItem", "GetItem"]);
}

#[tokio::test]
async fn a_batch_writes_each_row_once_however_many_commits_it_holds() {
    let app = App::start().await;
    let id = app.alice().await;
    for command in ["deactivate", "reactivate", "deactivate", "reactivate"] {
        app.when(post(format!("/v1/users/{id}/{command}"), &json!({}))).await.then(200);
    }
    app.tap.reset();
    app.backend.project().await.unwrap();
    let log = app.tap.log();
    assert_eq!(log.iter().filter(|operation| *operation == "PutItem").count(), 2, "{log:?}");
    assert_eq!(app.commits(&id).await.len(), 5);
}

#[tokio::test]
async fn the_dispatcher_reads_nothing_and_writes_one_unit_for_each_stream_of_a_delivery() {
    let app = App::start().await;
    let id = app.alice().await;
    app.tap.reset();
    app.backend.dispatch().await.unwrap();
    assert_eq!(sorted(app.tap.log()), ["BatchWriteItem", "SendMessageBatch"]);
    for command in ["deactivate", "reactivate", "deactivate"] {
        app.when(post(format!("/v1/users/{id}/{command}"), &json!({}))).await.then(200);
    }
    app.tap.reset();
    app.backend.dispatch().await.unwrap();
    assert_eq!(sorted(app.tap.log()), ["BatchWriteItem", "SendMessageBatch"]);
    let items = app.fed().await;
    let hers: Vec<&str> =
        items.iter().filter(|item| item.contains(&id)).map(|item| &item[item.len() - 25..]).collect();
    assert_eq!(hers, ["000000000001-000000000001", "000000000002-000000000004"]);
}

#[tokio::test]
async fn a_page_of_the_feed_is_two_requests() {
    let app = App::start().await;
    let id = app.alice().await;
    app.settle().await;
    app.clock.advance(TimeDelta::minutes(1));
    let begun = app.when(get("/v1/events")).await.then(200).text("next");
    app.when(post(format!("/v1/users/{id}/deactivate"), &json!({}))).await.then(200);
    app.settle().await;
    app.clock.advance(TimeDelta::minutes(1));
    app.tap.reset();
    let page = app.when(get("/v1/events").with("after", &begun)).await.then(200);
    assert_eq!(page.body["items"][0]["type"], "user.deactivated");
    assert_eq!(app.tap.log(), ["Query", "BatchGetItem"]);
    app.tap.reset();
    let next = || get("/v1/events").with("after", &page.text("next"));
    app.when(next()).await.then(200);
    assert_eq!(app.tap.log(), [""; 0], "no time has passed");
    app.clock.advance(TimeDelta::seconds(1));
    app.when(next()).await.then(200);
    assert_eq!(app.tap.log(), ["Query"], "nothing has happened");
}

fn sorted(mut log: Vec<String>) -> Vec<String> {
    log.sort();
    log
}

#[tokio::test]
async fn a_commit_leaves_the_indexes_alone_unless_it_changes_what_is_sorted_by() {
    let app = App::start().await;
    let id = app.provisioned("alice", &[]).await;
    let rows = app.rows().await;
    let is_hers = |row: &&HashMap<String, AttributeValue>| row["sk"].as_s().unwrap() == &id;
    let in_model = |model: &str| {
        rows.iter().filter(is_hers).find(|row| row["pk"].as_s().unwrap().contains(model)).unwrap().clone()
    };
    let row = in_model("user_directory");
    let units = async |row: &HashMap<String, AttributeValue>| {
        let put = app.backend.stack.clients.dynamodb.put_item().table_name(VIEWS_TABLE);
        let put = put.set_item(Some(row.clone())).return_consumed_capacity(ReturnConsumedCapacity::Total);
        put.send().await.unwrap().consumed_capacity.unwrap().capacity_units.unwrap()
    };
    let with = |name: &str, value: &str| {
        let mut row = row.clone();
        row.insert(name.into(), AttributeValue::S(value.into()));
        row
    };
    assert_eq!(units(&with("d", "{}")).await, 1.0, "another status, for instance");
    assert_eq!(units(&with("n", "alicia x")).await, 3.0, "another user name: one entry goes, one comes");
    assert_eq!(units(&row).await, 3.0);
    assert_eq!(units(&with("mp", "new@example.com x")).await, 2.0, "an address that waits");
    assert_eq!(units(&with("sk", "somebody-else")).await, 4.0, "a creation");
    assert_eq!(units(&in_model("tenant_summary")).await, 1.0);
}

#[tokio::test]
async fn a_count_changes_in_a_transaction_when_the_status_does_and_costs_nothing_else() {
    let app = App::start().await;
    let id = app.provisioned("alice", &["engineer"]).await;
    let log_of = async |say| {
        app.when(say).await.then(200);
        app.tap.reset();
        app.backend.project().await.unwrap();
        app.tap
            .log()
            .into_iter()
            .filter(|operation| operation != "GetItem" && operation != "Query")
            .collect::<Vec<_>>()
    };
    let renamed = patch(format!("/v1/users/{id}"), &json!({ "displayName": "Alice" }));
    assert_eq!(log_of(renamed).await, ["PutItem", "PutItem", "PutItem"]);
    let off = post(format!("/v1/users/{id}/deactivate"), &json!({}));
    assert_eq!(log_of(off).await, ["PutItem", "PutItem", "TransactWriteItems"]);
}

#[tokio::test]
async fn the_price_list_of_the_command_line_counts_the_same() {
    let counted = Box::pin(costs::count()).await.unwrap();
    let of = |name: &str| counted.iter().find(|one| one.name == name).expect("it is counted");
    let at = |name: &str, at: At| {
        let used = of(name).used[&at];
        (u32::try_from(used.dynamodb_requests).unwrap(), used.write_units, used.read_units)
    };
    assert_eq!(at("create-user", At::CommandApi), CREATION);
    assert_eq!(at("change-profile", At::CommandApi), UPDATE);
    assert_eq!(at("change-profile-cold", At::CommandApi), COLD_UPDATE);
    assert_eq!(at("reactivate-cold", At::CommandApi), LATER_COLD_UPDATE);
    assert_eq!(at("deactivate", At::CommandApi), UPDATE);
    for query in ["get-user", "get-provisioning"] {
        assert_eq!(at(query, At::QueryApi), STATUS_QUERY, "{query}");
        assert_eq!(of(query).total().write_units, 0.0);
    }
    for one in counted.iter().filter(|one| one.kind == Kind::Command) {
        let used = one.used[&At::Dispatcher];
        assert!(
            used.write_units <= one.records as f64,
            "{}: one for the feed, if a commit is alone",
            one.name
        );
        assert_eq!(used.read_units, 0.0, "{}", one.name);
    }
    assert_eq!(at("change-profile", At::Dispatcher), (1, 1.0, 0.0));
    let confirmed = of("create-user-to-confirmed");
    // Created, two links, a claim and a receipt of the mail, a click; three messages; one mail.
    assert_eq!((confirmed.records, confirmed.messages, confirmed.mails), (6, 3, 1));
    assert_eq!((confirmed.api_requests, of("create-role").messages), (2, 0));
    assert_eq!(at("limit-of-a-request", At::QueryApi), LIMIT);
    assert_eq!(of("limit-of-a-request").total().write_units, LIMIT.1, "and nothing else");
    for one in counted.iter().filter(|one| one.kind != Kind::Watch) {
        assert_eq!(one.kind == Kind::Command, one.stored.events > 0, "{}", one.name);
    }
}
