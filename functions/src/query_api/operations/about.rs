use axum::http::Method;
use serde_json::json;

use super::NOT_MODIFIED;
use crate::{
    console::OFFERED,
    http::{Kind, problem::Written},
    openapi::{Answer, Header, Operation, Parameter, Tag, parameter},
    query_api::health::Health,
};

const PAGE: &[Header] = &[Header::ContentSecurityPolicy, Header::CacheControl];
const KEPT: &[Header] = &[Header::ETag, Header::CacheControl];

pub(super) fn operations() -> Vec<Operation> {
    vec![openapi(), docs(), console(), console_file(), problem(), health(), confirm()]
}

fn openapi() -> Operation {
    Operation::new(Method::GET, "/v1/openapi.json", "getOpenApi", Tag::About)
        .takes([parameter::if_none_match()])
        .says("Get this document", "The API as an OpenAPI 3.1 document.")
        .answers(Answer::new(200, "The document.").object().with(KEPT))
        .answers(Answer::new(304, NOT_MODIFIED).with(KEPT))
}

fn docs() -> Operation {
    Operation::new(Method::GET, "/docs", "getDocs", Tag::About)
        .takes([parameter::if_none_match()])
        .says(
            "Read this document",
            "The same as a page, without a script and without a request to anywhere else.",
        )
        .answers(
            Answer::new(200, "The page.").text("text/html").with(KEPT).with(&[Header::ContentSecurityPolicy]),
        )
        .answers(Answer::new(304, NOT_MODIFIED).with(KEPT))
}

fn console() -> Operation {
    Operation::new(Method::GET, "/console", "getConsole", Tag::About)
        .takes([parameter::if_none_match()])
        .says(
            "Open the console",
            "The page for people who look after users. What it shows it asks this API for, with the token that is pasted \
             into it, and it asks nobody else.",
        )
        .answers(
            Answer::new(200, "The page.").text("text/html").with(KEPT).with(&[Header::ContentSecurityPolicy]),
        )
        .answers(Answer::new(304, NOT_MODIFIED).with(KEPT))
}

fn console_file() -> Operation {
    let names = Parameter::segment("file", json!({ "type": "string" }), "One that the page refers to.");
    let file = OFFERED.iter().fold(Answer::new(200, "The file."), |answer, media| answer.text(media));
    Operation::new(Method::GET, "/console/{file}", "getConsoleFile", Tag::About)
        .takes([names.example("app.js"), parameter::if_none_match()])
        .says("Get a file of the console", "Its scripts and its styles.")
        .answers(file.with(KEPT))
        .answers(Answer::new(304, NOT_MODIFIED).with(KEPT))
        .refuses(&[Kind::NOT_FOUND])
}

fn problem() -> Operation {
    Operation::new(Method::GET, "/problems/{code}", "getProblem", Tag::About)
        .says(
            "Read about a problem",
            "What a problem's `type` leads to: what it means and what to do about it.",
        )
        .answers(
            Answer::new(200, "A page, or the same as text.")
                .text("text/plain")
                .text("text/html")
                .of::<Written<'static>>(Kind::EMAIL_TAKEN.example())
                .with(PAGE),
        )
        .refuses(&[Kind::NOT_FOUND])
}

fn health() -> Operation {
    Operation::new(Method::GET, "/healthz", "getHealth", Tag::About)
        .says("Ask whether it answers", "Asks nobody else: a health check does not fail with its neighbours.")
        .answers(
            Answer::new(200, "It answers.")
                .of::<Health>(json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") })),
        )
}

fn confirm() -> Operation {
    Operation::new(Method::GET, "/confirm", "getConfirmPage", Tag::Confirmations)
        .says(
            "Follow a confirmation link",
            "The page that a link leads to. It consumes nothing until its button is pressed, because mail scanners \
             follow links.",
        )
        .answers(Answer::new(200, "The page.").text("text/html").with(PAGE))
}
