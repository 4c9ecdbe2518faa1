//! The hard case: a user is inactivated while provisioning runs.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use acceptance::{Answer, App, get, post};
use serde_json::{Value, json};

/// What no event may follow a deactivation.
const EFFECTS: [&str; 7] = [
    "user.role_linked",
    "user.provisioned",
    "user.email_confirmed",
    "provisioning.step_succeeded",
    "provisioning.step_requested",
    "confirmation.issued",
    "confirmation.sent",
];

fn deactivate(id: &str) -> acceptance::Say {
    post(format!("/v1/users/{id}/deactivate"), &json!({}))
}

/// Alice's way to provisioned, with a deactivation exactly before the `k`-th AWS request that any
/// function makes on it. `None` when there are fewer requests.
async fn deactivated_before_request(k: usize) -> Option<(App, String, Answer)> {
    let app = App::start().await;
    let id = app.derived_id("alice");
    let answered: Arc<Mutex<Option<Answer>>> = Arc::default();
    let (api, say, keep) = (app.door(), deactivate(&id), answered.clone());
    app.tap.before_request(k, move || {
        Box::pin(async move {
            let answer = api.send(say).await;
            *keep.lock().unwrap() = Some(answer);
        })
    });
    app.alice().await;
    app.settle().await;
    let answer = answered.lock().unwrap().take()?;
    Some((app, id, answer))
}

#[tokio::test]
async fn a_deactivation_at_any_point_stops_provisioning_there() {
    let mut seen = BTreeSet::new();
    let mut k = 1;
    while let Some((app, id, answer)) = deactivated_before_request(k).await {
        seen.insert(match answer.status {
            404 => too_early(&app, &id).await,
            _ => stopped(&app, &id, &answer, k).await,
        });
        app.then_nothing_is_left().await;
        k += 1;
    }
    println!("{} points, outcomes {seen:?}", k - 1);
    assert!(k > 20, "only {k} points on the way");
    let all = ["before the user existed", "late result ignored", "mail never sent", "mail sent, link dead"];
    assert_eq!(seen, all.into());
}

/// There was nobody to deactivate yet; provisioning went on as if nothing had been asked.
async fn too_early(app: &App, id: &str) -> &'static str {
    assert_eq!(app.status(id).await, "pending_confirmation");
    "before the user existed"
}

async fn stopped(app: &App, id: &str, answer: &Answer, k: usize) -> &'static str {
    assert_eq!((answer.status, answer.body["status"].as_str()), (200, Some("inactive")), "point {k}");
    let types = app.event_types(id).await;
    let at = types.iter().position(|name| name == "user.deactivated").unwrap();
    let after: Vec<&str> = types[at + 1..].iter().map(String::as_str).collect();
    assert!(after.iter().all(|name| !EFFECTS.contains(name)), "point {k}: {after:?}");

    let seen = app.provisioning(id).await;
    assert_eq!(seen["status"], "inactive", "point {k}");
    let links = types.iter().filter(|name| *name == "user.role_linked").count();
    assert_eq!(links_shown(&seen), links, "point {k}: {seen}");

    match app.mails.sent().as_slice() {
        [] if after.contains(&"provisioning.step_result_ignored") => "late result ignored",
        [] => "mail never sent",
        [mail] => {
            let token = json!({ "token": mail.token });
            app.when(post("/v1/confirmations", &token).by_nobody())
                .await
                .then_problem(410, "confirmation-revoked");
            "mail sent, link dead"
        }
        more => panic!("point {k}: {} mails", more.len()),
    }
}

fn links_shown(provisioning: &Value) -> usize {
    let steps = provisioning["steps"].as_array().unwrap().iter();
    steps
        .filter(|s| s["step"].as_str().unwrap().starts_with("link_role") && s["state"] == "succeeded")
        .count()
}

#[tokio::test]
async fn a_reactivation_after_any_stop_runs_only_the_missing_steps() {
    let mut k = 1;
    while let Some((app, id, answer)) = deactivated_before_request(k).await {
        k += 1;
        if answer.status == 404 {
            continue;
        }
        let mails_before = app.mails.sent().len();
        app.when(post(format!("/v1/users/{id}/reactivate"), &json!({}))).await.then(200);
        app.settle().await;
        assert_eq!(app.status(&id).await, "pending_confirmation", "point {k}");
        let links = app.event_types(&id).await.into_iter().filter(|name| name == "user.role_linked").count();
        assert_eq!(links, 2, "point {k}: each role is linked once");
        assert_eq!(app.mails.sent().len(), mails_before + 1, "point {k}: one new mail");
        let token = app.mails.sent().pop().unwrap().token;
        let confirmed =
            app.when(post("/v1/confirmations", &json!({ "token": token })).by_nobody()).await.then(200);
        assert_eq!(confirmed.text("status"), "active", "point {k}");
        app.settle().await;
        app.then_nothing_is_left().await;
    }
    assert!(k > 20);
}

#[tokio::test]
async fn a_mail_already_on_its_way_arrives_with_a_dead_link_and_its_receipt_is_ignored() {
    let app = App::start().await;
    let id = app.alice().await;
    let (door, say) = (app.door(), deactivate(&id));
    app.mails.during_next(move || Box::pin(async move { drop(door.send(say).await.then(200)) }));
    app.settle().await;
    let [mail] = app.mails.sent().try_into().unwrap();
    let types = app.event_types(&id).await;
    let tail: Vec<&str> = types.iter().rev().take(4).rev().map(String::as_str).collect();
    assert_eq!(
        tail,
        [
            "user.deactivated",
            "provisioning.stopped",
            "confirmation.revoked",
            "provisioning.step_result_ignored"
        ]
    );
    app.when(post("/v1/confirmations", &json!({ "token": mail.token })).by_nobody())
        .await
        .then_problem(410, "confirmation-revoked");
    assert_eq!(app.status(&id).await, "inactive");
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn a_late_result_that_is_delivered_twice_is_recorded_once() {
    let app = App::start().await;
    let id = app.alice().await;
    app.backend.dispatch().await.unwrap();
    let steps = app.take_steps(2).await;
    app.when(deactivate(&id)).await.then(200);
    for _ in 0..3 {
        let again = app.work_on(&steps).await;
        assert!(again.is_empty(), "nothing is to be tried again: {again:?}");
    }
    let types = app.event_types(&id).await;
    assert_eq!(types.iter().filter(|name| *name == "provisioning.step_result_ignored").count(), 2);
}

#[tokio::test]
async fn deactivating_twice_is_one_deactivation() {
    let app = App::start().await;
    let id = app.alice().await;
    let first = app.when(deactivate(&id).key("off")).await.then(200);
    let again = app.when(deactivate(&id).key("off")).await.then(200);
    let other = app.when(deactivate(&id)).await.then(200);
    assert_eq!((first.body.clone(), first.body), (again.body, other.body));
    assert_eq!(app.commits(&id).await.len(), 2);
}

#[tokio::test]
async fn an_active_user_is_shut_off_and_let_back_in_without_confirming_again() {
    let app = App::start().await;
    let id = app.alice().await;
    app.settle().await;
    let token = app.mails.sent().remove(0).token;
    app.when(post("/v1/confirmations", &json!({ "token": token })).by_nobody()).await.then(200);
    app.when(post(format!("/v1/users/{id}/deactivate"), &json!({ "reason": "security" }))).await.then(200);
    let back = app.when(post(format!("/v1/users/{id}/reactivate"), &json!({}))).await.then(200);
    assert_eq!(back.text("status"), "active");
    app.settle().await;
    assert_eq!(app.mails.sent().len(), 1);
    let seen = app.when(get(format!("/v1/users/{id}"))).await.then(200);
    assert_eq!(seen.text("status"), "active");
}
