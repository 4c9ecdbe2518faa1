use axum::{
    body::Body,
    http::{Method, Request, header},
};
use chrono::TimeDelta;
use domain::{CallerRole, TenantId};
use functions::http::TOKEN_SCOPES;
use infra_local::issuer::TokenRequest;
use serde_json::{Value, json};

/// A request, as a test says it: by the owner of the tenant `acme`, unless said otherwise.
#[derive(Clone, Debug)]
pub struct Say {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) caller: Option<Bearer>,
    pub(crate) lifetime: TimeDelta,
    pub(crate) scopes: Vec<String>,
}

/// Whom a token is for.
#[derive(Clone, Debug)]
pub(crate) struct Bearer {
    /// A user's id, or somebody whom no stream knows.
    pub(crate) subject: String,
    pub(crate) role: CallerRole,
    pub(crate) tenant: String,
}

#[must_use]
pub fn get(path: impl Into<String>) -> Say {
    Say::new(Method::GET, path.into())
}

#[must_use]
pub fn delete(path: impl Into<String>) -> Say {
    Say::new(Method::DELETE, path.into())
}

#[must_use]
pub fn post(path: impl Into<String>, body: &Value) -> Say {
    Say::new(Method::POST, path.into()).json(body)
}

/// Whatever there is now, unless the test says otherwise.
#[must_use]
pub fn put(path: impl Into<String>, body: &Value) -> Say {
    Say::new(Method::PUT, path.into()).json(body).header("if-match", "*")
}

/// Whatever there is now, unless the test says otherwise.
#[must_use]
pub fn patch(path: impl Into<String>, body: &Value) -> Say {
    Say::new(Method::PATCH, path.into()).json(body).header("if-match", "*")
}

/// Follows the link with this token.
#[must_use]
pub fn confirm(token: &str) -> Say {
    post("/v1/confirmations", &json!({ "token": token })).by_nobody()
}

/// A command that says all with its name, such as `deactivate`.
#[must_use]
pub fn command(id: &str, name: &str) -> Say {
    post(format!("/v1/users/{id}/{name}"), &json!({}))
}

impl Say {
    fn new(method: Method, path: String) -> Self {
        let caller = Some(stranger(CallerRole::Owner, "acme"));
        let (lifetime, scopes) = (TimeDelta::hours(1), TOKEN_SCOPES.map(String::from).into());
        Self { method, path, headers: Vec::new(), body: Vec::new(), caller, lifetime, scopes }
    }

    #[must_use]
    pub fn by(mut self, role: CallerRole) -> Self {
        self.caller = Some(stranger(role, "acme"));
        self
    }

    #[must_use]
    pub fn of_tenant(mut self, tenant: &str) -> Self {
        self.caller = Some(stranger(CallerRole::Owner, tenant));
        self
    }

    /// By this user of `acme`, with a token that makes an owner.
    #[must_use]
    pub fn by_user(self, id: &str) -> Self {
        self.by_user_as(id, CallerRole::Owner)
    }

    /// By this user of `acme`, with a token for one role.
    #[must_use]
    pub fn by_user_as(mut self, id: &str, role: CallerRole) -> Self {
        self.caller = Some(Bearer { subject: id.into(), role, tenant: "acme".into() });
        self
    }

    /// Without a token.
    #[must_use]
    pub fn by_nobody(mut self) -> Self {
        self.caller = None;
        self
    }

    /// With a token that ended so long ago.
    #[must_use]
    pub fn expired(mut self, ago: TimeDelta) -> Self {
        self.lifetime = -ago;
        self
    }

    /// With a token of a client that was let into no more than these.
    #[must_use]
    pub fn scoped(mut self, scopes: &[&str]) -> Self {
        self.scopes = scopes.iter().map(ToString::to_string).collect();
        self
    }

    #[must_use]
    pub fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.into(), value.into()));
        self
    }

    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self
    }

    fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json").body(body.to_string())
    }

    /// With one more query parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        let joint = if self.path.contains('?') { '&' } else { '?' };
        self.path = format!("{}{joint}{name}={value}", self.path);
        self
    }

    /// Only to be tried.
    #[must_use]
    pub fn dry(self) -> Self {
        self.with("dryRun", "true")
    }

    /// Method and path.
    #[must_use]
    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) fn into_request(self, token: impl FnOnce(TokenRequest, &[&str]) -> String) -> Request<Body> {
        let mut request = Request::builder().method(self.method).uri(self.path);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(Bearer { subject, role, tenant }) = self.caller {
            let (tenant, roles) = (TenantId::parse(&tenant).unwrap(), vec![role]);
            let scopes: Vec<&str> = self.scopes.iter().map(String::as_str).collect();
            let token = token(TokenRequest { tenant, subject, roles, lifetime: self.lifetime }, &scopes);
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        request.body(Body::from(self.body)).unwrap()
    }
}

/// Somebody who has the role by their token, and is no user.
fn stranger(role: CallerRole, tenant: &str) -> Bearer {
    Bearer { subject: format!("{role}-1"), role, tenant: tenant.into() }
}
