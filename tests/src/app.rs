use std::{collections::HashMap, sync::Arc, time::Duration};

use aws_lambda_events::sqs::SqsEvent;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use axum::{
    Router,
    body::{Body, to_bytes},
    http::Request,
};
use domain::{TenantId, UserId};
use event_store::{Claim, ClaimKey, Commit, DynamoEventStore, StreamId};
use functions::worker::MailSettings;
use infra_aws::{clients, clock::Clock, limits::Limits, receivers::Reach};
use infra_local::{
    backend::{Backend, Settings, limiter},
    clock::ManualClock,
    faults::Tap,
    host::{Delivery, Functions, Parts, gateway},
    issuer::Issuer,
    oidc::Authorizer,
    secrets::Secrets,
    stack::{EVENTS_TABLE, FEED_TABLE, Home, IMPORTS_TABLE, Ports, VIEWS_TABLE, WEBHOOKS_TABLE},
};
use serde_json::{Value, json};
use tokio::sync::Notify;
use tower::ServiceExt as _;

use crate::{
    Answer, Mails, Say,
    contract::{self, Told},
    get, post,
};

/// The backend of one test.
pub struct App {
    pub backend: Backend,
    pub clock: ManualClock,
    /// Every AWS request that a function makes passes through it.
    pub tap: Tap,
    pub mails: Mails,
    /// The API beside the tap: for what a test does while a function is held.
    beside: Router,
    claim_key: ClaimKey,
    secrets: Secrets,
}

/// How clients are limited.
#[derive(Clone, Debug)]
pub struct Limiting {
    pub limits: Limits,
    /// Every AWS request of the limiter passes through it.
    pub client: SharedHttpClient,
    /// For so long a request waits for it.
    pub patience: Duration,
}

impl Default for Limiting {
    /// So that no test meets them by accident, nor counts what the limiter asks.
    fn default() -> Self {
        let limits = "commands=1000000/60,queries=1000000/60,shut-offs=1000000/60".parse().unwrap();
        Self { limits, client: clients::loopback_http_client(), patience: Duration::from_secs(60) }
    }
}

/// A way to the API that outlives a borrow of the app.
#[derive(Clone)]
pub struct Door {
    api: Router,
    issuer: Arc<Issuer>,
    clock: ManualClock,
}

impl Door {
    pub async fn send(&self, say: Say) -> Answer {
        let (method, path) = (say.method.clone(), say.path.clone());
        let now = self.clock.now();
        let request = say.into_request(|token, scopes| self.issuer.issue_with_scopes(&token, scopes, now));
        let answer = self.send_as_is(request).await;
        let told = Told { status: answer.status, headers: &answer.headers, body: &answer.bytes };
        contract::check(&method, &path, &told);
        answer
    }

    /// Sends a request that no harness has put a token on.
    pub async fn send_as_is(&self, request: Request<Body>) -> Answer {
        let response = Box::pin(self.api.clone().oneshot(request)).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let body =
            serde_json::from_slice(&bytes).unwrap_or_else(|_| Value::from(String::from_utf8_lossy(&bytes)));
        Answer { status: parts.status.as_u16(), headers: parts.headers, body, bytes }
    }
}

/// The body that creates Alice.
#[must_use]
pub fn alice() -> Value {
    json!({ "userName": "alice", "displayName": "Alice Liddell", "email": "alice@example.com",
            "roles": ["engineer", "oncall"] })
}

impl App {
    /// A backend with the roles `engineer` and `oncall` in the tenant `acme`, known to every view.
    pub async fn start() -> Self {
        let app = Self::empty().await;
        for role in ["engineer", "oncall"] {
            app.when(post("/v1/roles", &json!({ "name": role }))).await.then(201);
        }
        app.settle().await;
        app.tap.reset();
        app
    }

    /// A backend without a single event.
    pub async fn empty() -> Self {
        Self::behind(Tap::around(clients::loopback_http_client())).await
    }

    /// A backend without a single event, whose functions reach AWS through this tap.
    pub async fn behind(tap: Tap) -> Self {
        Self::limited(tap, Limiting::default()).await
    }

    /// The same with these limits.
    pub async fn limited(tap: Tap, limiting: Limiting) -> Self {
        let clock = ManualClock::new("2026-11-21T12:00:00Z".parse().unwrap());
        let mails = Mails::default();
        let secrets = Secrets::drawn().unwrap();
        let claim_key = ClaimKey::new(*secrets.claim_key.bytes());
        let backend =
            Box::pin(Backend::open(settings(&clock, &tap, limiting, &mails, secrets.clone()))).await.unwrap();
        let functions = deployed(&backend, clock.clock(), secrets.clone(), Arc::new(Mails::default()));
        let beside =
            gateway(functions.api, backend.authorizer.clone(), clock.clock(), Arc::new(Notify::new()));
        Self { backend, clock, tap, mails, beside, claim_key, secrets }
    }

    /// The functions as another deployment has them, on clients of the host: with other secrets.
    #[must_use]
    pub fn deployed_with(&self, change: impl FnOnce(&mut Secrets)) -> Functions {
        let mut secrets = self.secrets.clone();
        change(&mut secrets);
        deployed(&self.backend, self.clock.clock(), secrets, Arc::new(self.mails.clone()))
    }

    /// The functions on a machine that has another clock.
    #[must_use]
    pub fn deployed_at(&self, clock: Clock) -> Functions {
        deployed(&self.backend, clock, self.secrets.clone(), Arc::new(self.mails.clone()))
    }

    /// A way to the API of another deployment.
    #[must_use]
    pub fn door_to(&self, functions: &Functions) -> Door {
        let (authorizer, clock) = (self.backend.authorizer.clone(), self.clock.clock());
        Door {
            api: gateway(functions.api.clone(), authorizer, clock, Arc::new(Notify::new())),
            ..self.door()
        }
    }

    /// A way to the API that lets in whom `authorizer` lets in.
    #[must_use]
    pub fn door_behind(&self, authorizer: Authorizer) -> Door {
        let (api, clock) = (self.backend.functions.api.clone(), self.clock.clock());
        Door { api: gateway(api, Arc::new(authorizer), clock, Arc::new(Notify::new())), ..self.door() }
    }

    /// The API beside the tap, to be taken into a hook.
    #[must_use]
    pub fn door(&self) -> Door {
        Door { api: self.beside.clone(), issuer: self.backend.issuer.clone(), clock: self.clock.clone() }
    }

    /// The API behind the tap.
    #[must_use]
    pub fn front(&self) -> Door {
        Door { api: self.backend.api.clone(), ..self.door() }
    }

    /// Sends a request.
    pub async fn when(&self, say: Say) -> Answer {
        self.front().send(say).await
    }

    /// Sends a request beside the tap.
    pub async fn meanwhile(&self, say: Say) -> Answer {
        self.door().send(say).await
    }

    /// Creates Alice; answers her id.
    pub async fn alice(&self) -> String {
        self.when(post("/v1/users", &alice()).key("alice")).await.then(202).text("id")
    }

    /// The id that a user created under this Idempotency-Key in `acme` gets.
    #[must_use]
    pub fn derived_id(&self, key: &str) -> String {
        UserId::derive(&TenantId::parse("acme").unwrap(), key).to_string()
    }

    /// Takes step messages off the queue, as a worker that then takes its time.
    pub async fn take_steps(&self, count: i32) -> SqsEvent {
        let sqs = &self.backend.stack.clients.sqs;
        let taken = sqs
            .receive_message()
            .queue_url(&self.backend.stack.steps_queue_url)
            .max_number_of_messages(count);
        let messages = taken.send().await.unwrap().messages.unwrap_or_default();
        assert_eq!(messages.len(), usize::try_from(count).unwrap());
        let mut event = SqsEvent::default();
        event.records = messages.into_iter().map(infra_local::host::delivered_message).collect();
        event
    }

    /// Loses every message on the queue of steps, which the backend itself never does.
    pub async fn lose_all_steps(&self) {
        let purge =
            self.backend.stack.clients.sqs.purge_queue().queue_url(&self.backend.stack.steps_queue_url);
        purge.send().await.unwrap();
    }

    /// Hands step messages to the worker; answers the ids of those that are to come again.
    pub async fn work_on(&self, event: &SqsEvent) -> Vec<String> {
        let response = self.backend.functions.worker.handle(event.clone(), None).await;
        response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect()
    }

    /// Deletes the rows of a user of `acme`.
    pub async fn forget_rows_of(&self, id: &str) {
        for row in self.rows().await.into_iter().filter(|row| row["sk"].as_s().unwrap() == id) {
            let delete = self.backend.stack.clients.dynamodb.delete_item().table_name(VIEWS_TABLE);
            delete.key("pk", row["pk"].clone()).key("sk", row["sk"].clone()).send().await.unwrap();
        }
    }

    /// Makes a row of a user of `acme` unreadable.
    pub async fn spoil_row_of(&self, id: &str, model: &str) {
        let update = self.backend.stack.clients.dynamodb.update_item().table_name(VIEWS_TABLE);
        let update = update
            .key("pk", AttributeValue::S(format!("acme#{model}@1")))
            .key("sk", AttributeValue::S(id.into()));
        let spoilt = update
            .update_expression("SET d = :d")
            .expression_attribute_values(":d", AttributeValue::S("?".into()));
        spoilt.send().await.unwrap();
    }

    /// Delivers until nothing is left to deliver.
    pub async fn settle(&self) {
        for _ in 0..1_000 {
            let projected = Box::pin(self.backend.project()).await.unwrap();
            let dispatched = Box::pin(self.backend.dispatch()).await.unwrap();
            let worked = Box::pin(self.backend.work(10)).await.unwrap();
            if (projected, dispatched, worked) == (Delivery::Idle, Delivery::Idle, 0) {
                return;
            }
        }
        panic!("deliveries do not come to an end");
    }

    /// Ends the test: no step and no delivery is left on its queue, and no stream is parked.
    pub async fn then_nothing_is_left(&self) {
        for queue in
            ["rollcall-steps", "rollcall-steps-dead", "rollcall-deliveries", "rollcall-deliveries-dead"]
        {
            let depth = self.backend.stack.sqs.depth(queue).await.unwrap();
            assert_eq!((depth.visible, depth.in_flight), (0, 0), "messages are left on {queue}");
        }
        assert_eq!(self.parked().await, Vec::<String>::new(), "streams are parked");
    }

    pub async fn provisioning(&self, id: &str) -> Value {
        self.meanwhile(get(format!("/v1/users/{id}/provisioning"))).await.then(200).body
    }

    pub async fn status(&self, id: &str) -> String {
        self.provisioning(id).await["status"].as_str().unwrap().into()
    }

    /// The commits of a user of `acme`.
    pub async fn commits(&self, id: &str) -> Vec<Commit> {
        let stream = StreamId::new("acme", "user", id).unwrap();
        self.events().commits_after(&stream, 0).await.unwrap()
    }

    /// The types of all events of a user of `acme`, in order.
    pub async fn event_types(&self, id: &str) -> Vec<String> {
        self.commits(id).await.into_iter().flat_map(|c| c.events).map(|event| event.event_type).collect()
    }

    #[must_use]
    pub fn events(&self) -> DynamoEventStore {
        DynamoEventStore::new(self.backend.stack.clients.dynamodb.clone(), EVENTS_TABLE)
    }

    /// The stream that holds a value, if any does.
    pub async fn holder(&self, tenant: &str, claim: &Claim) -> Option<StreamId> {
        self.events().holder(&self.claim_key, tenant, claim).await.unwrap()
    }

    /// Every item of the event table: commits and claims.
    pub async fn stored(&self) -> Vec<HashMap<String, AttributeValue>> {
        self.items(EVENTS_TABLE).await
    }

    /// Every row of every read model.
    pub async fn rows(&self) -> Vec<HashMap<String, AttributeValue>> {
        self.items(VIEWS_TABLE).await
    }

    /// The sort keys of the feed, in its order.
    pub async fn fed(&self) -> Vec<String> {
        let mut keys: Vec<String> =
            self.items(FEED_TABLE).await.iter().map(|item| item["sk"].as_s().unwrap().clone()).collect();
        keys.sort();
        keys
    }

    /// What is set aside: `{read model}@{generation}#{stream}`.
    pub async fn parked(&self) -> Vec<String> {
        let notes = self.rows().await.into_iter().filter(|row| row["pk"].as_s().unwrap() == "!parked");
        notes.map(|note| note["sk"].as_s().unwrap().clone()).collect()
    }

    /// Every item of the table of imports.
    pub async fn kept_of_imports(&self) -> Vec<HashMap<String, AttributeValue>> {
        self.items(IMPORTS_TABLE).await
    }

    async fn items(&self, table: &str) -> Vec<HashMap<String, AttributeValue>> {
        let scan = self.backend.stack.clients.dynamodb.scan().table_name(table).into_paginator().items();
        scan.send().collect::<Result<_, _>>().await.unwrap()
    }
}

fn settings(clock: &ManualClock, tap: &Tap, limiting: Limiting, mails: &Mails, secrets: Secrets) -> Settings {
    Settings {
        home: Home::Memory,
        ports: Ports::default(),
        clock: clock.clock(),
        secrets,
        function_client: SharedHttpClient::new(tap.clone()),
        limiter_client: limiting.client,
        limiter_patience: limiting.patience,
        limits: limiting.limits,
        mailer: Arc::new(mails.clone()),
        webhook_reach: Reach::PublicAndLoopback,
        public_url: "http://127.0.0.1:8080".into(),
        provider: None,
    }
}

/// The functions on clients of the host: what they do, no tap sees.
fn deployed(backend: &Backend, clock: Clock, secrets: Secrets, mailer: Arc<Mails>) -> Functions {
    let link = "http://127.0.0.1:8080/confirm?token=".into();
    Functions::compose(Parts {
        dynamodb: backend.stack.clients.dynamodb.clone(),
        sqs: backend.stack.clients.sqs.clone(),
        events_table: EVENTS_TABLE.into(),
        views_table: VIEWS_TABLE.into(),
        imports_table: IMPORTS_TABLE.into(),
        feed_table: FEED_TABLE.into(),
        steps_queue_url: backend.stack.steps_queue_url.clone(),
        replays_queue_url: backend.stack.replays_queue_url.clone(),
        imports_queue_url: backend.stack.imports_queue_url.clone(),
        webhooks_table: WEBHOOKS_TABLE.into(),
        deliveries_queue_url: backend.stack.deliveries_queue_url.clone(),
        webhook_reach: Reach::PublicAndLoopback,
        webhook_keys: secrets.webhook_keys,
        claim_key: secrets.claim_key,
        cursor_keys: secrets.cursor_keys,
        mailer,
        mail: MailSettings::new(secrets.confirmation_keys, link, "nobody@rollcall.invalid").unwrap(),
        limiter: limiter(&backend.stack.clients.dynamodb, Limiting::default().limits, &clock),
        clock,
    })
}
