//! Roles that users get and lose, one by one.

use acceptance::{App, Say, alice, command, delete, get, post, put};
use chrono::TimeDelta;
use domain::{
    Actor, Caller, CallerRole, DisplayName, Email, RoleName, TenantId, UserId, UserName,
    role::Powers,
    user::{ChangeRoles, CreateUser, Personal, UserCommand},
};
use functions::{commands::Order, watchdog::Round};
use infra_aws::mail::MailError;
use infra_local::host::Delivery;
use serde_json::json;

fn add(id: &str, role: &str) -> Say {
    put(format!("/v1/users/{id}/roles/{role}"), &json!({})).body("")
}

fn remove(id: &str, role: &str) -> Say {
    delete(format!("/v1/users/{id}/roles/{role}"))
}

fn retire(role: &str) -> Say {
    post(format!("/v1/roles/{role}/retire"), &json!({}))
}

async fn roles(app: &App, id: &str) -> serde_json::Value {
    app.user(id).await["roles"].clone()
}

/// Somebody in every state that is not deleted, each with the role `engineer`, by its name.
async fn one_in_each_state(app: &App) -> Vec<(&'static str, String)> {
    let expired = app.provisioned("expired", &["engineer"]).await;
    app.clock.advance(TimeDelta::hours(73));
    app.backend.watch().await.unwrap();
    let active = app.active("active", &["engineer"]).await;
    let inactive = app.active("inactive", &["engineer"]).await;
    app.command(&inactive, "deactivate").await.then(200);
    app.mails.fail_next(MailError::Refused("550".into()));
    let failed = app.accepted("failed", &["engineer"]).await;
    app.settle().await;
    let pending = app.provisioned("pending", &["engineer"]).await;
    let running = app.accepted("running", &["engineer"]).await;
    // First, before whatever is asked of another delivers their steps.
    vec![
        ("provisioning", running),
        ("expired", expired),
        ("active", active),
        ("inactive", inactive),
        ("provisioning_failed", failed),
        ("pending_confirmation", pending),
    ]
}

#[tokio::test]
async fn a_role_is_given_and_taken_in_every_state() {
    let app = App::start().await;
    for (status, id) in one_in_each_state(&app).await {
        let seen = app.meanwhile(get(format!("/v1/users/{id}/provisioning"))).await.then(200).body;
        assert_eq!(seen["status"], status);
        let given = app.when(add(&id, "oncall")).await.then(204);
        assert!(!given.header("etag").is_empty() && given.body == "", "{status}");
        let commits = app.commits(&id).await.len();
        app.when(add(&id, "oncall")).await.then(204);
        assert_eq!(app.commits(&id).await.len(), commits, "{status}: the second time is not news");
        assert_eq!(roles(&app, &id).await, json!(["engineer", "oncall"]), "{status}");

        app.when(remove(&id, "engineer")).await.then(204);
        assert_eq!(roles(&app, &id).await, json!(["oncall"]), "{status}");
        app.when(remove(&id, "oncall")).await.then(204);
        let commits = app.commits(&id).await.len();
        for role in ["oncall", "engineer", "nobody-has-it"] {
            app.when(remove(&id, role)).await.then(204);
        }
        assert_eq!(app.commits(&id).await.len(), commits, "{status}: what is not there is gone");
        assert_eq!(roles(&app, &id).await, json!([]), "{status}");
        let links = app.steps(&id).await.into_iter().filter(|step| step.starts_with("link_role"));
        assert_eq!(links.count(), 0, "{status}");
    }
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn a_role_that_comes_while_others_are_linked_is_linked_before_the_mail() {
    let app = App::start().await;
    let id = app.accepted("bob", &["engineer"]).await;
    app.when(add(&id, "oncall")).await.then(204);
    app.settle().await;
    let types = app.event_types(&id).await;
    let place = |name: &str| types.iter().rposition(|other| other == name).unwrap();
    assert!(place("user.role_linked") < place("confirmation.issued"), "{types:?}");
    assert_eq!(types.iter().filter(|name| *name == "user.role_linked").count(), 2);
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn taking_the_last_role_that_was_waited_for_lets_provisioning_go_on() {
    let app = App::start().await;
    let id = app.accepted("bob", &["engineer"]).await;
    app.when(remove(&id, "engineer")).await.then(204);
    app.settle().await;
    assert_eq!(app.status(&id).await, "pending_confirmation");
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn roles_of_who_is_shut_off_or_failed_are_linked_when_they_come_back() {
    let app = App::start().await;
    let id = app.active("bob", &[]).await;
    app.command(&id, "deactivate").await.then(200);
    app.when(add(&id, "oncall")).await.then(204);
    app.command(&id, "reactivate").await.then(200);
    app.settle().await;
    assert_eq!(app.status(&id).await, "active");
    assert!(app.steps(&id).await.contains(&"link_role:oncall succeeded".to_owned()));

    app.mails.fail_next(MailError::Refused("550".into()));
    let failed = app.accepted("carol", &[]).await;
    app.settle().await;
    app.when(add(&failed, "oncall")).await.then(204);
    assert_eq!(app.steps(&failed).await[0], "link_role:oncall waiting");
    app.clock.advance(TimeDelta::minutes(1));
    app.command(&failed, "retry-provisioning").await.then(202);
    assert_eq!(app.steps(&failed).await[0], "link_role:oncall succeeded");
    assert_eq!(app.status(&failed).await, "pending_confirmation");
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn a_role_that_cannot_be_given_is_refused() {
    let app = App::start().await;
    let id = app.alice().await;
    app.when(retire("oncall")).await.then(200);
    let stored = app.stored().await.len();
    app.when(add(&id, "pilot")).await.then_problem(422, "role-unknown");
    app.when(add(&id, "oncall")).await.then_problem(422, "role-retired");
    for name in ["Engineer", "%20", "-", &"r".repeat(300)] {
        app.when(add(&id, name)).await.then_problem(404, "no-such-role");
        app.when(remove(&id, name)).await.then_problem(404, "no-such-role");
        app.when(retire(name)).await.then_problem(404, "no-such-role");
    }
    app.when(retire("pilot")).await.then_problem(404, "no-such-role");
    let mut body = alice();
    body["roles"] = json!(["engineer", "oncall"]);
    let answer = app.when(post("/v1/users", &body).key("other")).await.then_problem(422, "role-retired");
    assert_eq!(answer.body["errors"][0]["pointer"], "/roles/1");
    assert_eq!(app.stored().await.len(), stored);
}

#[tokio::test]
async fn a_role_that_is_retired_before_it_is_linked_is_left_out() {
    let app = App::start().await;
    let id = app.alice().await;
    assert_eq!(app.when(retire("oncall")).await.then(200).body["retired"], true);
    assert_eq!(
        app.steps(&id).await,
        ["link_role:engineer succeeded", "link_role:oncall skipped", "send_confirmation succeeded"]
    );
    assert_eq!(roles(&app, &id).await, json!(["engineer"]));
    assert_eq!(app.status(&id).await, "pending_confirmation");
    // A repeated creation is answered like the first.
    assert_eq!(app.alice().await, id);
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn who_is_left_without_any_role_has_failed() {
    let app = App::start().await;
    let id = app.accepted("bob", &["oncall"]).await;
    app.when(retire("oncall")).await.then(200);
    app.settle().await;
    assert_eq!(app.status(&id).await, "provisioning_failed");
    assert!(app.mails.sent().is_empty());
    app.when(add(&id, "engineer")).await.then(204);
    app.command(&id, "retry-provisioning").await.then(202);
    app.settle().await;
    assert_eq!(app.status(&id).await, "pending_confirmation");
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn the_watchdog_takes_a_retired_role_from_whoever_has_it() {
    let app = App::start().await;
    let people = one_in_each_state(&app).await;
    app.when(retire("engineer")).await.then(200);
    app.settle().await;
    app.clock.advance(TimeDelta::seconds(1));
    app.backend.watch().await.unwrap();
    for (status, id) in people {
        assert_eq!(roles(&app, &id).await, json!([]), "{status}");
    }
    assert_eq!(app.when(get("/v1/users?role=engineer")).await.then(200).body["items"], json!([]));
    let names = app.when(get("/v1/roles")).await.then(200).body;
    assert!(names["items"][0]["retiredAt"].is_string(), "{names}");
    app.then_nothing_is_left().await;
}

/// 130 users who have the role oncall, by the shortest way.
async fn crowd(app: &App) {
    let tenant = TenantId::parse("acme").unwrap();
    let oncall = || [(RoleName::parse("oncall").unwrap(), Powers::default())].into();
    for n in 0..130 {
        let order = |command_id: String| Order {
            by: Actor::Caller(Caller {
                tenant: tenant.clone(),
                subject: "owner-1".into(),
                roles: [CallerRole::Owner].into(),
            }),
            tenant: tenant.clone(),
            command_id,
            fingerprint: [0; 32],
            correlation_id: "crowd".into(),
            causation_id: None,
            trace: None,
            expected_commit: None,
        };
        let personal = Personal {
            user_name: UserName::parse(&format!("u{n}")).unwrap(),
            display_name: DisplayName::parse("One of many").unwrap(),
            email: Email::parse(&format!("u{n}@example.com")).unwrap(),
        };
        let id = UserId::derive(&tenant, &format!("u{n}"));
        let create = UserCommand::Create(CreateUser { personal, roles: [].into() });
        app.backend.functions.commands.user(id, order(format!("{n}-create")), create).await.unwrap();
        let add = UserCommand::ChangeRoles(ChangeRoles { add: oncall(), ..ChangeRoles::default() });
        app.backend.functions.commands.user(id, order(format!("{n}-add")), add).await.unwrap();
    }
}

#[tokio::test]
async fn a_role_that_many_have_is_taken_from_all_of_them() {
    let app = App::start().await;
    crowd(&app).await;
    app.when(retire("oncall")).await.then(200);
    while app.backend.project().await.unwrap() != Delivery::Idle {}
    app.clock.advance(TimeDelta::seconds(1));
    let round = app.backend.watch().await.unwrap();
    assert_eq!(round, Round { due: 1, unlinked: 130, ..Round::default() });
    while app.backend.project().await.unwrap() != Delivery::Idle {}
    assert_eq!(app.when(get("/v1/users?role=oncall")).await.then(200).body["items"], json!([]));

    // It looks again for an hour, and then no more.
    let mut rounds = Vec::new();
    for _ in 0..3 {
        app.clock.advance(TimeDelta::minutes(61));
        rounds.push(app.backend.watch().await.unwrap().due);
    }
    assert_eq!(rounds[2], 0, "{rounds:?}");
}

#[tokio::test]
async fn the_last_owner_keeps_even_a_retired_role_until_there_is_another() {
    let app = App::start().await;
    let ann = app.owner("ann").await;
    let helper = app.active("helper", &["engineer"]).await;
    app.when(retire("owners")).await.then(200);
    app.settle().await;
    app.clock.advance(TimeDelta::seconds(1));
    let round = app.backend.watch().await.unwrap();
    assert_eq!((round.failed, round.unlinked), (1, 0));
    assert_eq!(app.owners().await, [ann.clone()].into());
    assert_eq!(roles(&app, &ann).await, json!(["owners"]));

    app.role("directors", json!(["owner"])).await;
    app.when(add(&helper, "directors")).await.then(204);
    app.settle().await;
    app.clock.advance(TimeDelta::minutes(6));
    let round = app.backend.watch().await.unwrap();
    assert_eq!((round.failed, round.unlinked), (0, 1));
    assert_eq!(app.owners().await, [helper].into());
    app.settle().await;
    app.then_nothing_is_left().await;
}

#[tokio::test]
async fn who_is_deleted_has_no_roles_to_change() {
    let app = App::start().await;
    let id = app.active("bob", &["engineer"]).await;
    app.when(delete(format!("/v1/users/{id}"))).await.then(204);
    app.when(add(&id, "oncall")).await.then_problem(404, "user-unknown");
    app.when(remove(&id, "engineer")).await.then_problem(404, "user-unknown");
    app.when(command(&id, "cancel-provisioning")).await.then_problem(404, "user-unknown");
}
