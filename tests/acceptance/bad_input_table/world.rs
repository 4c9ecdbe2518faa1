use std::sync::{Arc, Mutex};

use acceptance::{App, Say, command, delete, get, patch, post, put};
use chrono::TimeDelta;
use domain::CallerRole;
use serde_json::json;

/// A tenant with somebody in every situation that input can be bad for.
pub(super) struct World {
    pub(super) app: App,
    /// The only owner.
    pub(super) ann: String,
    /// Waits for the click.
    pub(super) bob: String,
    /// An import that is done.
    pub(super) import: String,
    /// A webhook to which nothing is sent.
    pub(super) webhook: String,
    /// Shut off.
    pub(super) carol: String,
    /// Deleted.
    pub(super) dave: String,
    /// Tokens of links that lead nowhere any more.
    pub(super) used: String,
    pub(super) revoked: String,
    pub(super) expired: String,
    /// Whom somebody else has changed while a request was under way.
    pub(super) meanwhile: Arc<Mutex<Vec<String>>>,
}

/// An import of this CSV.
pub(super) fn file(csv: &str) -> Say {
    post("/v1/imports", &json!({})).key("file").header("content-type", "text/csv").body(csv)
}

/// A webhook, made under this key.
pub(super) fn webhook(key: &str) -> Say {
    post("/v1/webhooks", &json!({ "url": "https://example.com/hook" })).key(key)
}

impl World {
    pub(super) async fn made() -> Self {
        let app = App::start().await;
        app.provisioned("early", &[]).await;
        let expired = app.mails.last().token;
        app.clock.advance(TimeDelta::hours(73));

        let ann = app.owner("ann").await;
        let used = app.mails.last().token;
        let bob = app.provisioned("bob", &["engineer"]).await;
        let revoked = app.mails.last().token;
        app.clock.advance(TimeDelta::minutes(1));
        app.command(&bob, "resend-confirmation").await.then(202);
        let carol = app.active("carol", &[]).await;
        app.when(command(&carol, "deactivate")).await.then(200);
        let dave = app.accepted("dave", &[]).await;
        app.when(delete(format!("/v1/users/{dave}"))).await.then(204);
        app.role("pilot", json!([])).await;
        app.when(post("/v1/roles/pilot/retire", &json!({}))).await.then(200);
        app.settle().await;
        app.when(command(&bob, "deactivate").key("k")).await.then(200);
        app.when(command(&bob, "reactivate")).await.then(200);
        app.settle().await;
        let few = json!({ "commands": null, "queries": { "requests": 10, "seconds": 10 }, "shutOffs": null });
        app.when(put("/v1/limits/initech", &few).by(CallerRole::ReplayOperator)).await.then(200);
        while app.when(get("/v1/users").of_tenant("initech")).await.status == 200 {}
        let import =
            app.when(file("userName,displayName,email\ngina,Gina,gina@example.com\n").key("over")).await;
        let import = import.then(202).text("id");
        while app.backend.import().await.unwrap() > 0 {}
        app.settle().await;
        for place in 1..=10 {
            app.when(webhook(&place.to_string()).of_tenant("umbrella")).await.then(201);
        }
        let webhook = app.when(webhook("silent")).await.then(201).text("id");
        app.when(post(format!("/v1/webhooks/{webhook}/disable"), &json!({}))).await.then(200);
        let meanwhile = Arc::default();
        Self { app, import, webhook, ann, bob, carol, dave, used, revoked, expired, meanwhile }
    }

    /// What somebody else does to Carol.
    pub(super) fn renaming(&self, number: usize) -> Say {
        patch(format!("/v1/users/{}", self.carol), &json!({ "displayName": format!("Carol {number}") }))
    }
}
