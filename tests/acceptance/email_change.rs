//! Another address: replaced at once while nobody has confirmed one, and after a confirmation once one has.

use acceptance::{App, Say, delete, post};
use chrono::TimeDelta;
use infra_aws::mail::MailError;
use serde_json::{Value, json};

fn change(id: &str, email: &str) -> Say {
    post(format!("/v1/users/{id}/email"), &json!({ "email": email }))
}

/// What is shown of the user's addresses.
async fn emails(app: &App, id: &str) -> (String, Value) {
    let user = app.user(id).await;
    (user["email"].as_str().unwrap().into(), user["pendingEmail"].clone())
}

/// Bob, active, who has asked for `new@example.com`; the token of its confirmation.
async fn asked_for_another() -> (App, String, String) {
    let app = App::start().await;
    let id = app.active("bob", &[]).await;
    let answer = app.when(change(&id, "new@example.com")).await.then(202);
    assert_eq!(answer.text("status"), "active");
    app.settle().await;
    let mails = app.mails.sent();
    let mail = mails.into_iter().find(|mail| mail.to == "new@example.com").unwrap();
    (app, id, mail.token)
}

#[tokio::test]
async fn an_address_that_nobody_has_confirmed_is_replaced_at_once() {
    let app = App::start().await;
    let id = app.provisioned("bob", &["engineer"]).await;
    let old = app.mails.last();
    assert_eq!(app.when(change(&id, "new@example.com")).await.then(202).text("status"), "provisioning");
    app.confirm(&old.token).await.then_problem(410, "confirmation-revoked");
    assert_eq!(emails(&app, &id).await, ("new@example.com".into(), Value::Null));
    assert!(app.email_is_free("bob@example.com").await);
    assert!(!app.email_is_free("new@example.com").await);

    let new = app.mails.last();
    assert_eq!((new.to.as_str(), app.mails.sent().len()), ("new@example.com", 2));
    assert_eq!(app.confirm(&new.token).await.then(200).text("status"), "active");
    app.settle().await;
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn while_roles_are_linked_only_the_new_address_is_written_to() {
    let app = App::start().await;
    let id = app.accepted("bob", &["engineer"]).await;
    app.when(change(&id, "new@example.com")).await.then(202);
    app.settle().await;
    let mails: Vec<String> = app.mails.sent().into_iter().map(|mail| mail.to).collect();
    assert_eq!(mails, ["new@example.com"]);
    assert_eq!(app.status(&id).await, "pending_confirmation");
}

#[tokio::test]
async fn a_confirmed_address_stays_until_the_new_one_is_confirmed() {
    let (app, id, token) = asked_for_another().await;
    assert_eq!(emails(&app, &id).await, ("bob@example.com".into(), json!("new@example.com")));
    assert_eq!(app.status(&id).await, "active");
    assert!(!app.email_is_free("bob@example.com").await);
    assert!(!app.email_is_free("NEW@example.com").await);

    assert_eq!(app.confirm(&token).await.then(200).text("status"), "active");
    assert_eq!(emails(&app, &id).await, ("new@example.com".into(), Value::Null));
    assert!(app.email_is_free("bob@example.com").await);
    assert!(!app.email_is_free("new@example.com").await);
    app.confirm(&token).await.then_problem(410, "confirmation-used");
    app.confirm(&app.mails.sent()[0].token).await.then_problem(410, "confirmation-used");
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn the_old_address_is_told_of_the_change_and_gets_no_link() {
    let (app, id, _) = asked_for_another().await;
    let mails = app.mails.sent();
    let notices: Vec<_> = mails.iter().skip(1).filter(|mail| mail.to == "bob@example.com").collect();
    let [notice] = notices.as_slice() else { panic!("{} notices", notices.len()) };
    assert_eq!(notice.token, "");
    assert!(!notice.text.contains("http"), "{}", notice.text);
    assert!(!notice.text.contains("new@example.com"), "the new address is masked: {}", notice.text);
    assert_eq!(app.steps(&id).await, ["send_confirmation succeeded", "notify_email_change succeeded"]);
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn an_address_that_somebody_is_about_to_have_is_taken() {
    let (app, _, _) = asked_for_another().await;
    let carol = app.accepted("carol", &[]).await;
    app.when(change(&carol, "New@Example.com")).await.then_problem(409, "email-taken");
    app.when(change(&carol, "bob@example.com")).await.then_problem(409, "email-taken");
    assert_eq!(app.commits(&carol).await.len(), 1);
}

#[tokio::test]
async fn a_second_thought_frees_the_first_address_and_kills_its_link() {
    let (app, id, token) = asked_for_another().await;
    app.clock.advance(TimeDelta::minutes(1));
    app.when(change(&id, "newer@example.com")).await.then(202);
    app.settle().await;
    app.confirm(&token).await.then_problem(410, "confirmation-revoked");
    assert!(app.email_is_free("new@example.com").await);
    let newer = app.mails.sent().into_iter().find(|mail| mail.to == "newer@example.com").unwrap();
    app.confirm(&newer.token).await.then(200);
    assert_eq!(emails(&app, &id).await, ("newer@example.com".into(), Value::Null));
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn asking_for_the_confirmed_address_drops_the_change() {
    let (app, id, token) = asked_for_another().await;
    app.when(change(&id, "bob@example.com")).await.then(202);
    assert_eq!(emails(&app, &id).await, ("bob@example.com".into(), Value::Null));
    assert!(app.email_is_free("new@example.com").await);
    app.confirm(&token).await.then_problem(410, "confirmation-revoked");
    let commits = app.commits(&id).await.len();
    app.when(change(&id, "bob@example.com")).await.then(202);
    assert_eq!(app.commits(&id).await.len(), commits, "there is nothing left to drop");
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn a_change_that_nobody_confirms_expires_and_frees_the_address() {
    let (app, id, token) = asked_for_another().await;
    app.clock.advance(TimeDelta::hours(73));
    app.confirm(&token).await.then_problem(410, "confirmation-expired");
    assert!(!app.email_is_free("new@example.com").await);
    assert_eq!(app.backend.watch().await.unwrap().expired, 1);
    assert_eq!(emails(&app, &id).await, ("bob@example.com".into(), Value::Null));
    assert_eq!(app.status(&id).await, "active");
    assert!(app.email_is_free("new@example.com").await);
    app.confirm(&token).await.then_problem(410, "confirmation-expired");
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn a_new_address_whose_mail_is_refused_is_given_up() {
    let app = App::start().await;
    let id = app.active("bob", &[]).await;
    // The notice may go out first: refuse whatever is next, twice.
    for _ in 0..2 {
        app.mails.fail_next(MailError::Refused("550".into()));
    }
    app.when(change(&id, "new@example.com")).await.then(202);
    assert_eq!(emails(&app, &id).await, ("bob@example.com".into(), Value::Null));
    assert_eq!(app.status(&id).await, "active");
    assert!(app.email_is_free("new@example.com").await);
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn asking_twice_for_one_address_is_one_change() {
    let (app, id, token) = asked_for_another().await;
    let commits = app.commits(&id).await.len();
    app.when(change(&id, " new@example.com ")).await.then(202);
    app.settle().await;
    assert_eq!((app.commits(&id).await.len(), app.mails.sent().len()), (commits, 3));
    app.confirm(&token).await.then(200);
}

#[tokio::test]
async fn a_change_waits_while_its_user_is_shut_off() {
    let (app, id, token) = asked_for_another().await;
    app.command(&id, "deactivate").await.then(200);
    app.confirm(&token).await.then_problem(410, "confirmation-revoked");
    assert_eq!(emails(&app, &id).await, ("bob@example.com".into(), json!("new@example.com")));
    app.command(&id, "reactivate").await.then(200);
    app.settle().await;
    let mail = app.mails.sent().into_iter().rfind(|mail| mail.to == "new@example.com").unwrap();
    assert_ne!(mail.token, token);
    app.confirm(&mail.token).await.then(200);
    assert_eq!(emails(&app, &id).await, ("new@example.com".into(), Value::Null));
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn who_is_deleted_holds_neither_address_and_cannot_change_it() {
    let (app, id, token) = asked_for_another().await;
    app.when(delete(format!("/v1/users/{id}"))).await.then(204);
    assert!(app.email_is_free("bob@example.com").await && app.email_is_free("new@example.com").await);
    app.when(change(&id, "newest@example.com")).await.then_problem(404, "user-unknown");
    app.confirm(&token).await.then_problem(404, "confirmation-unknown");
    app.settle().await;
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn an_address_that_is_none_is_refused() {
    let app = App::start().await;
    let id = app.alice().await;
    let answer = app.when(change(&id, "alice@localhost")).await.then_problem(422, "invalid-value");
    assert_eq!(answer.body["errors"][0]["pointer"], "/email");
    for body in [json!({}), json!({ "email": null }), json!({ "email": "a@example.com", "force": true })] {
        app.when(post(format!("/v1/users/{id}/email"), &body)).await.then_problem(400, "invalid-body");
    }
    assert_eq!(app.commits(&id).await.len(), 1);
}
