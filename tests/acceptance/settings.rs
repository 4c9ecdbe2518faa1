//! What a tenant chooses for itself: how long links live, and what mails say.

use acceptance::{App, Say, get, post, put};
use chrono::TimeDelta;
use domain::CallerRole;
use serde_json::{Value, json};

fn choose(settings: &Value) -> Say {
    put("/v1/settings", settings)
}

async fn settings(app: &App) -> Value {
    app.settle().await;
    app.when(get("/v1/settings")).await.then(200).body
}

#[tokio::test]
async fn who_has_chosen_nothing_has_what_holds_for_everybody() {
    let app = App::start().await;
    let seen = settings(&app).await;
    assert_eq!((&seen["version"], &seen["confirmationLifetimeHours"]), (&json!(0), &json!(72)));
    for kind in ["confirmation", "email_change"] {
        assert!(!seen["templates"][kind]["subject"].as_str().unwrap().is_empty());
    }
}

#[tokio::test]
async fn what_was_chosen_is_read_back_and_what_is_left_out_is_as_for_everybody() {
    let app = App::start().await;
    let default = settings(&app).await;
    let template = json!({ "subject": "Welcome", "text": "Dear {display_name},\n{link}\n" });
    let both = json!({ "confirmationLifetimeHours": 1, "templates": { "confirmation": template } });
    let answer = app.when(choose(&both)).await.then(200);
    assert_eq!((answer.header("etag").as_str(), &answer.body["version"]), ("\"1\"", &json!(1)));
    let token = answer.header("consistency-token");
    let at_once = app.when(get("/v1/settings").header("consistency-token", &token)).await.then(200);
    assert_eq!((&at_once.body, &settings(&app).await), (&answer.body, &answer.body));
    assert_eq!(answer.body["templates"]["confirmation"], template);
    assert_eq!(answer.body["templates"]["email_change"], default["templates"]["email_change"]);

    assert_eq!(app.when(choose(&both)).await.then(200).body["version"], 1, "the same again is not news");
    let with_a_point = json!({ "confirmationLifetimeHours": 1.0, "templates": { "confirmation": template } });
    assert_eq!(app.when(choose(&with_a_point)).await.then(200).body["version"], 1, "1.0 is an integer, too");
    let back = app.when(choose(&json!({}))).await.then(200).body;
    assert_eq!(back["templates"], default["templates"]);
    assert_eq!(back["confirmationLifetimeHours"], 72);
    app.settle().await;
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn a_link_lives_as_long_as_the_tenant_says() {
    let app = App::start().await;
    app.when(choose(&json!({ "confirmationLifetimeHours": 1 }))).await.then(200);
    let id = app.provisioned("bob", &[]).await;
    let first = app.mails.last();
    assert!(first.text.contains("for 1 hour."), "{}", first.text);
    app.clock.advance(TimeDelta::minutes(60) - TimeDelta::seconds(1));
    assert_eq!(app.backend.watch().await.unwrap().expired, 0);
    app.clock.advance(TimeDelta::seconds(1));
    app.confirm(&first.token).await.then_problem(410, "confirmation-expired");
    app.clock.advance(TimeDelta::seconds(1));
    assert_eq!(app.backend.watch().await.unwrap().expired, 1);
    app.settle().await;
    assert_eq!(app.status(&id).await, "expired");

    // What is out keeps its time, what comes has the new one.
    app.when(choose(&json!({ "confirmationLifetimeHours": 720 }))).await.then(200);
    app.command(&id, "resend-confirmation").await.then(202);
    app.settle().await;
    assert!(app.mails.last().text.contains("30 days"), "{}", app.mails.last().text);
    app.clock.advance(TimeDelta::hours(719));
    app.confirm(&app.mails.last().token).await.then(200);
    app.settle().await;
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn a_link_that_is_out_keeps_its_time() {
    let app = App::start().await;
    app.provisioned("bob", &[]).await;
    app.when(choose(&json!({ "confirmationLifetimeHours": 1 }))).await.then(200);
    app.clock.advance(TimeDelta::hours(71));
    app.confirm(&app.mails.last().token).await.then(200);
}

#[tokio::test]
async fn mails_say_what_the_tenant_says() {
    let app = App::start().await;
    let templates = json!({
        "confirmation": {
            "subject": "Hi {display_name}, {expires_in_hours} hours",
            "text": "It is \\{here\\}:\n{link}\n"
        },
        "email_change": { "subject": "Moving?", "text": "Not to {new_email_masked}, I hope.\n" }
    });
    app.when(choose(&json!({ "templates": templates }))).await.then(200);
    let id = app.active("bob", &[]).await;
    let mail = app.mails.last();
    assert_eq!(mail.subject, "Hi bob, 72 hours");
    assert!(mail.text.contains("It is {here}:"), "{}", mail.text);
    app.when(post(format!("/v1/users/{id}/email"), &json!({ "email": "new@example.com" }))).await.then(202);
    app.settle().await;
    let notice = app.mails.sent().into_iter().rfind(|mail| mail.to == "bob@example.com").unwrap();
    assert_eq!((notice.subject.as_str(), notice.token.as_str()), ("Moving?", ""));
    assert!(notice.text.contains("@example.com, I hope."), "{}", notice.text);
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn what_a_user_is_called_is_no_template() {
    let app = App::start().await;
    let text = "Dear {display_name}:\n{link}\n";
    let templates = json!({ "confirmation": { "subject": "{display_name}", "text": text } });
    app.when(choose(&json!({ "templates": templates }))).await.then(200);
    let body = json!({ "userName": "m", "displayName": "{link}", "email": "m@example.com" });
    app.when(post("/v1/users", &body).key("m")).await.then(202);
    app.settle().await;
    let mail = app.mails.last();
    assert_eq!(mail.subject, "{link}");
    assert!(mail.text.contains("Dear {link}:"), "{}", mail.text);
}

#[tokio::test]
async fn each_tenant_chooses_for_itself() {
    let app = App::start().await;
    app.when(choose(&json!({ "confirmationLifetimeHours": 1 }))).await.then(200);
    app.when(choose(&json!({ "confirmationLifetimeHours": 2 })).of_tenant("globex")).await.then(200);
    app.settle().await;
    let body = json!({ "userName": "u", "displayName": "U", "email": "u@example.com" });
    for (tenant, hours) in [("acme", 1), ("globex", 2), ("initech", 72)] {
        let seen = app.when(get("/v1/settings").of_tenant(tenant)).await.then(200).body;
        assert_eq!(seen["confirmationLifetimeHours"], hours, "{tenant}");
        app.when(post("/v1/users", &body).key("u").of_tenant(tenant)).await.then(202);
    }
    app.settle().await;
    let said = |text: &str| app.mails.sent().iter().filter(|mail| mail.text.contains(text)).count();
    assert_eq!([said("for 1 hour."), said("for 2 hours."), said("for 3 days.")], [1, 1, 1]);
}

#[tokio::test]
async fn a_template_that_no_mail_could_be_made_of_is_refused_with_the_reason() {
    let app = App::start().await;
    let stored = app.stored().await.len();
    let text = "{link}\n";
    for (kind, subject, text, code) in [
        ("confirmation", "Hi", "no link in it", "template-link-missing"),
        ("confirmation", "Hi", "x{link}x", "template-link-missing"),
        ("confirmation", "Hi {link}", text, "template-invalid"),
        ("confirmation", "Hi {name}", text, "template-invalid"),
        ("confirmation", "Hi {", text, "template-invalid"),
        ("confirmation", "", text, "template-invalid"),
        ("confirmation", "Hi\r\nBcc: x@example.com", text, "template-invalid"),
        ("confirmation", &"s".repeat(201), text, "template-too-long"),
        ("email_change", "Hi", "{link}", "template-invalid"),
        ("email_change", "Hi", "", "template-invalid"),
        ("email_change", "Hi", &"t".repeat(10_001), "template-too-long"),
    ] {
        let templates = json!({ kind: { "subject": subject, "text": text } });
        let answer = app.when(choose(&json!({ "templates": templates }))).await;
        let error = answer.then_problem(422, "invalid-value").body["errors"][0].clone();
        assert_eq!((&error["pointer"], &error["code"]), (&json!(format!("/templates/{kind}")), &json!(code)));
        assert!(!error["detail"].as_str().unwrap().is_empty());
    }
    for hours in [0, 721] {
        let answer = app.when(choose(&json!({ "confirmationLifetimeHours": hours }))).await;
        let error = answer.then_problem(422, "invalid-value").body["errors"][0].clone();
        assert_eq!(error["pointer"], "/confirmationLifetimeHours");
    }
    for body in [
        json!({ "confirmationLifetimeHours": -1 }),
        json!({ "confirmationLifetimeHours": 1.5 }),
        json!({ "confirmationLifetimeHours": 1e300 }),
        json!({ "templates": { "goodbye": { "subject": "a", "text": "b" } } }),
        json!({ "templates": { "confirmation": { "subject": "a" } } }),
        json!({ "lifetime": 1 }),
    ] {
        app.when(choose(&body)).await.then_problem(400, "invalid-body");
    }
    assert_eq!(app.stored().await.len(), stored);
}

#[tokio::test]
async fn only_owners_choose() {
    let app = App::start().await;
    for role in CallerRole::ALL.into_iter().filter(|role| *role != CallerRole::Owner) {
        app.when(choose(&json!({})).by(role)).await.then_problem(403, "forbidden");
    }
    let ann = app.owner("ann").await;
    app.when(choose(&json!({ "confirmationLifetimeHours": 3 })).by_user(&ann)).await.then(200);
}

#[tokio::test]
async fn settings_that_have_changed_meanwhile_are_not_overwritten_when_the_request_says_so() {
    let app = App::start().await;
    let hours = |hours: u32| choose(&json!({ "confirmationLifetimeHours": hours }));
    app.when(hours(1)).await.then(200);
    app.when(hours(2).header("if-match", "\"1\"")).await.then(200);
    app.when(hours(3).header("if-match", "\"1\"")).await.then_problem(412, "version-mismatch");
    assert_eq!(settings(&app).await["confirmationLifetimeHours"], 2);
}
