use axum::{
    Json,
    extract::{Path, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, header},
    response::{Html, IntoResponse, Response},
};

use crate::http::{
    Accept, Kind, Problem,
    page::{self, Escaped},
    problem::KINDS,
};

/// What the page comes as; text, if the caller does not say.
pub(super) const OFFERED: &[&str] = &["text/plain", "text/html", "application/json"];

/// `GET /problems/{code}`: what a problem's `type` leads to.
pub(super) async fn handle(
    headers: HeaderMap,
    code: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    let kind = code.ok().and_then(|Path(code)| KINDS.iter().find(|kind| kind.code == code));
    let kind = kind.ok_or_else(|| Problem::new(Kind::NOT_FOUND, "There is no problem of this type."))?;
    let answer = match Accept::of(&headers).best(OFFERED) {
        Some("text/html") => Html(html(kind)).into_response(),
        Some("application/json") => Json(kind.example()).into_response(),
        Some(_) | None => text(kind).into_response(),
    };
    let kept = [
        (header::VARY, HeaderValue::from_static("Accept")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600")),
    ];
    Ok((page::headers(), kept, answer).into_response())
}

fn text(kind: &Kind) -> String {
    let Kind { title, advice, .. } = kind;
    format!(
        "{title} ({})\n\n{}\n\nWhat to do: {advice}\n{}\n",
        kind.status.as_u16(),
        kind.meaning(),
        again(kind)
    )
}

fn html(kind: &Kind) -> String {
    let title = Escaped(kind.title);
    let (code, status) = (kind.code, kind.status.as_u16());
    let content = format!(
        "<h1>{title}</h1>\n<p class=\"quiet\"><code>{code}</code>, status {status}</p>\n<p>{}</p>\n\
         <h2>What to do</h2>\n<p>{}</p>\n<p>{}</p>\n<h2>An example</h2>\n<pre>{}</pre>\n\
         <p><a href=\"/docs\">The reference of the API</a></p>\n",
        Escaped(kind.meaning()),
        Escaped(kind.advice),
        Escaped(&again(kind)),
        Escaped(&format!("{:#}", kind.example())),
    );
    page::html(kind.title, &content)
}

fn again(kind: &Kind) -> String {
    match kind.retry_after {
        Some(1) => "Whether to repeat it: yes, after as many seconds as Retry-After says, usually 1.".into(),
        Some(seconds) => {
            format!(
                "Whether to repeat it: yes, after as many seconds as Retry-After says, usually {seconds}."
            )
        }
        None => {
            "Whether to repeat it: the same request gets the same answer until something has changed.".into()
        }
    }
}
