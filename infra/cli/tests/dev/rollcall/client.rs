use std::time::Duration;

use serde_json::Value;
use ureq::{Agent, RequestBuilder, typestate::WithBody};

/// A client of the API. A refusal is an answer, not an error.
pub(crate) struct Client {
    agent: Agent,
    base: String,
    token: String,
}

/// Status and body.
pub(crate) type Answer = (u16, Value);

impl Client {
    pub(crate) fn new(base: String, token: &str) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(30)))
            .build()
            .into();
        Self { agent, base, token: format!("Bearer {token}") }
    }

    pub(crate) fn get(&self, path: &str) -> Result<Answer, ureq::Error> {
        let request = self.agent.get(format!("{}{path}", self.base));
        let mut response = request.header("authorization", &self.token).call()?;
        Ok((response.status().as_u16(), response.body_mut().read_json()?))
    }

    pub(crate) fn post(&self, path: &str, key: &str, body: &str) -> Result<Answer, ureq::Error> {
        let request = self.agent.post(format!("{}{path}", self.base));
        self.send(request.header("idempotency-key", key), body)
    }

    pub(crate) fn patch(&self, path: &str, body: &str) -> Result<Answer, ureq::Error> {
        self.send(self.agent.patch(format!("{}{path}", self.base)).header("if-match", "*"), body)
    }

    fn send(&self, request: RequestBuilder<WithBody>, body: &str) -> Result<Answer, ureq::Error> {
        let request = request.header("authorization", &self.token).header("content-type", "application/json");
        let mut response = request.send(body)?;
        Ok((response.status().as_u16(), response.body_mut().read_json()?))
    }
}
