//! The whole backend in one process: the endpoints, the functions, and what delivers to them.

mod run;

use std::{path::PathBuf, sync::Arc, time::Duration};

use aws_sdk_dynamodb::error::BoxError;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use axum::Router;
use functions::{
    limits::{Limiter, TenantLimits},
    watchdog::Round,
    worker::MailSettings,
};
use infra_aws::{
    clock::Clock,
    documents::Documents,
    limits::{Buckets, Limits},
    mail::Mailer,
    receivers::Reach,
};
use tokio::sync::{Mutex, Notify};
use tracing::{Instrument as _, Span};

use crate::{
    host::{
        Checkpoints, Delivery, Functions, OnFailure, Parts, QueueMapping, QueueSettings, StreamMapping,
        gateway, request_id,
    },
    issuer::Issuer,
    oidc::{Authorizer, Http, Provider},
    secrets::Secrets,
    stack::{
        Clients, EVENTS_TABLE, FEED_TABLE, Home, IMPORTS_TABLE, LIMITS_TABLE, Ports, Stack, VIEWS_TABLE,
        WEBHOOKS_TABLE,
    },
};

const PROJECTOR: &str = "projector";
const DISPATCHER: &str = "dispatcher";

/// What a backend is made of.
pub struct Settings {
    pub home: Home,
    pub ports: Ports,
    pub clock: Clock,
    pub secrets: Secrets,
    /// Every AWS request of a function passes through it; the host's own do not.
    pub function_client: SharedHttpClient,
    /// The same for the rate limiter: how often it asks depends on what clients did before.
    pub limiter_client: SharedHttpClient,
    /// For so long a request waits for the rate limiter: [`PATIENCE`](functions::limits::PATIENCE), or longer, where
    /// nobody may be let through because the machine is busy.
    pub limiter_patience: Duration,
    /// What a client may ask for where nothing else was set for its tenant.
    pub limits: Limits,
    pub mailer: Arc<dyn Mailer>,
    /// Where webhooks may lead.
    pub webhook_reach: Reach,
    /// Where clients reach the API; confirmation links begin with it, and it is the local issuer's name.
    pub public_url: String,
    /// Whose tokens are accepted; those of the local issuer if it is nobody else.
    pub provider: Option<Provider>,
}

/// A backend that is ready to be stepped, or run.
pub struct Backend {
    pub stack: Stack,
    pub functions: Functions,
    /// The API with its gateway.
    pub api: Router,
    /// The local one, whose tokens another provider's authorizer does not accept.
    pub issuer: Arc<Issuer>,
    pub authorizer: Arc<Authorizer>,
    checkpoints: Arc<Checkpoints>,
    projector: Mutex<StreamMapping>,
    dispatcher: Mutex<StreamMapping>,
    steps: QueueMapping,
    replays: QueueMapping,
    imports: QueueMapping,
    deliveries: QueueMapping,
    /// Rung when events may have been appended.
    written: Arc<Notify>,
}

impl Backend {
    /// # Errors
    /// When a file or a port cannot be had.
    pub async fn open(settings: Settings) -> Result<Self, BoxError> {
        let stack = Stack::start(&settings.home, settings.ports, settings.clock.clone()).await?;
        let clients = Clients::at(&stack.dynamodb_url, &stack.sqs_url, settings.function_client);
        let limiting = Clients::at(&stack.dynamodb_url, &stack.sqs_url, settings.limiter_client);
        let limiter = limiter(&limiting.dynamodb, settings.limits, &settings.clock);
        let limiter = limiter.within(settings.limiter_patience);
        let link = format!("{}/confirm?token=", settings.public_url);
        let mail = MailSettings::new(
            settings.secrets.confirmation_keys,
            link,
            "Rollcall <no-reply@rollcall.invalid>",
        )?;
        let functions = Functions::compose(Parts {
            dynamodb: clients.dynamodb,
            sqs: clients.sqs,
            events_table: EVENTS_TABLE.into(),
            views_table: VIEWS_TABLE.into(),
            imports_table: IMPORTS_TABLE.into(),
            feed_table: FEED_TABLE.into(),
            steps_queue_url: stack.steps_queue_url.clone(),
            replays_queue_url: stack.replays_queue_url.clone(),
            imports_queue_url: stack.imports_queue_url.clone(),
            webhooks_table: WEBHOOKS_TABLE.into(),
            deliveries_queue_url: stack.deliveries_queue_url.clone(),
            webhook_reach: settings.webhook_reach,
            webhook_keys: settings.secrets.webhook_keys,
            claim_key: settings.secrets.claim_key,
            cursor_keys: settings.secrets.cursor_keys,
            mailer: settings.mailer,
            mail,
            limiter,
            clock: settings.clock.clone(),
        });
        let checkpoints = Arc::new(Checkpoints::open(file(&settings.home, "checkpoints.json"))?);
        let written = Arc::new(Notify::new());
        let issuer = Arc::new(Issuer::new(&settings.secrets.issuer_keys, &settings.public_url));
        let (authorizer, api) = match settings.provider {
            Some(provider) => (Authorizer::new(provider, Arc::new(Http::new()))?, functions.api.clone()),
            None => (issuer.authorizer(), functions.api.clone().merge(issuer.routes())),
        };
        let authorizer = Arc::new(authorizer);
        Ok(Self {
            api: gateway(api, authorizer.clone(), settings.clock, written.clone()),
            projector: Mutex::new(to_projector(&stack, &functions, &checkpoints, &settings.home)),
            dispatcher: Mutex::new(to_dispatcher(&stack, &functions, &checkpoints, &settings.home)),
            steps: to_worker(&stack, &functions),
            replays: to_replayer(&stack, &functions),
            imports: to_importer(&stack, &functions),
            deliveries: to_courier(&stack, &functions),
            stack,
            functions,
            issuer,
            authorizer,
            checkpoints,
            written,
        })
    }

    /// Delivers one batch of the stream to the projector.
    ///
    /// # Errors
    /// When the stream cannot be read.
    pub async fn project(&self) -> Result<Delivery, BoxError> {
        self.projector.lock().await.deliver().await
    }

    /// Delivers one batch of the stream to the dispatcher.
    ///
    /// # Errors
    /// When the stream cannot be read.
    pub async fn dispatch(&self) -> Result<Delivery, BoxError> {
        self.dispatcher.lock().await.deliver().await
    }

    /// Delivers at most `messages` steps to the worker, without waiting for any; answers how many.
    ///
    /// # Errors
    /// When the queue cannot be read.
    pub async fn work(&self, messages: i32) -> Result<usize, BoxError> {
        self.steps.deliver_at_most(messages, 0).await
    }

    /// Delivers a segment of a replay, or whatever else is on its queue, without waiting for any; answers how many.
    ///
    /// # Errors
    /// When the queue cannot be read.
    pub async fn replay(&self) -> Result<usize, BoxError> {
        self.replays.deliver(0).await
    }

    /// Delivers an import, or whatever else is on its queue, without waiting for any; answers how many.
    ///
    /// # Errors
    /// When the queue cannot be read.
    pub async fn import(&self) -> Result<usize, BoxError> {
        self.imports.deliver(0).await
    }

    /// Delivers at most `messages` events to the courier, without waiting for any; answers how many.
    ///
    /// # Errors
    /// When the queue cannot be read.
    pub async fn send_webhooks(&self, messages: i32) -> Result<usize, BoxError> {
        self.deliveries.deliver_at_most(messages, 0).await
    }

    /// Runs the watchdog once.
    ///
    /// # Errors
    /// When the read model cannot be asked.
    pub async fn watch(&self) -> Result<Round, BoxError> {
        self.functions.watchdog.handle().instrument(invocation("watchdog")).await
    }

    /// Lets the engine forget the stream records that both readers have handled.
    ///
    /// # Errors
    /// When the engine's file cannot be written.
    pub async fn trim(&self) -> Result<usize, BoxError> {
        let Some(handled) = self.checkpoints.lowest(&[PROJECTOR, DISPATCHER]) else { return Ok(0) };
        let engine = self.stack.engine.clone();
        Ok(tokio::task::spawn_blocking(move || engine.trim_stream(EVENTS_TABLE, &handled)).await??)
    }
}

/// An instance of the rate limiter, on the table of the stack.
#[must_use]
pub fn limiter(client: &aws_sdk_dynamodb::Client, defaults: Limits, clock: &Clock) -> Limiter {
    let documents = Documents::new(client.clone(), LIMITS_TABLE);
    let tenants = TenantLimits::new(documents, defaults, clock.clone());
    Limiter::new(Buckets::new(client, LIMITS_TABLE), tenants, clock.clone())
}

/// Around an invocation, as the Lambda runtime has it; in a process of its own, the function is in every line anyway.
fn invocation(function: &'static str) -> Span {
    tracing::info_span!("invocation", function, request_id = request_id())
}

fn file(home: &Home, name: &str) -> Option<PathBuf> {
    match home {
        Home::Memory => None,
        Home::Folder(folder) => Some(folder.join(name)),
    }
}

fn on_failure(home: &Home) -> OnFailure {
    file(home, "set-aside").map_or(OnFailure::Forget, OnFailure::Folder)
}

fn to_projector(
    stack: &Stack,
    functions: &Functions,
    checkpoints: &Arc<Checkpoints>,
    home: &Home,
) -> StreamMapping {
    let (client, projector) = (stack.clients.streams.clone(), functions.projector.clone());
    let handler = Arc::new(move |event| {
        let projector = projector.clone();
        Box::pin(async move { projector.handle(event).await }.instrument(invocation("projector"))) as _
    });
    StreamMapping::new(
        PROJECTOR,
        client,
        stack.stream_arn.clone(),
        handler,
        checkpoints.clone(),
        on_failure(home),
    )
}

fn to_dispatcher(
    stack: &Stack,
    functions: &Functions,
    checkpoints: &Arc<Checkpoints>,
    home: &Home,
) -> StreamMapping {
    let (client, dispatcher) = (stack.clients.streams.clone(), functions.dispatcher.clone());
    let handler = Arc::new(move |event| {
        let dispatcher = dispatcher.clone();
        Box::pin(async move { dispatcher.handle(event).await }.instrument(invocation("dispatcher"))) as _
    });
    StreamMapping::new(
        DISPATCHER,
        client,
        stack.stream_arn.clone(),
        handler,
        checkpoints.clone(),
        on_failure(home),
    )
}

fn to_worker(stack: &Stack, functions: &Functions) -> QueueMapping {
    let worker = functions.worker.clone();
    let handler = Arc::new(move |event| {
        let worker = worker.clone();
        Box::pin(async move { worker.handle(event, None).await }.instrument(invocation("worker"))) as _
    });
    QueueMapping::new(
        stack.clients.sqs.clone(),
        stack.steps_queue_url.clone(),
        handler,
        QueueSettings::steps(),
    )
}

fn to_replayer(stack: &Stack, functions: &Functions) -> QueueMapping {
    let replayer = functions.replayer.clone();
    let handler = Arc::new(move |event| {
        let replayer = replayer.clone();
        Box::pin(async move { replayer.handle(event, None).await }.instrument(invocation("replayer"))) as _
    });
    let url = stack.replays_queue_url.clone();
    QueueMapping::new(stack.clients.sqs.clone(), url, handler, QueueSettings::replays())
}

fn to_importer(stack: &Stack, functions: &Functions) -> QueueMapping {
    let importer = functions.importer.clone();
    let handler = Arc::new(move |event| {
        let importer = importer.clone();
        Box::pin(async move { importer.handle(event, None).await }.instrument(invocation("importer"))) as _
    });
    let url = stack.imports_queue_url.clone();
    QueueMapping::new(stack.clients.sqs.clone(), url, handler, QueueSettings::imports())
}

fn to_courier(stack: &Stack, functions: &Functions) -> QueueMapping {
    let courier = functions.courier.clone();
    let handler = Arc::new(move |event| {
        let courier = courier.clone();
        Box::pin(async move { courier.handle(event, None).await }.instrument(invocation("courier"))) as _
    });
    let url = stack.deliveries_queue_url.clone();
    QueueMapping::new(stack.clients.sqs.clone(), url, handler, QueueSettings::deliveries())
}
