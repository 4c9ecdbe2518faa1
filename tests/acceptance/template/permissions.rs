//! Every request that a function makes on a journey is allowed by its role.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use acceptance::{App, Limiting, alice, get, post, put};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use chrono::TimeDelta;
use domain::CallerRole;
use functions::feed::MARGIN;
use infra_aws::clients;
use infra_local::{faults::Tap, template::Template};
use serde_json::{Value, json};

/// An action on a resource, as a role's statement has it: `("dynamodb:Query", "Views/index/due")`.
type Use = (String, String);

/// What was asked for, and of which item, where that matters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    used: Use,
    partition: Option<String>,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn table(name: &Value) -> String {
    match name.as_str() {
        Some(infra_local::stack::EVENTS_TABLE) => "Events".into(),
        Some(infra_local::stack::VIEWS_TABLE) => "Views".into(),
        Some(infra_local::stack::LIMITS_TABLE) => "Limits".into(),
        Some(infra_local::stack::IMPORTS_TABLE) => "Imports".into(),
        Some(infra_local::stack::WEBHOOKS_TABLE) => "Webhooks".into(),
        Some(infra_local::stack::FEED_TABLE) => "Feed".into(),
        other => panic!("a table of the template: {other:?}"),
    }
}

fn queue(url: &Value) -> String {
    let url = text(url);
    match url.rsplit('-').next() {
        Some("steps") => "Steps".into(),
        Some("replays") => "Replays".into(),
        Some("imports") => "ImportRows".into(),
        Some("deliveries") => "Deliveries".into(),
        _ => panic!("a queue of the template: {url}"),
    }
}

/// A request in terms of IAM: a transaction is what it is made of, a batch of messages is one message.
fn seen(operation: &str, body: &[u8]) -> Vec<Seen> {
    let body: Value = serde_json::from_slice(body).expect("AWS's JSON");
    let one = |action: &str, resource: String, partition: &Value| Seen {
        used: (action.to_owned(), resource),
        partition: partition["pk"]["S"].as_str().map(Into::into),
    };
    match operation {
        "TransactWriteItems" => {
            let items = body["TransactItems"].as_array().unwrap().iter();
            let parts = items.flat_map(|item| item.as_object().unwrap());
            let part = |(kind, part): (&String, &Value)| {
                let key = if kind == "Put" { &part["Item"] } else { &part["Key"] };
                one(&format!("dynamodb:{kind}Item"), table(&part["TableName"]), key)
            };
            parts.map(part).collect()
        }
        "BatchGetItem" | "BatchWriteItem" => {
            let tables = body["RequestItems"].as_object().unwrap().keys();
            let of = |name: &String| one(&format!("dynamodb:{operation}"), table(&json!(name)), &Value::Null);
            tables.map(of).collect()
        }
        "SendMessage" | "SendMessageBatch" => {
            vec![one("sqs:SendMessage", queue(&body["QueueUrl"]), &Value::Null)]
        }
        "ChangeMessageVisibilityBatch" => {
            vec![one("sqs:ChangeMessageVisibility", queue(&body["QueueUrl"]), &Value::Null)]
        }
        _ => {
            let index = body["IndexName"].as_str().map_or_else(String::new, |name| format!("/index/{name}"));
            vec![one(&format!("dynamodb:{operation}"), table(&body["TableName"]) + &index, &body["Key"])]
        }
    }
}

fn listed(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |all| all.iter().collect())
}

/// `Events` for the ARN of the table `Events`, `Views/index/due` for that of an index.
fn resource(arn: &Value) -> String {
    match (&arn["Fn::GetAtt"], arn["Fn::Sub"].as_str()) {
        (Value::Array(parts), None) => text(&parts[0]),
        (_, Some(written)) => written.replace("${", "").replace(".Arn}", ""),
        _ => text(arn),
    }
}

/// Statements of a function's role with this effect: what they are about, and their conditions.
fn statements(binary: &str, effect: &str) -> Vec<(Use, Value)> {
    let template = Template::deployed();
    let policies = &template.properties(template.function(binary).role())["Policies"];
    let statements =
        policies.as_array().unwrap().iter().flat_map(|it| listed(&it["PolicyDocument"]["Statement"]));
    let of_effect = statements.filter(|statement| statement["Effect"] == effect);
    let uses = of_effect.flat_map(|statement| {
        listed(&statement["Action"]).into_iter().flat_map(move |action| {
            let resources = listed(&statement["Resource"]).into_iter();
            resources.map(move |arn| ((text(action), resource(arn)), statement["Condition"].clone()))
        })
    });
    uses.collect()
}

/// `*` stands for anything.
fn is_like(text: &str, pattern: &str) -> bool {
    let mut rest = text;
    pattern.split('*').enumerate().all(|(place, part)| {
        let found = if place == 0 { rest.starts_with(part).then_some(0) } else { rest.find(part) };
        found.is_some_and(|at| {
            rest = &rest[at + part.len()..];
            true
        })
    })
}

fn is_allowed(binary: &str, seen: &Seen) -> bool {
    let partition = seen.partition.as_deref().unwrap_or_default();
    let like = |patterns: &Value| listed(patterns).iter().any(|pattern| is_like(partition, &text(pattern)));
    let keys = "dynamodb:LeadingKeys";
    let allowed = statements(binary, "Allow").iter().any(|(used, condition)| {
        let patterns = &condition["ForAllValues:StringLike"][keys];
        *used == seen.used && (patterns.is_null() || like(patterns))
    });
    let denied = statements(binary, "Deny").iter().any(|(used, condition)| {
        let patterns = &condition["ForAnyValue:StringNotLike"][keys];
        *used == seen.used && (patterns.is_null() || !like(patterns))
    });
    allowed && !denied
}

#[test]
fn no_role_may_change_or_remove_a_commit() {
    for function in Template::deployed().functions() {
        for action in ["UpdateItem", "DeleteItem", "BatchWriteItem", "PartiQLUpdate", "PartiQLDelete"] {
            let used = (format!("dynamodb:{action}"), "Events".to_owned());
            let commit = Seen { used: used.clone(), partition: Some("acme#User#0b6c".into()) };
            let denies = statements(function.binary(), "Deny").iter().any(|(denied, _)| *denied == used);
            assert!(denies && !is_allowed(function.binary(), &commit), "{} {action}", function.id);
        }
    }
}

#[test]
fn every_action_is_written_out() {
    for function in Template::deployed().functions() {
        for ((action, _), _) in statements(function.binary(), "Allow") {
            assert!(!action.contains('*'), "{} {action}", function.id);
        }
    }
}

/// What every function asked for on the way of one user.
async fn journey() -> BTreeSet<(&'static str, Seen)> {
    let who = Arc::new(Mutex::new("command-api"));
    let log: Arc<Mutex<BTreeSet<(&'static str, Seen)>>> = Arc::default();
    let (now, seen_by) = (who.clone(), log.clone());
    let tap = Tap::around(clients::loopback_http_client()).watched_by(Arc::new(move |operation, body| {
        let binary = *now.lock().unwrap();
        seen_by.lock().unwrap().extend(seen(operation, body).into_iter().map(|seen| (binary, seen)));
        Box::pin(async {})
    }));
    let limiting = Limiting { client: SharedHttpClient::new(tap.clone()), ..Limiting::default() };
    let app = App::limited(tap, limiting).await;
    let ask = async |binary, say| {
        *who.lock().unwrap() = binary;
        app.when(say).await
    };
    let settle = async || {
        for _ in 0..20 {
            *who.lock().unwrap() = "projector";
            app.backend.project().await.unwrap();
            *who.lock().unwrap() = "dispatcher";
            app.backend.dispatch().await.unwrap();
            *who.lock().unwrap() = "worker";
            app.backend.work(10).await.unwrap();
            *who.lock().unwrap() = "replayer";
            app.backend.replay().await.unwrap();
            *who.lock().unwrap() = "importer";
            app.backend.import().await.unwrap();
            *who.lock().unwrap() = "courier";
            app.backend.send_webhooks(10).await.unwrap();
            *who.lock().unwrap() = "watchdog";
            app.backend.watch().await.unwrap();
        }
    };
    // Nobody listens there.
    let hook = json!({ "url": "http://127.0.0.1:9/", "types": ["role.created"] });
    let webhook = ask("command-api", post("/v1/webhooks", &hook).key("hook")).await.then(201).text("id");
    settle().await;
    app.clock.advance(TimeDelta::seconds(6));
    for (name, grants) in [("engineer", json!([])), ("oncall", json!(["owner"]))] {
        ask("command-api", post("/v1/roles", &json!({ "name": name, "grants": grants }))).await.then(201);
    }
    let id = ask("command-api", post("/v1/users", &alice()).key("alice")).await.then(202).text("id");
    settle().await;
    *who.lock().unwrap() = "command-api";
    app.confirm(&app.mails.last().token).await.then(200);
    settle().await;
    let path = format!("/v1/users/{id}");
    ask("command-api", post(format!("{path}/email"), &json!({ "email": "a@example.org" }))).await;
    settle().await;
    for query in ["", "/provisioning", "/timeline"] {
        ask("query-api", get(format!("{path}{query}"))).await.then(200);
    }
    for path in
        ["/v1/users", "/v1/users?sort=name", "/v1/users?email=a@example.org", "/v1/roles", "/v1/summary"]
    {
        ask("query-api", get(path)).await;
    }
    let file = post(
        "/v1/imports",
        &json!({ "userName": "b", "displayName": "B", "email": "b@example.com",
                                            "roles": ["engineer"] }),
    );
    let file = file.key("import").header("content-type", "application/x-ndjson");
    let import = ask("command-api", file).await.then(202).text("id");
    settle().await;
    for path in
        ["/v1/imports".to_owned(), format!("/v1/imports/{import}"), format!("/v1/imports/{import}/rows")]
    {
        ask("query-api", get(path)).await.then(200);
    }
    ask("command-api", post(format!("/v1/imports/{import}/cancel"), &json!({}))).await.then(409);
    let none = post("/v1/imports", &json!({})).key("none").header("content-type", "text/csv");
    ask("command-api", none).await.then(400);
    let webhook = format!("/v1/webhooks/{webhook}");
    let tries = ask("query-api", get(format!("{webhook}/deliveries"))).await.then(200).body;
    let delivery = tries["items"][0]["delivery"].as_str().unwrap().to_owned();
    for path in ["/v1/webhooks", &webhook] {
        ask("query-api", get(path)).await.then(200);
    }
    let redeliver = format!("{webhook}/deliveries/{delivery}/redeliver");
    ask("command-api", post(redeliver, &json!({}))).await.then(202);
    ask("command-api", post(format!("{webhook}/test"), &json!({}))).await.then(202);
    for seconds in [5, 30, 120, 600, 3_600, 10_800, 21_600] {
        app.clock.advance(TimeDelta::seconds(seconds + 1));
        settle().await;
    }
    let disabled = ask("query-api", get(&webhook)).await.then(200).body;
    assert_eq!(disabled["disabledReason"], "failing");
    ask("command-api", acceptance::delete(&webhook)).await.then(204);
    app.clock.advance(MARGIN + TimeDelta::milliseconds(1));
    let told = ask("query-api", get("/v1/events")).await.then(200);
    assert!(!told.body["items"].as_array().unwrap().is_empty());
    let started = json!({ "projection": "user_directory", "segments": 2 });
    ask("operator-api", post("/v1/replays", &started).by(CallerRole::ReplayOperator)).await.then(202);
    settle().await;
    ask("operator-api", get("/v1/parked").by(CallerRole::ReplayOperator)).await.then(200);
    let as_everywhere = json!({ "commands": null, "queries": null, "shutOffs": null });
    for say in [put("/v1/limits/acme", &as_everywhere), get("/v1/limits/acme")] {
        ask("operator-api", say.by(CallerRole::ReplayOperator)).await.then(200);
    }

    log.lock().unwrap().clone()
}

#[tokio::test]
async fn what_functions_do_on_a_users_way_their_roles_allow() {
    let seen = journey().await;
    for binary in [
        "command-api",
        "query-api",
        "operator-api",
        "projector",
        "dispatcher",
        "worker",
        "replayer",
        "importer",
        "courier",
        "watchdog",
    ] {
        assert!(seen.iter().any(|(by, _)| *by == binary), "{binary} was heard of");
    }
    let refused: Vec<_> = seen.iter().filter(|(binary, seen)| !is_allowed(binary, seen)).collect();
    assert!(refused.is_empty(), "{refused:#?}");
}
