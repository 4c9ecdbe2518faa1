use std::io::Write as _;

use chrono::SecondsFormat;
use serde::Serialize;
use serde_json::{Map, Value};
use tracing::{
    Event, Subscriber,
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{Layer, fmt::MakeWriter, layer::Context, registry::LookupSpan};

use super::line::Fields;
use crate::{clock::Clock, environment};

/// Writes a line for each event.
pub(super) struct Lines<W> {
    writer: W,
    clock: Clock,
    function: Option<String>,
    version: Option<String>,
}

/// A line: what people look for first stands first.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    timestamp: String,
    level: &'a str,
    message: Value,
    target: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    function: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    function_version: Option<&'a str>,
    #[serde(flatten)]
    fields: Map<String, Value>,
}

impl<W> Lines<W> {
    pub(super) fn to(writer: W, clock: Clock) -> Self {
        let function = environment::text(environment::FUNCTION_NAME).ok();
        Self { writer, clock, function, version: environment::text(environment::FUNCTION_VERSION).ok() }
    }

    fn line(&self, event: &Event<'_>, mut fields: Map<String, Value>) -> serde_json::Result<Vec<u8>> {
        let metadata = event.metadata();
        let line = Line {
            timestamp: self.clock.now().to_rfc3339_opts(SecondsFormat::Millis, true),
            level: metadata.level().as_str(),
            message: fields.remove("message").unwrap_or_default(),
            target: metadata.target(),
            // A host of several functions names them in spans.
            function: fields.remove("function").or_else(|| self.function.clone().map(Value::from)),
            function_version: self.version.as_deref(),
            fields,
        };
        let mut line = serde_json::to_vec(&line)?;
        line.push(b'\n');
        Ok(line)
    }
}

impl<S, W> Layer<S> for Lines<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
            if let Some(of_span) = span.extensions().get::<Fields>() {
                fields.0.extend(of_span.0.clone());
            }
        }
        event.record(&mut fields);
        if let Ok(line) = self.line(event, fields.0) {
            // One write, so that lines of several threads stay whole. Whoever closed the output reads no logs.
            let _ = self.writer.make_writer_for(event.metadata()).write_all(&line);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use serde_json::json;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn written(work: impl FnOnce()) -> Vec<Value> {
        let (written, clock) =
            (Written::default(), Clock::from_fn(|| "2026-11-21T12:00:00Z".parse().unwrap()));
        let writer = written.clone();
        let lines =
            Lines { writer: move || writer.clone(), clock, function: None, version: Some("7".into()) };
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), work);
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn a_line_has_the_fields_of_all_spans_around_it_and_the_inner_one_counts() {
        let lines = written(|| {
            let outer = tracing::info_span!("invocation", requestId = "r-1", function = "worker");
            let _outer = outer.enter();
            let inner = tracing::info_span!(
                "step",
                request_id = "r-2",
                commit = 3_u64,
                tenant = tracing::field::Empty
            );
            inner.record("tenant", "acme");
            inner.in_scope(|| tracing::warn!(duration_ms = 12_i64, error = "to a@example.com", "a\nstep"));
        });
        let expected = json!({
            "timestamp": "2026-11-21T12:00:00.000Z", "level": "WARN", "message": "a\nstep",
            "target": "infra_aws::logs::lines::tests", "function": "worker", "functionVersion": "7",
            "requestId": "r-2", "commit": 3, "tenant": "acme", "durationMs": 12, "error": "to (an address)",
        });
        assert_eq!(lines, [expected]);
    }
}
