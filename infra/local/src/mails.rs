//! The outbox for the console of a backend on this machine. The API has no such route.

use std::path::PathBuf;

use axum::{
    Json, Router,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, Request, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::get,
};
use serde_json::json;
use tower::ServiceExt as _;

#[derive(Clone)]
struct Mails {
    outbox: PathBuf,
    api: Router,
}

/// `GET /local/mails/{name}`: a mail of the outbox. It is shown to whoever may look at the user that it went to: that is
/// asked of `api`, with the caller's token.
pub fn routes(outbox: PathBuf, api: Router) -> Router {
    Router::new().route("/local/mails/{name}", get(show)).with_state(Mails { outbox, api })
}

async fn show(State(mails): State<Mails>, headers: HeaderMap, Path(name): Path<String>) -> Response {
    let source = mails.read(&name).await;
    // Who comes without a token learns nothing, not even that there is no such mail.
    let user = source.as_deref().and_then(user_of).unwrap_or("nobody");
    let judged = mails.judge(user, &headers).await;
    match source {
        Some(source) if judged.status() == StatusCode::OK => {
            ([(header::CACHE_CONTROL, "no-store")], Json(json!({ "source": source }))).into_response()
        }
        Some(_) | None => judged,
    }
}

impl Mails {
    async fn read(&self, name: &str) -> Option<String> {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
        let file = name.chars().all(is_name).then(|| self.outbox.join(format!("{name}.eml")))?;
        tokio::fs::read_to_string(file).await.ok()
    }

    /// What the API says to who asks for the user with these headers; of the deleted there is a timeline, too.
    async fn judge(&self, user: &str, headers: &HeaderMap) -> Response {
        let request = Request::get(format!("/v1/users/{user}/timeline?limit=1"));
        let request = headers
            .get_all(header::AUTHORIZATION)
            .iter()
            .fold(request, |request, value| request.header(header::AUTHORIZATION, value));
        match request.body(Body::empty()) {
            Ok(request) => self.api.clone().oneshot(request).await.into_response(),
            Err(_) => StatusCode::BAD_REQUEST.into_response(),
        }
    }
}

/// The Message-ID begins with the user's id.
fn user_of(source: &str) -> Option<&str> {
    let id = source.lines().find_map(|line| line.strip_prefix("Message-ID: <"))?.split('.').next()?;
    id.chars().all(|c| c.is_ascii_hexdigit() || c == '-').then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_of_the_user_who_is_named_first_in_its_id() {
        let mail =
            "Subject: x\r\nMessage-ID: <7fb476fc-b733-57b4-9d02-0c2a21f57241.1@rollcall.invalid>\r\n\r\n";
        assert_eq!(user_of(mail), Some("7fb476fc-b733-57b4-9d02-0c2a21f57241"));
        assert_eq!(user_of("Message-ID: <a/../b.1@x>"), None);
        assert_eq!(user_of("To: somebody"), None);
    }
}
