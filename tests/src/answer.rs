use axum::{body::Bytes, http::HeaderMap};
use serde_json::Value;

/// What the API answered.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
    /// The body as it was sent.
    pub bytes: Bytes,
}

impl Answer {
    #[track_caller]
    pub fn then(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }

    /// Expects a problem of this type, written as RFC 9457 has it.
    #[track_caller]
    pub fn then_problem(self, status: u16, code: &str) -> Self {
        assert_eq!((self.status, self.body["code"].as_str()), (status, Some(code)), "{}", self.body);
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.body["type"], format!("/problems/{code}"));
        assert_eq!(self.body["status"], status);
        for part in ["title", "detail", "requestId"] {
            assert!(
                self.body[part].as_str().is_some_and(|text| !text.is_empty()),
                "no {part}: {}",
                self.body
            );
        }
        self
    }

    #[must_use]
    #[track_caller]
    pub fn text(&self, name: &str) -> String {
        self.body[name].as_str().unwrap_or_else(|| panic!("no text {name} in {}", self.body)).into()
    }

    #[must_use]
    #[track_caller]
    pub fn header(&self, name: &str) -> String {
        let value =
            self.headers.get(name).unwrap_or_else(|| panic!("no header {name} in {:?}", self.headers));
        value.to_str().unwrap().into()
    }
}
