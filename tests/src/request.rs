use axum::{
    body::Body,
    http::{Method, Request, header},
};
use chrono::TimeDelta;
use domain::{CallerRole, TenantId};
use serde_json::Value;

/// A request, as a test says it: by the owner of the tenant `acme`, unless said otherwise.
#[derive(Clone, Debug)]
pub struct Say {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) caller: Option<(CallerRole, String)>,
    pub(crate) lifetime: TimeDelta,
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
    Say::new(Method::POST, path.into()).header("content-type", "application/json").body(body.to_string())
}

impl Say {
    fn new(method: Method, path: String) -> Self {
        let caller = Some((CallerRole::Owner, "acme".into()));
        Self { method, path, headers: Vec::new(), body: Vec::new(), caller, lifetime: TimeDelta::hours(1) }
    }

    #[must_use]
    pub fn by(mut self, role: CallerRole) -> Self {
        self.caller = Some((role, "acme".into()));
        self
    }

    #[must_use]
    pub fn of_tenant(mut self, tenant: &str) -> Self {
        self.caller = Some((CallerRole::Owner, tenant.into()));
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
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) fn into_request(
        self,
        token: impl FnOnce(CallerRole, TenantId, TimeDelta) -> String,
    ) -> Request<Body> {
        let mut request = Request::builder().method(self.method).uri(self.path);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some((role, tenant)) = self.caller {
            let token = token(role, TenantId::parse(&tenant).unwrap(), self.lifetime);
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        request.body(Body::from(self.body)).unwrap()
    }
}
