use std::{
    io::{self, Write},
    sync::{Arc, Mutex, OnceLock},
};

use infra_aws::{logs, metrics};
use serde_json::Value;
use tokio::sync::{Mutex as AsyncMutex, MutexGuard};

/// What the process writes while it is held. One at a time: logs and metrics are the process's.
pub(crate) struct Recording {
    logs: Tape,
    metrics: Tape,
    _alone: MutexGuard<'static, ()>,
}

#[derive(Clone, Default)]
struct Tape(Arc<Mutex<Vec<u8>>>);

impl Recording {
    pub(crate) async fn start() -> Self {
        static TAPES: OnceLock<(Tape, Tape)> = OnceLock::new();
        static ALONE: AsyncMutex<()> = AsyncMutex::const_new(());
        let alone = ALONE.lock().await;
        let (logs, metrics) = TAPES.get_or_init(|| {
            let tapes = (Tape::default(), Tape::default());
            let (to_logs, to_metrics) = tapes.clone();
            logs::to(move || to_logs.clone());
            metrics::to(to_metrics);
            tapes
        });
        let recording = Self { logs: logs.clone(), metrics: metrics.clone(), _alone: alone };
        recording.forget();
        recording
    }

    pub(crate) fn forget(&self) {
        self.logs.0.lock().unwrap().clear();
        self.metrics.0.lock().unwrap().clear();
    }

    /// All that was written, as it stands there.
    pub(crate) fn text(&self) -> String {
        self.logs.text() + &self.metrics.text()
    }

    pub(crate) fn lines(&self) -> Vec<Value> {
        self.logs.lines()
    }

    /// The lines that say this.
    pub(crate) fn said(&self, message: &str) -> Vec<Value> {
        self.lines().into_iter().filter(|line| line["message"] == message).collect()
    }

    /// The values of a metric, of all lines that have these dimensions.
    pub(crate) fn metric(&self, name: &str, dimensions: &[(&str, &str)]) -> Vec<u64> {
        let lines = self.metrics.lines().into_iter().filter(|line| {
            let directive = &line["_aws"]["CloudWatchMetrics"][0];
            assert_eq!(directive["Namespace"], "Rollcall");
            let names = directive["Dimensions"][0].as_array().unwrap().len();
            names == dimensions.len() && dimensions.iter().all(|(name, value)| line[*name] == *value)
        });
        lines.flat_map(|line| values(&line[name])).collect()
    }
}

/// One value, or a distribution of several.
fn values(of: &Value) -> Vec<u64> {
    let numbers =
        |list: &Value| list.as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).collect::<Vec<_>>();
    match of {
        Value::Number(number) => vec![number.as_u64().unwrap()],
        Value::Object(both) => {
            let repeated = numbers(&both["Values"]).into_iter().zip(numbers(&both["Counts"]));
            repeated.flat_map(|(value, count)| vec![value; usize::try_from(count).unwrap()]).collect()
        }
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) => Vec::new(),
    }
}

impl Tape {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// One object a line.
    fn lines(&self) -> Vec<Value> {
        let lines = self.text();
        let parsed =
            lines.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}")));
        parsed.inspect(|line: &Value| assert!(line.is_object(), "{line}")).collect()
    }
}

impl Write for Tape {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
