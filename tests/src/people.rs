//! The people of `acme` whom tests begin with.

use std::collections::BTreeSet;

use functions::commands::OWNERS;
use serde_json::{Value, json};

use crate::{Answer, App, command, confirm, get, post};

impl App {
    /// Accepts a user of this name, at `{name}@example.com`; answers the id. Nothing is delivered.
    pub async fn accepted(&self, name: &str, roles: &[&str]) -> String {
        let body = json!({ "userName": name, "displayName": name,
                           "email": format!("{name}@example.com"), "roles": roles });
        self.when(post("/v1/users", &body).key(name)).await.then(202).text("id")
    }

    /// A user whose confirmation is out.
    pub async fn provisioned(&self, name: &str, roles: &[&str]) -> String {
        let id = self.accepted(name, roles).await;
        self.settle().await;
        assert_eq!(self.status(&id).await, "pending_confirmation");
        id
    }

    /// A user who has confirmed.
    pub async fn active(&self, name: &str, roles: &[&str]) -> String {
        let id = self.provisioned(name, roles).await;
        self.confirm(&self.mails.last().token).await.then(200);
        self.settle().await;
        id
    }

    /// A user who makes decisions: active, with the role `owners`, which grants that.
    pub async fn owner(&self, name: &str) -> String {
        self.role("owners", json!(["owner"])).await;
        self.active(name, &["owners"]).await
    }

    /// A role that grants these; it may exist already.
    pub async fn role(&self, name: &str, grants: Value) {
        let created = self.when(post("/v1/roles", &json!({ "name": name, "grants": grants }))).await;
        assert!([201, 409].contains(&created.status), "{}", created.body);
    }

    /// The effective owners of `acme`.
    pub async fn owners(&self) -> BTreeSet<String> {
        self.events().roster("acme", OWNERS).await.unwrap()
    }

    pub async fn confirm(&self, token: &str) -> Answer {
        self.when(confirm(token)).await
    }

    /// Carries out a command that says all with its name.
    pub async fn command(&self, id: &str, name: &str) -> Answer {
        self.when(command(id, name)).await
    }

    /// The user as everybody sees them, once everything is delivered.
    pub async fn user(&self, id: &str) -> Value {
        self.settle().await;
        self.meanwhile(get(format!("/v1/users/{id}"))).await.then(200).body
    }

    /// `{step} {state}` of each step, once everything is delivered.
    pub async fn steps(&self, id: &str) -> Vec<String> {
        self.settle().await;
        let seen = self.provisioning(id).await;
        let text = |step: &Value, name: &str| step[name].as_str().unwrap().to_owned();
        let steps = seen["steps"].as_array().unwrap().iter();
        steps.map(|step| format!("{} {}", text(step, "step"), text(step, "state"))).collect()
    }

    /// Whether another user can be created with this address; tried, not done.
    pub async fn email_is_free(&self, email: &str) -> bool {
        let body = json!({ "userName": "nobody-else", "displayName": "Nobody", "email": email });
        self.is_free(&body, "email-taken").await
    }

    /// The same of a user name.
    pub async fn user_name_is_free(&self, name: &str) -> bool {
        let body = json!({ "userName": name, "displayName": "Nobody", "email": "nobody-else@example.com" });
        self.is_free(&body, "user-name-taken").await
    }

    async fn is_free(&self, body: &Value, taken: &str) -> bool {
        let tried = self.meanwhile(post("/v1/users", body).key("nobody-else").dry()).await;
        if tried.status == 200 {
            return true;
        }
        tried.then_problem(409, taken);
        false
    }
}
