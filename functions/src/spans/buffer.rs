use std::{
    sync::{Mutex, OnceLock, PoisonError},
    time::Duration,
};

use opentelemetry::{
    InstrumentationScope, KeyValue,
    trace::{Link, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState},
};
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanExporter as _, SpanLinks};
use tokio::time::timeout;

use super::{Kind, Span};
use crate::trace_context::TraceContext;

/// A collector holds nobody up for longer.
const PATIENCE: Duration = Duration::from_millis(500);
/// More than an invocation makes. What is beyond that, because no collector takes it, is lost.
const MOST_SPANS: usize = 2_048;

static EXPORTED: OnceLock<Exported> = OnceLock::new();

struct Exported {
    kept: Mutex<Vec<SpanData>>,
    /// One request at a time.
    exporter: tokio::sync::Mutex<SpanExporter>,
}

pub(super) fn export_to(exporter: SpanExporter) {
    let _ = EXPORTED.set(Exported { kept: Mutex::default(), exporter: exporter.into() });
}

/// Of a trace that nobody wants to keep, nothing is kept.
pub(super) fn keep(span: impl FnOnce() -> Span) {
    let Some(exported) = EXPORTED.get() else { return };
    let span = span();
    let mut kept = exported.kept.lock().unwrap_or_else(PoisonError::into_inner);
    if span.context.sampled && kept.len() < MOST_SPANS {
        kept.push(data(span));
    }
}

pub(super) async fn flush() {
    let Some(exported) = EXPORTED.get() else { return };
    let spans = std::mem::take(&mut *exported.kept.lock().unwrap_or_else(PoisonError::into_inner));
    if spans.is_empty() {
        return;
    }
    let count = spans.len();
    let sent = timeout(PATIENCE, async { exported.exporter.lock().await.export(spans).await }).await;
    let is_taken = matches!(sent, Ok(Ok(())));
    if !is_taken {
        // What a collector says may be anything.
        tracing::warn!(spans = count, too_late = sent.is_err(), "spans are lost");
    }
}

fn data(span: Span) -> SpanData {
    let mut links = SpanLinks::default();
    links.links = span.links.iter().map(|to| Link::new(context(to, true), Vec::new(), 0)).collect();
    SpanData {
        span_context: context(&span.context, false),
        parent_span_id: span.parent.map_or(SpanId::INVALID, |parent| SpanId::from_bytes(parent.span_id)),
        parent_span_is_remote: span.kind != Kind::Internal,
        span_kind: kind(span.kind),
        name: span.name.into(),
        start_time: span.began.into(),
        end_time: span.ended.into(),
        attributes: span.attributes.into_iter().map(|(name, value)| KeyValue::new(name, value)).collect(),
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links,
        status: if span.failed { Status::error("") } else { Status::Unset },
        instrumentation_scope: InstrumentationScope::builder("rollcall").build(),
    }
}

fn context(of: &TraceContext, is_remote: bool) -> SpanContext {
    let flags = if of.sampled { TraceFlags::SAMPLED } else { TraceFlags::default() };
    let (trace, span) = (TraceId::from_bytes(of.trace_id), SpanId::from_bytes(of.span_id));
    SpanContext::new(trace, span, flags, is_remote, TraceState::NONE)
}

fn kind(kind: Kind) -> SpanKind {
    match kind {
        Kind::Server => SpanKind::Server,
        Kind::Internal => SpanKind::Internal,
        Kind::Producer => SpanKind::Producer,
        Kind::Consumer => SpanKind::Consumer,
    }
}
