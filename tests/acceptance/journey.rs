use acceptance::{Answer, App, alice, get, post};
use serde_json::json;

/// `{step} {state} {attempts}` of each step.
fn steps(provisioning: &serde_json::Value) -> Vec<String> {
    let text = |step: &serde_json::Value, name: &str| step[name].as_str().unwrap().to_owned();
    let steps = provisioning["steps"].as_array().unwrap().iter();
    steps.map(|s| format!("{} {} {}", text(s, "step"), text(s, "state"), s["attempts"])).collect()
}

fn accepted(answer: &Answer) -> String {
    let id = answer.text("id");
    assert_eq!((answer.text("status").as_str(), &answer.body["version"]), ("provisioning", &json!(1)));
    assert_eq!(answer.header("location"), format!("/v1/users/{id}"));
    assert_eq!(answer.header("link"), format!("</v1/users/{id}/provisioning>; rel=\"monitor\""));
    assert_eq!((answer.header("etag").as_str(), answer.header("consistency-token").as_str()), ("\"1\"", "1"));
    id
}

#[tokio::test]
async fn a_user_is_created_provisioned_and_confirmed_step_by_step() {
    let app = App::start().await;
    let id = accepted(&app.when(post("/v1/users", &alice()).key("alice")).await.then(202));

    app.backend.project().await.unwrap();
    let seen = app.provisioning(&id).await;
    assert_eq!((seen["status"].as_str(), seen["process"].as_str()), (Some("provisioning"), Some("accepted")));
    let waiting =
        ["link_role:engineer pending 0", "link_role:oncall pending 0", "send_confirmation waiting 0"];
    assert_eq!(steps(&seen), waiting);

    app.backend.dispatch().await.unwrap();
    assert_eq!(app.backend.work(1).await.unwrap(), 1);
    app.backend.project().await.unwrap();
    let seen = app.provisioning(&id).await;
    assert_eq!(seen["process"], "linking");
    assert_eq!(steps(&seen).iter().filter(|step| step.ends_with("succeeded 1")).count(), 1);

    assert_eq!(app.backend.work(1).await.unwrap(), 1);
    app.backend.project().await.unwrap();
    let seen = app.provisioning(&id).await;
    assert_eq!(
        (seen["process"].as_str(), steps(&seen)[2].as_str()),
        (Some("mailing"), "send_confirmation pending 0")
    );
    assert!(app.mails.sent().is_empty());

    app.settle().await;
    let seen = app.provisioning(&id).await;
    assert_eq!(
        (seen["status"].as_str(), seen["process"].as_str()),
        (Some("pending_confirmation"), Some("provisioned"))
    );
    let [mail] = app.mails.sent().try_into().unwrap();
    assert_eq!(mail.to, "alice@example.com");

    let confirmed =
        app.when(post("/v1/confirmations", &json!({ "token": mail.token })).by_nobody()).await.then(200);
    assert_eq!(confirmed.text("status"), "active");
    app.settle().await;
    let user = app.when(get(format!("/v1/users/{id}"))).await.then(200).body;
    assert_eq!(user["status"], "active");
    assert_eq!(
        (user["userName"].as_str(), user["email"].as_str()),
        (Some("alice"), Some("alice@example.com"))
    );
    assert_eq!(user["roles"], json!(["engineer", "oncall"]));
    app.when(post("/v1/confirmations", &json!({ "token": mail.token })).by_nobody())
        .await
        .then_problem(410, "confirmation-used");
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn a_command_is_read_back_at_once_although_no_view_has_it_yet() {
    let app = App::start().await;
    let id = app.alice().await;
    app.when(get(format!("/v1/users/{id}"))).await.then(200);
    app.backend.project().await.unwrap();
    let token = app
        .when(post(format!("/v1/users/{id}/deactivate"), &json!({})))
        .await
        .then(200)
        .header("consistency-token");
    let stale = app.when(get(format!("/v1/users/{id}"))).await.then(200);
    assert_eq!(stale.text("status"), "provisioning");
    let fresh = app.when(get(format!("/v1/users/{id}")).header("consistency-token", &token)).await.then(200);
    assert_eq!(fresh.text("status"), "inactive");
}

#[tokio::test]
async fn a_user_without_roles_is_mailed_at_once() {
    let app = App::start().await;
    let body = json!({ "userName": "bob", "displayName": "Bob", "email": "bob@example.com" });
    let id = app.when(post("/v1/users", &body).key("bob")).await.then(202).text("id");
    app.settle().await;
    assert_eq!(app.status(&id).await, "pending_confirmation");
    assert_eq!(app.mails.sent().len(), 1);
}

#[tokio::test]
async fn names_of_any_script_reach_the_mail_and_the_answer() {
    let app = App::start().await;
    let name = "Zoë O'Brien-李 <img src=x> 👩🏽‍🚀";
    let body = json!({ "userName": "zoë.müller", "displayName": name, "email": "Zoe+Work@Bücher.example", "roles": [] });
    let id = app.when(post("/v1/users", &body).key("zoe")).await.then(202).text("id");
    app.settle().await;
    let user = app.when(get(format!("/v1/users/{id}"))).await.then(200).body;
    assert_eq!(
        (user["displayName"].as_str(), user["email"].as_str()),
        (Some(name), Some("Zoe+Work@Bücher.example"))
    );
    assert_eq!(app.mails.sent().len(), 1);
    assert!(!app.mails.sent()[0].text.contains("<img src=x>"));
}

#[tokio::test]
async fn the_read_models_equal_a_fresh_fold_of_the_events() {
    let app = App::start().await;
    let id = app.alice().await;
    app.settle().await;
    let commits = app.commits(&id).await;
    assert!(commits.iter().zip(1..).all(|(commit, number)| commit.number == number));
    let last = commits.last().unwrap().number;
    let versions: Vec<u64> = app
        .rows()
        .await
        .iter()
        .filter(|row| row["sk"].as_s().unwrap() == &id)
        .map(|row| row["v"].as_n().unwrap().parse().unwrap())
        .collect();
    assert_eq!(versions, [last; 3], "the read models of users are at the last commit");
    let kept = app.provisioning(&id).await;
    // Without its row the answer is folded from the stream.
    app.forget_rows_of(&id).await;
    assert_eq!(app.provisioning(&id).await, kept);
}
