//! What clients are told of a command that was carried out, or would be.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use event_store::{Preview, Receipt, RecordedEvent};
use serde::Serialize;
use serde_json::Value;

use crate::http::version_headers;

/// What a command would record now. A promise of nothing: another command may come first.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DryRun<T> {
    dry_run: bool,
    events: Vec<Event>,
    /// What the command would leave behind; its version is the present one.
    #[serde(flatten)]
    then: T,
}

/// An event as it would be stored.
#[derive(Serialize)]
struct Event {
    r#type: String,
    version: String,
    data: Value,
}

impl Event {
    /// The name of an event is around its data when it is stored; clients have it beside.
    fn of(recorded: RecordedEvent) -> Self {
        let RecordedEvent { event_type, event_version, mut payload } = recorded;
        let data = payload.get_mut(&event_type).map(Value::take).unwrap_or(payload);
        Self { r#type: event_type, version: event_version, data }
    }
}

/// The answer to a command: its state now, and the version to refer to it by.
pub(crate) fn carried_out<T: Serialize>(status: StatusCode, receipt: &Receipt, state: T) -> Response {
    let headers = version_headers(receipt.commit);
    if status == StatusCode::NO_CONTENT {
        (status, headers).into_response()
    } else {
        (status, headers, Json(state)).into_response()
    }
}

/// The answer to the same command, if it was only to be tried.
pub(crate) fn previewed<A, T: Serialize>(preview: Preview<A>, then: T) -> Response {
    let events = preview.events.into_iter().map(Event::of).collect();
    (version_headers(preview.commit), Json(DryRun { dry_run: true, events, then })).into_response()
}
