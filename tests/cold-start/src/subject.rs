use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// What the others are held against.
pub(crate) const BARE: &str = "bare";

const KEY: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";

/// A function that is started.
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    program: PathBuf,
    arguments: Vec<PathBuf>,
    /// What it is handed first.
    pub(crate) event: &'static str,
    pub(crate) is_http: bool,
}

const NOTHING: &str = r#"{"Records":[]}"#;
const SCHEDULE: &str = include_str!("../../fixtures/events/schedule.json");
const CREATE_ROLE: &str = include_str!("../../fixtures/events/http-api.json");
const LIST_USERS: &str = include_str!("../events/list-users.json");
const LIST_REPLAYS: &str = include_str!("../events/list-replays.json");

/// The functions in `folder`, each as `NAME/bootstrap`.
pub(crate) fn all(folder: &Path, node: Option<&Path>) -> Vec<Subject> {
    let function = |name, event, is_http| Subject {
        name,
        program: folder.join(name).join("bootstrap"),
        arguments: Vec::new(),
        event,
        is_http,
    };
    let mut all = vec![
        function(BARE, LIST_USERS, true),
        function("command-api", CREATE_ROLE, true),
        function("query-api", LIST_USERS, true),
        function("operator-api", LIST_REPLAYS, true),
        function("projector", NOTHING, false),
        function("dispatcher", NOTHING, false),
        function("worker", NOTHING, false),
        function("replayer", NOTHING, false),
        function("importer", NOTHING, false),
        function("courier", NOTHING, false),
        function("watchdog", SCHEDULE, false),
    ];
    all.extend(node.map(|script| Subject {
        name: "Node.js, bare",
        program: "node".into(),
        arguments: vec![script.to_owned()],
        event: LIST_USERS,
        is_http: false,
    }));
    all
}

impl Subject {
    pub(crate) fn command(&self, url: &str, roots: &Path) -> Command {
        let mut command = Command::new(&self.program);
        let path = std::env::var_os("PATH").unwrap_or_default();
        command
            .args(&self.arguments)
            .env_clear()
            .env("PATH", path)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        for (name, value) in ENVIRONMENT {
            command.env(name, value);
        }
        command
            .env("AWS_ENDPOINT_URL", url)
            .env("SSL_CERT_FILE", roots)
            .env("NODE_EXTRA_CA_CERTS", roots)
            .env("NODE_NO_WARNINGS", "1");
        command
    }
}

const ENVIRONMENT: [(&str, &str); 27] = [
    ("AWS_LAMBDA_FUNCTION_NAME", "function"),
    ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
    ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
    ("AWS_LAMBDA_LOG_STREAM_NAME", "stream"),
    ("AWS_LAMBDA_LOG_GROUP_NAME", "group"),
    ("AWS_REGION", "us-east-1"),
    ("AWS_ACCESS_KEY_ID", "test"),
    ("AWS_SECRET_ACCESS_KEY", "test"),
    ("RUST_LOG", "error"),
    ("EVENTS_TABLE", "events"),
    ("VIEWS_TABLE", "views"),
    ("LIMITS_TABLE", "limits"),
    ("RATE_LIMITS", "commands=1200/60,queries=6000/60,shut-offs=1200/60"),
    ("FEED_TABLE", "feed"),
    ("STEPS_QUEUE_URL", "https://sqs.us-east-1.amazonaws.com/123456789012/steps"),
    ("REPLAYS_QUEUE_URL", "https://sqs.us-east-1.amazonaws.com/123456789012/replays"),
    ("IMPORTS_TABLE", "imports"),
    ("IMPORTS_QUEUE_URL", "https://sqs.us-east-1.amazonaws.com/123456789012/imports"),
    ("WEBHOOKS_TABLE", "webhooks"),
    ("DELIVERIES_QUEUE_URL", "https://sqs.us-east-1.amazonaws.com/123456789012/deliveries"),
    ("WEBHOOK_KEY", KEY),
    ("CLAIM_KEY", KEY),
    ("CONFIRMATION_KEY", KEY),
    ("CURSOR_KEY", KEY),
    ("CONFIRMATION_LINK", "https://users.example.com/confirm?token="),
    ("MAIL_FROM", "no-reply@example.com"),
    ("MAIL_TRANSPORT", "ses"),
];
