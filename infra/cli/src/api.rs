//! Calls the API as any client does.

use chrono::TimeDelta;
use domain::{CallerRole, TenantId};
use infra_aws::clock::Clock;
use infra_local::issuer::{Issuer, TokenRequest};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use ureq::{
    Agent, Body,
    http::{self, Method, Response, StatusCode},
};

use crate::{
    Failure,
    arguments::Backend,
    home::{self, Addresses},
};

/// The API and a token for it.
pub(crate) struct Api {
    agent: Agent,
    base: String,
    caller: Caller,
}

/// Who calls.
enum Caller {
    /// Whoever this token is of.
    Bearer(String),
    /// Somebody the local issuer vouches for, with each request anew: what is followed may take hours.
    Local { issuer: Box<Issuer>, tenant: TenantId, role: CallerRole },
}

/// What is asked of the API.
pub(crate) struct Request {
    method: Method,
    target: String,
    headers: Vec<(&'static str, String)>,
    body: Option<Sent>,
}

/// What is sent along.
enum Sent {
    Json(Value),
    File { content_type: &'static str, bytes: Vec<u8> },
}

/// What the API answered.
pub(crate) struct Answer {
    /// None where there is nothing to tell.
    pub body: Option<Value>,
    /// Of what the answer is about.
    pub version: Option<u64>,
}

/// Everything but the characters that mean themselves everywhere (RFC 3986, 2.3).
pub(crate) const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl Request {
    /// Whatever a part of the path holds, it is one part of the path.
    pub(crate) fn new(method: Method, path: &[&str]) -> Self {
        let parts = path.iter().map(|part| format!("/{}", utf8_percent_encode(part, RESERVED)));
        let target = format!("/v1{}", parts.collect::<String>());
        Self { method, target, headers: Vec::new(), body: None }
    }

    pub(crate) fn query(mut self, name: &str, value: &str) -> Self {
        let mark = if self.target.contains('?') { '&' } else { '?' };
        self.target += &format!("{mark}{name}={}", utf8_percent_encode(value, RESERVED));
        self
    }

    pub(crate) fn header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Only if it is at this version still. Whoever does not say replaces what there is; what replaces nothing needs
    /// no word of that.
    pub(crate) fn if_version(self, version: Option<u64>) -> Self {
        match version {
            Some(version) => self.header("if-match", format!("\"{version}\"")),
            None if matches!(self.method, Method::PUT | Method::PATCH) => self.header("if-match", "*".into()),
            None => self,
        }
    }

    /// Waits for another version than this one, until the API says that there is none (304) or the seconds are
    /// over.
    pub(crate) fn news_since(self, version: u64, seconds: u8) -> Self {
        self.query("wait", &seconds.to_string()).header("if-none-match", format!("\"{version}\""))
    }

    pub(crate) fn body(mut self, body: Value) -> Self {
        self.body = Some(Sent::Json(body));
        self
    }

    pub(crate) fn file(mut self, content_type: &'static str, bytes: Vec<u8>) -> Self {
        self.body = Some(Sent::File { content_type, bytes });
        self
    }
}

impl Api {
    pub(crate) fn of(backend: &Backend) -> Result<Self, Failure> {
        Self::by(backend, CallerRole::Owner)
    }

    /// By whoever sees to the read models.
    pub(crate) fn of_operator(backend: &Backend) -> Result<Self, Failure> {
        Self::by(backend, CallerRole::ReplayOperator)
    }

    /// With this role, unless a token says who calls.
    fn by(backend: &Backend, role: CallerRole) -> Result<Self, Failure> {
        let folder = &backend.data.folder;
        let base = match &backend.api {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => Addresses::read(folder)?.api,
        };
        let caller = match backend.token.clone() {
            Some(token) => Caller::Bearer(token),
            None => Caller::local(backend, role)?,
        };
        // A refusal has a body that says why; it is no transport error.
        let settings = Agent::config_builder().http_status_as_error(false);
        // A proxy does not lead to this machine.
        let is_local = base.starts_with("http://127.0.0.1:") || base.starts_with("http://localhost:");
        let agent = if is_local { settings.proxy(None).build().into() } else { settings.build().into() };
        Ok(Self { agent, base, caller })
    }

    /// Asks, and answers what was answered. A refusal is a failure that says why.
    pub(crate) fn send(&self, request: Request) -> Result<Answer, Failure> {
        let Request { method, target, headers, body } = request;
        let mut sent = http::Request::builder().method(method).uri(format!("{}{target}", self.base));
        for (name, value) in headers.into_iter().chain([("authorization", self.caller.bearer())]) {
            sent = sent.header(name, value);
        }
        let cannot_be_made = |error: http::Error| format!("the request cannot be made: {error}");
        let answered = match body {
            Some(body) => {
                let (content_type, body) = match body {
                    Sent::Json(body) => ("application/json", body.to_string().into_bytes()),
                    Sent::File { content_type, bytes } => (content_type, bytes),
                };
                let sent = sent.header("content-type", content_type).body(body);
                self.agent.run(sent.map_err(cannot_be_made)?)
            }
            None => self.agent.run(sent.body(()).map_err(cannot_be_made)?),
        };
        self.answer(answered.map_err(|error| self.unreachable(&error))?)
    }

    /// What the API knows of something.
    pub(crate) fn get(&self, path: &[&str], query: &[(&str, Option<String>)]) -> Result<Value, Failure> {
        let request = query.iter().fold(Request::new(Method::GET, path), |request, (name, value)| {
            value.iter().fold(request, |request, value| request.query(name, value))
        });
        Ok(self.send(request)?.body.unwrap_or_default())
    }

    fn answer(&self, mut response: Response<Body>) -> Result<Answer, Failure> {
        let status = response.status();
        if status == StatusCode::NOT_MODIFIED {
            return Ok(Answer { body: None, version: version_of(&response) });
        }
        let body: Option<Value> = response.body_mut().read_json().ok();
        if !status.is_success() {
            let body = body.unwrap_or_default();
            let said = |name: &str| body[name].as_str().unwrap_or_default();
            return Err(format!("{} {}: {}", status.as_u16(), said("code"), said("detail")).into());
        }
        if body.is_none() && status != StatusCode::NO_CONTENT {
            return Err(format!("{} answers, but not as Rollcall's API", self.base).into());
        }
        Ok(Answer { body, version: version_of(&response) })
    }

    fn unreachable(&self, error: &ureq::Error) -> Failure {
        format!("{} does not answer ({error}); is `rollcall dev` running?", self.base).into()
    }
}

fn version_of(response: &Response<Body>) -> Option<u64> {
    response.headers().get("consistency-token")?.to_str().ok()?.parse().ok()
}

impl Caller {
    fn local(backend: &Backend, role: CallerRole) -> Result<Self, Failure> {
        let issuer = home::issuer(&backend.data.folder)?;
        Ok(Self::Local { issuer: Box::new(issuer), tenant: backend.tenant.clone(), role })
    }

    fn bearer(&self) -> String {
        let token = match self {
            Self::Bearer(token) => token.clone(),
            Self::Local { issuer, tenant, role } => {
                let request = TokenRequest {
                    tenant: tenant.clone(),
                    subject: "rollcall-cli".into(),
                    roles: vec![*role],
                    lifetime: TimeDelta::minutes(5),
                };
                issuer.issue(&request, Clock::system().now())
            }
        };
        format!("Bearer {token}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_a_path_stays_one_part_of_it() {
        let request = Request::new(Method::GET, &["users", "a/../b?c#d %é"]).query("role", "x&y=z");
        assert_eq!(request.target, "/v1/users/a%2F..%2Fb%3Fc%23d%20%25%C3%A9?role=x%26y%3Dz");
    }
}
