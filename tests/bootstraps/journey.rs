//! A user's whole life through the processes.

use infra_local::host::QueueSettings;
use serde_json::{Value, json};

use crate::{
    emulator::Emulator,
    events::{by_operator, encoded, get, post},
    shapes::{BOUNCE, SCHEDULE, fixture},
    stage::{Rest, Stage, call, create_alice},
};

/// How long a queue may keep its next message, in seconds: a switch of generations waits for three.
const LONGEST_DELAY: i32 = 10;

#[tokio::test]
#[ignore = "needs the bootstraps and servers: tests/bootstraps.sh"]
async fn a_user_walks_through_the_processes() {
    let stage = Stage::set("journey").await;
    let (commands, queries) = (stage.function("command-api").await, stage.function("query-api").await);
    let mut rest = Rest::of(&stage).await;
    let path = create_alice(&commands).await;
    rest.come().await;

    let (status, _, seen) = call(&queries, get(&format!("{path}/provisioning"), "")).await;
    assert_eq!((status, &seen["status"]), (200, &json!("pending_confirmation")), "{seen}");
    let (_, _, listed) = call(&queries, get("/v1/users", "role=engineer&limit=5")).await;
    assert_eq!(listed["items"][0]["displayName"], "Zoë 李", "{listed}");

    let token = stage.token().expect("a mail was sent");
    let (status, _, confirmed) =
        call(&commands, encoded(post("/v1/confirmations", &json!({ "token": token })))).await;
    assert_eq!((status, &confirmed["status"]), (200, &json!("active")), "{confirmed}");
    let (status, headers, off) = call(&commands, post(&format!("{path}/deactivate"), &json!({}))).await;
    assert_eq!((status, &off["status"]), (200, &json!("inactive")), "{off}");
    rest.come().await;
    let (status, seen_headers, seen) = call(&queries, get(&path, "")).await;
    assert_eq!((status, &seen["status"]), (200, &json!("inactive")), "{seen}");
    assert_eq!(seen_headers["etag"], headers["etag"], "the read model has the deactivation");
    let (status, _, problem) = call(&queries, get("/v1/users/nobody", "")).await;
    assert_eq!((status, problem["status"].as_u64()), (404, Some(404)), "{problem}");

    let watchdog = stage.function("watchdog").await;
    let round = watchdog.invoke(&fixture(SCHEDULE)).await;
    assert_eq!((&round["failed"], &round["resent"]), (&json!(0), &json!(0)), "{round}");
}

#[tokio::test]
#[ignore = "needs the bootstraps and servers: tests/bootstraps.sh"]
async fn a_mail_that_bounced_is_reported_through_the_queue() {
    let stage = Stage::set("bounce").await;
    let (commands, queries) = (stage.function("command-api").await, stage.function("query-api").await);
    let mut rest = Rest::of(&stage).await;
    let path = create_alice(&commands).await;
    rest.come().await;
    let mut bounce = fixture(BOUNCE);
    bounce["detail"]["mail"]["tags"]["user"] = json!([path.rsplit('/').next().unwrap()]);
    let report = stage.clients.sqs.send_message().queue_url(&stage.steps).message_body(bounce.to_string());
    report.send().await.unwrap();
    rest.come().await;
    let (_, _, seen) = call(&queries, get(&path, "")).await;
    assert_eq!((&seen["status"], &seen["emailFlag"]), (&json!("provisioning_failed"), &json!("bounce")));
}

#[tokio::test]
#[ignore = "needs the bootstraps and servers: tests/bootstraps.sh"]
async fn a_read_model_is_rebuilt_verified_and_promoted() {
    let stage = Stage::set("replay").await;
    let (commands, queries) = (stage.function("command-api").await, stage.function("query-api").await);
    let (operators, replayer) = (stage.function("operator-api").await, stage.function("replayer").await);
    let mut rest = Rest::of(&stage).await;
    create_alice(&commands).await;
    rest.come().await;

    let (status, headers, started) = call(&operators, start(json!({ "segments": 2 }))).await;
    assert_eq!((status, &started["state"]), (202, &json!("building")), "{started}");
    let replay = headers["location"].as_str().unwrap().to_owned();
    let to_replayer = stage.queue_to(&replayer, &stage.replays, QueueSettings::replays());
    while to_replayer.deliver(0).await.unwrap() > 0 {}
    assert_eq!(state(&operators, &replay).await, "verified");

    let (status, ..) = call(&operators, by_operator(post(&format!("{replay}/promote"), &json!({})))).await;
    assert_eq!(status, 202);
    while state(&operators, &replay).await == "promoting" {
        let delivered = to_replayer.deliver(LONGEST_DELAY).await.unwrap();
        assert!(delivered > 0, "the switch came on the queue");
    }
    assert_eq!(state(&operators, &replay).await, "promoted");
    let (_, _, listed) = call(&queries, get("/v1/users", "")).await;
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1), "{listed}");
    let (status, _, refused) = call(&operators, get("/v1/parked", "")).await;
    assert_eq!((status, &refused["code"]), (403, &json!("forbidden")), "an owner is no operator");
}

fn start(mut body: Value) -> Value {
    body["projection"] = json!("user_directory");
    by_operator(post("/v1/replays", &body))
}

async fn state(operators: &Emulator, replay: &str) -> String {
    let (status, _, seen) = call(operators, by_operator(get(replay, ""))).await;
    assert_eq!(status, 200, "{seen}");
    seen["state"].as_str().unwrap().to_owned()
}
