use axum::{
    extract::{Path, rejection::PathRejection},
    response::{IntoResponse, Response},
};

use crate::http::{Kind, Problem, problem::KINDS};

/// `GET /problems/{code}`: what a problem's `type` leads to.
pub(super) async fn handle(code: Result<Path<String>, PathRejection>) -> Result<Response, Problem> {
    let kind = code.ok().and_then(|Path(code)| KINDS.iter().find(|kind| kind.code == code));
    let kind = kind.ok_or_else(|| Problem::new(Kind::NOT_FOUND, "There is no problem of this type."))?;
    Ok(format!("{} ({})\n\n{}\n", kind.title, kind.status.as_u16(), kind.advice).into_response())
}
