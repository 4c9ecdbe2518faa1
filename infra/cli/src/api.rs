//! Calls the API as any client does.

use chrono::TimeDelta;
use domain::CallerRole;
use infra_aws::clock::Clock;
use infra_local::{
    issuer::{Issuer, TokenRequest},
    secrets::Secrets,
};
use serde_json::Value;
use ureq::{Agent, Body, http::Response};

use crate::{Failure, arguments::Backend, home::Addresses};

/// The API and a token for it.
pub(crate) struct Api {
    agent: Agent,
    base: String,
    token: String,
}

impl Api {
    pub(crate) fn of(backend: &Backend) -> Result<Self, Failure> {
        let folder = &backend.data.folder;
        let base = match &backend.api {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => Addresses::read(folder)?.api,
        };
        let token = backend.token.clone().map_or_else(|| owners_token(backend), Ok)?;
        // A refusal has a body that says why; it is no transport error.
        let settings = Agent::config_builder().http_status_as_error(false);
        // A proxy does not lead to this machine.
        let is_local = base.starts_with("http://127.0.0.1:") || base.starts_with("http://localhost:");
        let agent = if is_local { settings.proxy(None).build().into() } else { settings.build().into() };
        Ok(Self { agent, base, token })
    }

    pub(crate) fn get(&self, path: &str, query: &[(&str, Option<String>)]) -> Result<Value, Failure> {
        let mut request =
            self.agent.get(format!("{}{path}", self.base)).header("authorization", self.bearer());
        for (name, value) in query {
            if let Some(value) = value {
                request = request.query(name, value);
            }
        }
        answer(request.call().map_err(|error| self.unreachable(&error))?)
    }

    pub(crate) fn post(&self, path: &str, key: Option<&str>, body: &Value) -> Result<Value, Failure> {
        let mut request =
            self.agent.post(format!("{}{path}", self.base)).header("authorization", self.bearer());
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        answer(request.send_json(body).map_err(|error| self.unreachable(&error))?)
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }

    fn unreachable(&self, error: &ureq::Error) -> Failure {
        format!("{} does not answer ({error}); is `rollcall dev` running?", self.base).into()
    }
}

fn owners_token(backend: &Backend) -> Result<String, Failure> {
    let issuer = Issuer::new(&Secrets::in_folder(&backend.data.folder)?.issuer_seed);
    let request = TokenRequest {
        tenant: backend.tenant.clone(),
        subject: "rollcall-cli".into(),
        roles: vec![CallerRole::Owner],
        lifetime: TimeDelta::minutes(5),
    };
    Ok(issuer.issue(&request, Clock::system().now()))
}

fn answer(mut response: Response<Body>) -> Result<Value, Failure> {
    let status = response.status();
    let body: Value = response.body_mut().read_json().unwrap_or(Value::Null);
    if status.is_success() {
        return Ok(body);
    }
    let said = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    Err(format!("{} {}: {}", status.as_u16(), said("code"), said("detail")).into())
}
