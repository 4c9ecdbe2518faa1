use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use aws_lambda_events::{dynamodb::Event, sqs::SqsEvent, streams::DynamoDbEventResponse};
use aws_sdk_dynamodb::error::BoxError;
use infra_aws::{
    clients::loopback_http_client,
    documents,
    environment::{self, SecretKey},
    feed, limits, views,
};
use infra_local::{
    host::{Checkpoints, Delivery, OnFailure, QueueMapping, QueueSettings, StreamHandler, StreamMapping},
    stack::Clients,
    template::Template,
};
use serde_json::{Value, json};

use crate::{
    emulator::{Emulator, required},
    events,
};

/// More than any function takes.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// Tables, queues and a folder for mails, one for each test.
pub(crate) struct Stage {
    pub(crate) clients: Clients,
    pub(crate) dynamodb_url: String,
    pub(crate) sqs_url: String,
    pub(crate) events_table: String,
    stream_arn: String,
    views_table: String,
    limits_table: String,
    imports_table: String,
    webhooks_table: String,
    feed_table: String,
    pub(crate) steps: String,
    pub(crate) replays: String,
    pub(crate) imports: String,
    pub(crate) deliveries: String,
    /// For mails and for what the functions log.
    folder: PathBuf,
}

impl Stage {
    pub(crate) async fn set(name: &str) -> Self {
        let (dynamodb_url, sqs_url) = (required("EVENT_STORE_ENDPOINT"), required("SQS_ENDPOINT"));
        let clients = Clients::at(&dynamodb_url, &sqs_url, loopback_http_client());
        let (events_table, views_table) = (format!("{name}-events"), format!("{name}-views"));
        let feed_table = format!("{name}-feed");
        event_store::create_table(&clients.dynamodb, &events_table).await.unwrap();
        views::create_table(&clients.dynamodb, &views_table).await.unwrap();
        let limits_table = format!("{name}-limits");
        limits::create_table(&clients.dynamodb, &limits_table).await.unwrap();
        let imports_table = format!("{name}-imports");
        documents::create_table(&clients.dynamodb, &imports_table).await.unwrap();
        let webhooks_table = format!("{name}-webhooks");
        documents::create_table(&clients.dynamodb, &webhooks_table).await.unwrap();
        feed::create_table(&clients.dynamodb, &feed_table).await.unwrap();
        let described = clients.dynamodb.describe_table().table_name(&events_table).send().await.unwrap();
        let stream_arn = described.table.and_then(|table| table.latest_stream_arn).unwrap();
        let steps = queue(&clients.sqs, &format!("{name}-steps")).await.unwrap();
        let replays = queue(&clients.sqs, &format!("{name}-replays")).await.unwrap();
        let imports = queue(&clients.sqs, &format!("{name}-imports")).await.unwrap();
        let deliveries = queue(&clients.sqs, &format!("{name}-deliveries")).await.unwrap();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bootstraps").join(name);
        // Of the run before.
        drop(fs::remove_dir_all(&folder));
        fs::create_dir_all(folder.join("outbox")).unwrap();
        Self {
            clients,
            dynamodb_url,
            sqs_url,
            events_table,
            stream_arn,
            views_table,
            feed_table,
            limits_table,
            imports_table,
            webhooks_table,
            steps,
            replays,
            imports,
            deliveries,
            folder,
        }
    }

    /// The function of this name.
    pub(crate) async fn function(&self, name: &str) -> Arc<Emulator> {
        self.function_with(name, TIME_LIMIT, &[]).await
    }

    /// The same with another time limit and other settings.
    pub(crate) async fn function_with(
        &self,
        name: &str,
        time_limit: Duration,
        settings: &[(&'static str, String)],
    ) -> Arc<Emulator> {
        let mut environment = self.environment();
        environment.extend_from_slice(settings);
        Arc::new(Emulator::start(name, &environment, time_limit, &self.folder).await)
    }

    fn environment(&self) -> Vec<(&'static str, String)> {
        let key = SecretKey::new([7; 32]).to_base64();
        vec![
            ("AWS_REGION", "us-east-1".into()),
            ("AWS_ACCESS_KEY_ID", "test".into()),
            ("AWS_SECRET_ACCESS_KEY", "test".into()),
            ("AWS_ENDPOINT_URL_DYNAMODB", self.dynamodb_url.clone()),
            ("AWS_ENDPOINT_URL_SQS", self.sqs_url.clone()),
            ("RUST_LOG", "error".into()),
            (environment::EVENTS_TABLE, self.events_table.clone()),
            (environment::VIEWS_TABLE, self.views_table.clone()),
            (environment::LIMITS_TABLE, self.limits_table.clone()),
            (environment::RATE_LIMITS, Template::deployed().rate_limits().to_string()),
            (environment::FEED_TABLE, self.feed_table.clone()),
            (environment::STEPS_QUEUE_URL, self.steps.clone()),
            (environment::REPLAYS_QUEUE_URL, self.replays.clone()),
            (environment::IMPORTS_TABLE, self.imports_table.clone()),
            (environment::IMPORTS_QUEUE_URL, self.imports.clone()),
            (environment::WEBHOOKS_TABLE, self.webhooks_table.clone()),
            (environment::DELIVERIES_QUEUE_URL, self.deliveries.clone()),
            (environment::WEBHOOK_KEY, key.clone()),
            (environment::CLAIM_KEY, key.clone()),
            (environment::CONFIRMATION_KEY, key.clone()),
            (environment::CURSOR_KEY, key),
            (environment::CONFIRMATION_LINK, "https://users.example.com/confirm?token=".into()),
            (environment::MAIL_FROM, "no-reply@example.com".into()),
            (environment::MAIL_TRANSPORT, "outbox".into()),
            (environment::MAIL_OUTBOX, self.folder.join("outbox").display().to_string()),
        ]
    }

    /// The event source mapping from the stream to a function.
    pub(crate) fn stream_to(&self, reader: &'static str, function: &Arc<Emulator>) -> StreamMapping {
        let function = function.clone();
        let handler: StreamHandler = Arc::new(move |event: Event| {
            let function = function.clone();
            Box::pin(async move {
                let answer = function.invoke(&events::stream(&event)).await;
                serde_json::from_value(answer).expect("the function answers which records failed")
            })
        });
        let checkpoints = Arc::new(Checkpoints::open(None).unwrap());
        let (client, stream) = (self.clients.streams.clone(), self.stream_arn.clone());
        StreamMapping::new(reader, client, stream, handler, checkpoints, OnFailure::Forget)
    }

    /// All that the stream has, as one event for a function.
    pub(crate) async fn next_records(&self) -> Value {
        let seen: Arc<Mutex<Option<Value>>> = Arc::default();
        let kept = seen.clone();
        let handler: StreamHandler = Arc::new(move |event: Event| {
            *kept.lock().unwrap() = Some(events::stream(&event));
            Box::pin(async { DynamoDbEventResponse::default() })
        });
        let checkpoints = Arc::new(Checkpoints::open(None).unwrap());
        let (client, stream) = (self.clients.streams.clone(), self.stream_arn.clone());
        let mut mapping =
            StreamMapping::new("dispatcher", client, stream, handler, checkpoints, OnFailure::Forget);
        mapping.deliver().await.unwrap();
        let event = seen.lock().unwrap().take();
        event.expect("the stream has records")
    }

    /// The event source mapping from a queue to a function.
    pub(crate) fn queue_to(
        &self,
        function: &Arc<Emulator>,
        url: &str,
        settings: QueueSettings,
    ) -> QueueMapping {
        let function = function.clone();
        let handler = Arc::new(move |event: SqsEvent| {
            let function = function.clone();
            Box::pin(async move {
                let answer = function.invoke(&events::queue(&event)).await;
                serde_json::from_value(answer).expect("the function answers which messages failed")
            }) as _
        });
        QueueMapping::new(self.clients.sqs.clone(), url.into(), handler, settings)
    }

    /// The token in the newest mail; `None` before there is one.
    pub(crate) fn token(&self) -> Option<String> {
        let mut mails: Vec<_> =
            fs::read_dir(self.folder.join("outbox")).unwrap().map(|it| it.unwrap().path()).collect();
        mails.sort_by_key(|mail| mail.metadata().unwrap().modified().unwrap());
        Some(token_in(mails.last()?))
    }
}

fn token_in(mail: &Path) -> String {
    let text = fs::read_to_string(mail).unwrap();
    let (_, rest) = text.split_once("?token=").expect("a link stands in the mail");
    rest.lines().next().unwrap().to_owned()
}

/// A queue as the template has it, without its dead letters.
async fn queue(client: &aws_sdk_sqs::Client, name: &str) -> Result<String, BoxError> {
    let created = client.create_queue().queue_name(name).send().await?;
    created.queue_url.ok_or_else(|| "SQS created a queue and did not say where".into())
}

/// Calls an HTTP function; answers status, headers and body.
pub(crate) async fn call(function: &Emulator, event: Value) -> (u64, Value, Value) {
    let answer = function.invoke(&event).await;
    let status = answer["statusCode"].as_u64().unwrap_or_else(|| panic!("no answer to HTTP: {answer}"));
    let body = serde_json::from_str(answer["body"].as_str().unwrap_or("null")).unwrap_or(Value::Null);
    (status, answer["headers"].clone(), body)
}

/// What walks on its own at AWS: the stream's two readers and the worker.
pub(crate) struct Rest {
    pub(crate) to_projector: StreamMapping,
    pub(crate) to_dispatcher: StreamMapping,
    pub(crate) to_worker: QueueMapping,
}

impl Rest {
    pub(crate) async fn of(stage: &Stage) -> Self {
        let (projector, dispatcher) = (stage.function("projector").await, stage.function("dispatcher").await);
        let worker = stage.function("worker").await;
        Self {
            to_projector: stage.stream_to("projector", &projector),
            to_dispatcher: stage.stream_to("dispatcher", &dispatcher),
            to_worker: stage.queue_to(&worker, &stage.steps, QueueSettings::steps()),
        }
    }

    /// Delivers until nothing is left to deliver.
    pub(crate) async fn come(&mut self) {
        loop {
            let projected = self.to_projector.deliver().await.unwrap();
            let dispatched = self.to_dispatcher.deliver().await.unwrap();
            let worked = self.to_worker.deliver(0).await.unwrap();
            if (projected, dispatched, worked) == (Delivery::Idle, Delivery::Idle, 0) {
                return;
            }
        }
    }
}

/// Creates a role and a user with it; answers the user's path.
pub(crate) async fn create_alice(command_api: &Emulator) -> String {
    let (status, ..) = call(command_api, events::post("/v1/roles", &json!({ "name": "engineer" }))).await;
    assert_eq!(status, 201);
    let alice = json!({ "userName": "alice", "displayName": "Zoë 李", "email": "a@example.com", "roles": ["engineer"] });
    let (status, headers, body) = call(command_api, events::post("/v1/users", &alice)).await;
    assert_eq!((status, body["status"].as_str()), (202, Some("provisioning")), "{body}");
    headers["location"].as_str().unwrap().to_owned()
}
