//! How many requests a client may send, whatever the number of instances.

mod property;

use std::time::Duration;

use acceptance::{Answer, App, Limiting, Say, alice, command, get, patch, post, put};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use chrono::TimeDelta;
use domain::CallerRole::{Auditor, ReplayOperator};
use functions::limits::PATIENCE;
use infra_aws::clients;
use infra_local::faults::{Fault, Tap};
use serde_json::{Value, json};
use tokio::time::sleep;

/// An app with these limits, and a tap on what its limiter asks.
pub(crate) async fn limited(limits: &str) -> (App, Tap) {
    waiting_for(limits, Limiting::default().patience).await
}

async fn waiting_for(limits: &str, patience: Duration) -> (App, Tap) {
    let tap = Tap::around(clients::loopback_http_client());
    let limits = limits.parse().unwrap();
    let limiting = Limiting { limits, client: SharedHttpClient::new(tap.clone()), patience };
    (App::limited(Tap::around(clients::loopback_http_client()), limiting).await, tap)
}

/// Seven at once, of ten in ten seconds: a second for what instances hold, and two for their clocks.
const TEN: &str = "commands=10/10,queries=10/10,shut-offs=10/10";

async fn times(app: &App, count: usize, say: Say) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..count {
        statuses.push(app.when(say.clone()).await.status);
    }
    statuses
}

fn ratelimit(answer: &Answer) -> (String, String) {
    (answer.header("ratelimit-policy"), answer.header("ratelimit"))
}

#[tokio::test]
async fn a_client_that_asks_too_often_is_told_how_long_to_wait() {
    let (app, _) = limited(TEN).await;
    let first = app.when(get("/v1/users")).await.then(200);
    let policy = "\"queries\";q=10;w=10".to_owned();
    assert_eq!(ratelimit(&first), (policy.clone(), "\"queries\";r=6;t=1".into()));
    assert_eq!(times(&app, 6, get("/v1/users")).await, [200; 6]);
    let refused = app.when(get("/v1/users")).await.then_problem(429, "too-many-requests");
    assert_eq!(ratelimit(&refused), (policy, "\"queries\";r=0;t=7".into()));
    assert_eq!((refused.header("retry-after").as_str(), &refused.body["retryable"]), ("1", &json!(true)));
    let head = app.when(get("/v1/users").header("x-correlation-id", "c")).await;
    head.then_problem(429, "too-many-requests");

    app.clock.advance(TimeDelta::seconds(1));
    assert_eq!(times(&app, 2, get("/v1/users")).await, [200, 429]);
    app.clock.advance(TimeDelta::seconds(60));
    assert_eq!(times(&app, 8, get("/v1/users")).await, [200, 200, 200, 200, 200, 200, 200, 429]);
}

#[tokio::test]
async fn clients_and_tenants_are_counted_apart_and_so_are_commands_and_queries() {
    let (app, _) = limited(TEN).await;
    assert_eq!(times(&app, 8, get("/v1/users")).await.last(), Some(&429));
    for say in [get("/v1/users").by(Auditor), get("/v1/users").of_tenant("globex")] {
        app.when(say).await.then(200);
    }
    let created = app.when(post("/v1/roles", &json!({ "name": "pilot" }))).await.then(201);
    assert_eq!(ratelimit(&created).1, "\"commands\";r=6;t=1");
    for say in [get("/healthz"), get("/problems/too-many-requests").by_nobody()] {
        let open = app.when(say).await.then(200);
        assert!(!open.headers.contains_key("ratelimit"), "nobody is counted here");
    }
}

#[tokio::test]
async fn whoever_must_not_do_a_thing_is_counted_too_and_who_is_nobody_is_not() {
    let (app, tap) = limited(TEN).await;
    let forbidden = put("/v1/settings", &json!({})).by(Auditor);
    assert_eq!(times(&app, 8, forbidden).await, [403, 403, 403, 403, 403, 403, 403, 429]);
    tap.reset();
    assert_eq!(times(&app, 8, get("/v1/users").by_nobody()).await, [401; 8]);
    assert_eq!(times(&app, 2, get("/v1/nothing")).await, [404; 2]);
    assert_eq!(tap.log(), Vec::<String>::new());
}

#[tokio::test]
async fn shutting_somebody_off_is_not_held_up_by_other_commands() {
    let (app, _) = limited(TEN).await;
    for role in ["engineer", "oncall"] {
        app.meanwhile(post("/v1/roles", &json!({ "name": role }))).await.then(201);
    }
    let id = app.meanwhile(post("/v1/users", &alice()).key("alice")).await.then(202).text("id");
    let rename = patch(format!("/v1/users/{id}"), &json!({ "displayName": "A" }));
    assert_eq!(times(&app, 8, rename).await.last(), Some(&429));
    let off = app.when(command(&id, "deactivate")).await.then(200);
    assert_eq!(ratelimit(&off), ("\"shut-offs\";q=10;w=10".into(), "\"shut-offs\";r=6;t=1".into()));
    app.when(acceptance::delete(format!("/v1/users/{id}"))).await.then(204);
    app.when(command(&id, "restore")).await.then_problem(429, "too-many-requests");
}

#[tokio::test]
async fn a_calm_client_costs_a_write_a_request_and_a_busy_one_hardly_any() {
    let (app, tap) = limited("commands=1200/60,queries=6000/60,shut-offs=1200/60").await;
    app.when(get("/v1/users")).await.then(200);
    assert_eq!(tap.log(), ["GetItem", "UpdateItem"], "the tenant's limits are read once a minute");
    app.clock.advance(TimeDelta::seconds(10));
    tap.reset();
    app.when(get("/v1/users")).await.then(200);
    assert_eq!(tap.log(), ["UpdateItem"]);

    // 250 queries in five seconds: 40, 80, 160 tokens at a time.
    app.clock.advance(TimeDelta::seconds(10));
    tap.reset();
    for _ in 0..250 {
        app.when(get("/v1/users")).await.then(200);
        app.clock.advance(TimeDelta::milliseconds(20));
    }
    assert_eq!(tap.log(), ["UpdateItem"; 3]);
}

#[tokio::test]
async fn a_flood_costs_nothing_once_it_is_refused() {
    let (app, tap) = limited(TEN).await;
    times(&app, 8, get("/v1/users")).await;
    tap.reset();
    assert_eq!(times(&app, 100, get("/v1/users")).await, [429; 100]);
    assert_eq!(tap.log(), Vec::<String>::new());
}

#[tokio::test]
async fn a_table_that_fails_lets_everybody_through_and_is_left_alone_for_a_second() {
    let (app, tap) = limited(TEN).await;
    app.when(get("/v1/users")).await.then(200);
    app.clock.advance(TimeDelta::seconds(2));
    for fault in [Fault::Throttled, Fault::ServerError, Fault::TimeoutBefore, Fault::ReplyLost] {
        tap.reset();
        tap.inject("UpdateItem", fault);
        assert_eq!(times(&app, 20, get("/v1/users")).await, [200; 20], "{fault:?}");
        let log = tap.log();
        let tries = log.iter().filter(|operation| *operation == "UpdateItem").count();
        assert_eq!((tries, tap.unmet()), (1, 0), "{log:?}");
        app.clock.advance(TimeDelta::seconds(20));
        assert!(app.when(get("/v1/users")).await.then(200).headers.contains_key("ratelimit"), "{fault:?}");
        app.clock.advance(TimeDelta::seconds(20));
    }
}

#[tokio::test]
async fn a_table_that_is_slow_holds_nobody_up_for_long() {
    let (app, tap) = waiting_for(TEN, PATIENCE).await;
    app.when(get("/v1/users")).await.then(200);
    app.clock.advance(TimeDelta::seconds(2));
    tap.before_request("UpdateItem", || Box::pin(sleep(Duration::from_secs(60))));
    let answer = tokio::time::timeout(Duration::from_secs(30), app.when(get("/v1/users"))).await;
    assert!(!answer.expect("it is let through").then(200).headers.contains_key("ratelimit"));
}

#[tokio::test]
async fn limits_that_cannot_be_read_are_those_of_every_tenant() {
    let (app, tap) = limited(TEN).await;
    for request in 1..=3 {
        tap.inject(request, Fault::ServerError);
    }
    let answer = app.when(get("/v1/users")).await.then(200);
    assert_eq!(answer.header("ratelimit-policy"), "\"queries\";q=10;w=10");
}

fn operator(say: Say) -> Say {
    say.by(ReplayOperator)
}

/// In ten seconds; all else as every tenant has it.
fn ten_queries() -> Value {
    json!({ "commands": null, "queries": { "requests": 10, "seconds": 10 }, "shutOffs": null })
}

#[tokio::test]
async fn operators_set_the_limits_of_a_tenant_and_take_them_back() {
    let (app, _) = limited("commands=1200/60,queries=6000/60,shut-offs=1200/60").await;
    let limit = |requests: u32, seconds: u32, default: bool| json!({ "requests": requests, "seconds": seconds, "default": default });
    let everybodys = |version: u64| {
        json!({ "tenant": "acme", "commands": limit(1200, 60, true), "queries": limit(6000, 60, true),
                "shutOffs": limit(1200, 60, true), "version": version })
    };
    let shown = app.when(operator(get("/v1/limits/acme"))).await.then(200);
    assert_eq!((&shown.body, shown.header("etag").as_str()), (&everybodys(0), "\"0\""));

    let ten = ten_queries();
    let set = app.when(operator(put("/v1/limits/acme", &ten)).header("if-match", "\"0\"")).await.then(200);
    assert_eq!(
        (&set.body["queries"], &set.body["commands"]),
        (&limit(10, 10, false), &limit(1200, 60, true))
    );
    assert_eq!(set.header("etag"), "\"1\"");
    app.when(operator(put("/v1/limits/acme", &ten)).header("if-match", "\"0\""))
        .await
        .then_problem(412, "version-mismatch");
    assert_eq!(times(&app, 8, get("/v1/users")).await.last(), Some(&429), "at once here");
    assert_eq!(times(&app, 8, get("/v1/users").of_tenant("globex")).await, [200; 8], "only theirs");

    let reset = app.when(operator(acceptance::delete("/v1/limits/acme"))).await.then(200);
    assert_eq!(reset.body, everybodys(2));
    app.when(get("/v1/users")).await.then(200);
    app.when(operator(put("/v1/limits/acme", &ten)).header("if-match", "\"1\""))
        .await
        .then_problem(412, "version-mismatch");
}

#[tokio::test]
async fn another_instance_goes_by_new_limits_within_a_minute() {
    let (app, _) = limited("commands=1200/60,queries=6000/60,shut-offs=1200/60").await;
    app.meanwhile(get("/v1/users")).await.then(200);
    let ten = ten_queries();
    app.when(operator(put("/v1/limits/acme", &ten))).await.then(200);
    let policy = async || app.meanwhile(get("/v1/users")).await.then(200).header("ratelimit-policy");
    assert_eq!(policy().await, "\"queries\";q=1000000;w=60");
    app.clock.advance(TimeDelta::seconds(60));
    assert_eq!(policy().await, "\"queries\";q=10;w=10");
}

#[tokio::test]
async fn a_limit_that_is_left_out_is_asked_for_and_one_that_is_null_is_reset() {
    let (app, _) = limited("commands=1200/60,queries=6000/60,shut-offs=1200/60").await;
    let set = async |limits: Value| app.when(operator(put("/v1/limits/acme", &limits))).await;
    set(ten_queries()).await.then(200);
    for (sent, missing) in [
        (json!({}), vec!["/commands", "/queries", "/shutOffs"]),
        (json!({ "commands": { "requests": 10, "seconds": 10 } }), vec!["/queries", "/shutOffs"]),
        (json!({ "commands": null, "queries": null }), vec!["/shutOffs"]),
    ] {
        let refused = set(sent).await.then_problem(422, "invalid-value");
        let errors = refused.body["errors"].as_array().unwrap();
        assert_eq!(errors.iter().map(|error| &error["pointer"]).collect::<Vec<_>>(), missing);
        assert!(refused.text("detail").contains("null for what every tenant has; DELETE resets"));
    }
    let nothing = put("/v1/limits/acme", &json!({})).body("").without("content-type");
    app.when(operator(nothing)).await.then_problem(422, "invalid-value");
    let kept = app.when(operator(get("/v1/limits/acme"))).await.then(200);
    assert_eq!((&kept.body["version"], &kept.body["queries"]["requests"]), (&json!(1), &json!(10)));

    let reset = set(json!({ "commands": null, "queries": null, "shutOffs": null })).await.then(200);
    assert_eq!((&reset.body["version"], &reset.body["queries"]["default"]), (&json!(2), &json!(true)));
}

#[tokio::test]
async fn impossible_limits_are_refused_each_by_its_pointer() {
    let (app, _) = limited("commands=1200/60,queries=6000/60,shut-offs=1200/60").await;
    let bad = json!({ "commands": { "requests": 9, "seconds": 3601 }, "queries": null, "shutOffs": { "requests": -1, "seconds": 10 } });
    let refused = app.when(operator(put("/v1/limits/acme", &bad))).await.then_problem(422, "invalid-value");
    let pointers: Vec<&Value> =
        refused.body["errors"].as_array().unwrap().iter().map(|error| &error["pointer"]).collect();
    assert_eq!(pointers, ["/commands/requests", "/commands/seconds", "/shutOffs/requests"]);
    for (bad, pointer) in [
        (json!({ "commands": { "requests": 10 } }), "/commands"),
        (json!({ "commands": { "requests": "10", "seconds": 10 } }), "/commands/requests"),
        (json!({ "others": {} }), "/others"),
    ] {
        let refused =
            app.when(operator(put("/v1/limits/acme", &bad))).await.then_problem(400, "invalid-body");
        assert!(
            refused.body["errors"][0]["pointer"].as_str().unwrap().starts_with(pointer),
            "{}",
            refused.body
        );
    }
    app.when(operator(put("/v1/limits/Not-a-tenant%23", &json!({})))).await.then_problem(404, "not-found");
    assert_eq!(app.when(operator(get("/v1/limits/acme"))).await.then(200).body["version"], 0);
}
