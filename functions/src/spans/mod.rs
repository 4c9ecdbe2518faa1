//! Spans, for whoever collects traces. They are exported if the crate is built with the feature `otel` and
//! `OTEL_EXPORTER_OTLP_ENDPOINT` is set; otherwise nothing is kept of them.
//!
//! | span | kind | child of | linked to |
//! |---|---|---|---|
//! | a request | server | whatever the caller sent | |
//! | a command | internal | the request, or the step | |
//! | a batch of the stream, to the projector | consumer | | the commands of its commits |
//! | a step sent out | producer | the command that asked for it | |
//! | a batch of steps, to the worker | consumer | | the steps sent out |
//! | a step | consumer | the step sent out | its batch |
//!
//! So a trace goes from the request through its commits to whatever they cause; a batch, which has many causes, is
//! a trace of its own.

#[cfg(feature = "otel")]
mod buffer;
#[cfg(feature = "otel")]
mod client;
#[cfg(feature = "otel")]
mod export;

use chrono::{DateTime, Utc};

use crate::trace_context::TraceContext;

#[cfg(feature = "otel")]
pub use export::{BadCollector, export_from_environment};

/// Work that is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    pub name: String,
    pub kind: Kind,
    pub context: TraceContext,
    pub parent: Option<TraceContext>,
    pub links: Vec<TraceContext>,
    pub began: DateTime<Utc>,
    pub ended: DateTime<Utc>,
    /// Ids and codes, as in the logs.
    pub attributes: Vec<(&'static str, String)>,
    /// The world failed; a refusal is no failure.
    pub failed: bool,
}

/// What a span is to those beside it, as OpenTelemetry tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Server,
    Internal,
    Producer,
    Consumer,
}

/// Keeps a span until the next [`flush`], if it is exported at all.
#[cfg(feature = "otel")]
pub fn ended(span: impl FnOnce() -> Span) {
    buffer::keep(span);
}

/// Keeps nothing.
#[cfg(not(feature = "otel"))]
pub fn ended(_: impl FnOnce() -> Span) {}

/// Sends what was kept, before the invocation ends and the function is frozen. Takes half a second at most; what a
/// collector does not take in that time is lost.
#[cfg(feature = "otel")]
pub async fn flush() {
    buffer::flush().await;
}

/// There is nothing to send.
#[cfg(not(feature = "otel"))]
pub async fn flush() {}
