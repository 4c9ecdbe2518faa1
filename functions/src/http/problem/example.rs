use serde_json::{Value, json};

use super::Kind;

impl Kind {
    /// Such a problem, as a caller might meet it.
    #[must_use]
    pub fn example(&self) -> Value {
        let mut example = json!({
            "type": format!("/problems/{}", self.code),
            "title": self.title,
            "status": self.status.as_u16(),
            "detail": self.advice,
            "code": self.code,
            "requestId": "8e6f9a34-0c52-4c0e-9d3b-1f8a5f0f7c11",
            "retryable": self.retry_after.is_some(),
        });
        if let Some(error) = self.error() {
            example["errors"] = json!([error]);
        }
        example
    }

    /// What is wrong with a part of the body, where such a problem says so.
    fn error(&self) -> Option<Value> {
        let (pointer, code, detail) = match self.code {
            "invalid-body" => ("/userName", "missing-field", "the field is missing"),
            "invalid-value" => ("/email", "email-invalid", "an e-mail address looks like name@example.com"),
            "role-unknown" => ("/roles/0", "role-unknown", "There is no role pilot"),
            "role-retired" => ("/roles/0", "role-retired", "The role pilot is retired"),
            _ => return None,
        };
        Some(json!({ "pointer": pointer, "code": code, "detail": detail }))
    }
}
