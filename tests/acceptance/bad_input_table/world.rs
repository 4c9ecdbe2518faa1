use std::sync::{Arc, Mutex};

use acceptance::{App, Say, command, delete, patch, post};
use chrono::TimeDelta;
use serde_json::json;

/// A tenant with somebody in every situation that input can be bad for.
pub(super) struct World {
    pub(super) app: App,
    /// The only owner.
    pub(super) ann: String,
    /// Waits for the click.
    pub(super) bob: String,
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
        Self { app, ann, bob, carol, dave, used, revoked, expired, meanwhile: Arc::default() }
    }

    /// What somebody else does to Carol.
    pub(super) fn renaming(&self, number: usize) -> Say {
        patch(format!("/v1/users/{}", self.carol), &json!({ "displayName": format!("Carol {number}") }))
    }
}
