//! Callers who are users themselves: their token says what they were, their stream what they are.

use acceptance::{App, Door, Say, command, delete, get, patch, post, put};
use chrono::TimeDelta;
use domain::CallerRole;
use infra_local::faults::Fault;
use serde_json::json;

/// A command that changes nothing, and a query: on each function of an instance.
fn calls(by: &str) -> [Say; 2] {
    [post("/v1/users/x/deactivate", &json!({})).by_user(by), get("/v1/roles").by_user(by)]
}

/// What an instance answers `by`, on each of its functions. A user who is not there: 404 is let in.
async fn answers(door: &Door, by: &str) -> [u16; 2] {
    let [command, query] = calls(by);
    [door.send(command).await.status, door.send(query).await.status]
}

const LET_IN: [u16; 2] = [404, 200];
const REFUSED: [u16; 2] = [403, 403];

/// Ann, an owner, Ben, another, and two instances that have met Ann at this very moment.
async fn met() -> (App, String, [Door; 2]) {
    let app = App::start().await;
    let ann = app.owner("ann").await;
    app.owner("ben").await;
    let instances = [app.front(), app.door()];
    for instance in &instances {
        assert_eq!(answers(instance, &ann).await, LET_IN);
    }
    (app, ann, instances)
}

#[tokio::test]
async fn a_token_of_who_is_shut_off_opens_nothing_after_five_seconds() {
    for is_deleted in [false, true] {
        let (app, ann, instances) = met().await;
        let end = if is_deleted { delete(format!("/v1/users/{ann}")) } else { command(&ann, "deactivate") };
        app.when(end).await;
        app.clock.advance(TimeDelta::milliseconds(3_900));
        for instance in &instances {
            assert_eq!(answers(instance, &ann).await, LET_IN, "what was read is good for a moment");
        }
        app.clock.advance(TimeDelta::milliseconds(1_100));
        for instance in &instances {
            assert_eq!(answers(instance, &ann).await, REFUSED);
            let [command, _] = calls(&ann);
            instance.send(command).await.then_problem(403, "caller-inactive");
        }
    }
}

#[tokio::test]
async fn an_instance_that_has_not_met_a_caller_looks_at_once() {
    let app = App::start().await;
    let ann = app.owner("ann").await;
    app.owner("ben").await;
    app.command(&ann, "deactivate").await.then(200);
    assert_eq!(answers(&app.front(), &ann).await, REFUSED);
    assert_eq!(answers(&app.door(), &ann).await, REFUSED);
    app.command(&ann, "reactivate").await.then(200);
    app.clock.advance(TimeDelta::seconds(5));
    assert_eq!(answers(&app.front(), &ann).await, LET_IN);
}

#[tokio::test]
async fn a_token_of_who_has_lost_the_role_opens_nothing_after_five_seconds() {
    let (app, ann, instances) = met().await;
    app.when(delete(format!("/v1/users/{ann}/roles/owners"))).await.then(204);
    app.clock.advance(TimeDelta::seconds(5));
    for instance in &instances {
        assert_eq!(answers(instance, &ann).await, REFUSED);
        let [command, _] = calls(&ann);
        instance.send(command).await.then_problem(403, "forbidden");
    }
}

#[tokio::test]
async fn neither_the_token_nor_the_role_is_enough_alone() {
    let app = App::start().await;
    app.role("helpers", json!(["helpdesk"])).await;
    let (ann, bob) = (app.owner("ann").await, app.active("bob", &["helpers"]).await);
    let nobody = app.active("nobody", &["engineer"]).await;
    let shut_off = || command("x", "deactivate");
    app.when(shut_off().by_user(&ann)).await.then_problem(404, "user-unknown");
    app.when(shut_off().by_user(&nobody)).await.then_problem(403, "forbidden");
    app.when(shut_off().by_user(&bob)).await.then_problem(403, "forbidden");
    for role in [CallerRole::Auditor, CallerRole::Helpdesk, CallerRole::UserAdmin] {
        app.when(shut_off().by_user_as(&ann, role)).await.then_problem(403, "forbidden");
    }
    // Both say helpdesk, and that is what he is.
    app.when(get("/v1/users").by_user_as(&bob, CallerRole::Helpdesk)).await.then(200);
    app.when(get("/v1/users").by_user(&bob)).await.then_problem(403, "forbidden");
}

#[tokio::test]
async fn who_is_not_active_yet_is_not_let_in() {
    let app = App::start().await;
    app.role("owners", json!(["owner"])).await;
    let ann = app.provisioned("ann", &["owners"]).await;
    app.when(get("/v1/users").by_user(&ann)).await.then_problem(403, "caller-inactive");
    app.confirm(&app.mails.last().token).await.then(200);
    app.clock.advance(TimeDelta::seconds(5));
    app.when(get("/v1/users").by_user(&ann)).await.then(200);
}

/// What has been decided counts, not the clock: the watchdog leaves the last owner in, and so does this.
#[tokio::test]
async fn who_is_over_their_last_day_is_let_in_until_the_watchdog_has_come() {
    let app = App::start().await;
    let (ann, _other) = (app.owner("ann").await, app.owner("bob").await);
    let at = json!({ "expiresAt": app.clock.now() + TimeDelta::hours(1) });
    app.when(put(format!("/v1/users/{ann}/expiry"), &at)).await.then(200);
    app.settle().await;
    app.clock.advance(TimeDelta::minutes(61));
    app.when(get("/v1/users").by_user(&ann)).await.then(200);
    assert_eq!(app.backend.watch().await.unwrap().shut_off, 1);
    app.clock.advance(TimeDelta::seconds(5));
    app.when(get("/v1/users").by_user(&ann)).await.then_problem(403, "caller-inactive");
}

#[tokio::test]
async fn a_stranger_goes_by_their_token() {
    let app = App::start().await;
    let ann = app.owner("ann").await;
    for subject in ["00000000-0000-4000-8000-000000000000", "auth0|123", "ann"] {
        app.when(command(&ann, "reactivate").by_user(subject)).await.then(200);
        app.when(command(&ann, "reactivate").by_user_as(subject, CallerRole::Auditor))
            .await
            .then_problem(403, "forbidden");
    }
    // A user of one tenant is a stranger in another.
    app.when(get("/v1/users").of_tenant("globex")).await.then(200);
}

#[tokio::test]
async fn who_cannot_be_looked_at_is_not_let_in() {
    let app = App::start().await;
    let ann = app.owner("ann").await;
    app.tap.reset();
    for _ in 0..3 {
        app.tap.inject("Query", Fault::ServerError);
    }
    app.when(get("/v1/roles").by_user(&ann)).await.then_problem(503, "unavailable");
    app.tap.reset();
    app.when(get("/v1/roles").by_user(&ann)).await.then(200);
}

#[tokio::test]
async fn a_warm_command_by_a_user_is_one_round_trip() {
    let app = App::start().await;
    let (ann, bob) = (app.owner("ann").await, app.active("bob", &[]).await);
    app.when(command(&bob, "deactivate").by_user(&ann)).await.then(200);
    app.clock.advance(TimeDelta::milliseconds(3_999));
    app.tap.reset();
    app.when(command(&bob, "reactivate").by_user(&ann)).await.then(200);
    assert_eq!(app.tap.log(), ["PutItem"]);
    app.clock.advance(TimeDelta::milliseconds(1));
    app.tap.reset();
    app.when(command(&bob, "deactivate").by_user(&ann)).await.then(200);
    assert_eq!(app.tap.log(), ["Query", "PutItem"], "now and then the caller is looked at");
}

#[tokio::test]
async fn nobody_changes_their_own_roles_or_state() {
    let app = App::start().await;
    let ann = app.owner("ann").await;
    app.owner("ben").await;
    let stored = app.stored().await.len();
    for say in [
        command(&ann, "deactivate"),
        command(&ann, "reactivate"),
        command(&ann, "restore"),
        command(&ann, "cancel-provisioning"),
        delete(format!("/v1/users/{ann}")),
        put(format!("/v1/users/{ann}/roles/engineer"), &json!({})),
        delete(format!("/v1/users/{ann}/roles/owners")),
        put(format!("/v1/users/{ann}/expiry"), &json!({ "expiresAt": null })),
    ] {
        for subject in [ann.clone(), ann.to_uppercase()] {
            app.when(say.clone().by_user(&subject)).await.then_problem(403, "self-change");
        }
    }
    assert_eq!(app.stored().await.len(), stored);
    let name = patch(format!("/v1/users/{ann}"), &json!({ "displayName": "Ann" }));
    app.when(name.by_user(&ann)).await.then(200);
}

#[tokio::test]
async fn nobody_gives_takes_or_creates_what_they_lack() {
    let app = App::start().await;
    app.role("admins", json!(["user_admin"])).await;
    let secret = json!({ "name": "vault", "privileged": true });
    app.when(post("/v1/roles", &secret)).await.then(201);
    let owner = app.owner("ann").await;
    let admin = app.active("adam", &["admins"]).await;
    let bob = app.active("bob", &["vault"]).await;
    let stored = app.stored().await.len();
    let new = |roles: &[&str]| {
        let body = json!({ "userName": "new", "displayName": "N", "email": "n@example.com", "roles": roles });
        post("/v1/users", &body).key("new")
    };
    let role = |name: &str, grants: &[&str], privileged: bool| {
        post("/v1/roles", &json!({ "name": name, "grants": grants, "privileged": privileged }))
    };
    for say in [
        role("bosses", &["owner"], false),
        role("watchers", &["auditor"], false),
        role("secrets", &[], true),
        post("/v1/roles/owners/retire", &json!({})),
        post("/v1/roles/vault/retire", &json!({})),
        new(&["owners"]),
        new(&["vault"]),
        put(format!("/v1/users/{bob}/roles/owners"), &json!({})),
        put(format!("/v1/users/{owner}/roles/vault"), &json!({})),
        delete(format!("/v1/users/{owner}/roles/owners")),
        delete(format!("/v1/users/{bob}/roles/vault")),
        post(format!("/v1/users/{owner}/email"), &json!({ "email": "mine@example.com" })),
        post(format!("/v1/users/{bob}/email"), &json!({ "email": "mine@example.com" })),
    ] {
        let line = say.line();
        let by_user = app.when(say.clone().by_user_as(&admin, CallerRole::UserAdmin)).await;
        assert_eq!((by_user.status, by_user.text("code").as_str()), (403, "role-not-yours"), "{line}");
        app.when(say.by(CallerRole::UserAdmin)).await.then_problem(403, "role-not-yours");
    }
    assert_eq!(app.stored().await.len(), stored);

    let by_admin = |say: Say| say.by_user_as(&admin, CallerRole::UserAdmin);
    app.when(by_admin(role("helpers", &["helpdesk"], false))).await.then(201);
    app.when(by_admin(put(format!("/v1/users/{bob}/roles/helpers"), &json!({})))).await.then(204);
    app.when(by_admin(new(&["admins"]))).await.then(202);
}
