//! The AWS endpoints, serving on loopback: DynamoDB with Streams, and SQS, with the tables and queues
//! that the functions use.

mod queues;
mod tables;

use std::{io, net::Ipv4Addr, path::PathBuf, time::Duration};

use aws_sdk_dynamodb::error::BoxError;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use infra_aws::{clients, clock::Clock};
use tokio::{net::TcpListener, sync::watch, task::JoinSet, time::timeout};

use crate::{
    engine::{Engine, EngineError, Kept},
    host::QueueSettings,
    sqs::SqsEndpoint,
};

pub use tables::{EVENTS_TABLE, FEED_TABLE, IMPORTS_TABLE, LIMITS_TABLE, VIEWS_TABLE, WEBHOOKS_TABLE};

const STEPS: &str = "rollcall-steps";
const REPLAYS: &str = "rollcall-replays";
const IMPORTS: &str = "rollcall-imports";
const DELIVERIES: &str = "rollcall-deliveries";
const PATIENCE: Duration = Duration::from_secs(2);

/// Where the stack keeps what it keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Home {
    /// Gone with the process: one test.
    Memory,
    Folder(PathBuf),
}

/// On which loopback ports the endpoints listen; 0 takes any free one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ports {
    pub dynamodb: u16,
    pub sqs: u16,
}

/// The running endpoints. They stop with [`Stack::stop`], or when the stack is dropped.
pub struct Stack {
    pub engine: Engine,
    pub sqs: SqsEndpoint,
    pub dynamodb_url: String,
    pub sqs_url: String,
    /// Clients of the host itself; the functions get their own.
    pub clients: Clients,
    pub stream_arn: String,
    pub steps_queue_url: String,
    pub replays_queue_url: String,
    pub imports_queue_url: String,
    pub deliveries_queue_url: String,
    stop: watch::Sender<bool>,
    servers: JoinSet<()>,
}

/// Clients of the endpoints.
#[derive(Clone, Debug)]
pub struct Clients {
    pub dynamodb: aws_sdk_dynamodb::Client,
    pub streams: aws_sdk_dynamodbstreams::Client,
    pub sqs: aws_sdk_sqs::Client,
}

impl Clients {
    /// Clients whose requests all pass through `http_client`.
    #[must_use]
    pub fn at(dynamodb_url: &str, sqs_url: &str, http_client: SharedHttpClient) -> Self {
        let dynamodb = clients::for_endpoint(dynamodb_url, http_client.clone());
        let sqs = clients::for_endpoint(sqs_url, http_client);
        Self {
            dynamodb: aws_sdk_dynamodb::Client::new(&dynamodb),
            streams: aws_sdk_dynamodbstreams::Client::new(&dynamodb),
            sqs: aws_sdk_sqs::Client::new(&sqs),
        }
    }
}

impl Stack {
    /// Opens what is kept, serves it, and creates the tables and queues that are missing.
    ///
    /// # Errors
    /// When a file or a port cannot be had.
    pub async fn start(home: &Home, ports: Ports, clock: Clock) -> Result<Self, BoxError> {
        let engine = open_engine(home).await?;
        let sqs = SqsEndpoint::open(&kept(home, "sqs.sqlite"), clock)?;
        let (stop, stopped) = watch::channel(false);
        let mut servers = JoinSet::new();

        let (listener, dynamodb_url) = listen(ports.dynamodb).await?;
        let served = engine.serve(listener, until(stopped.clone()));
        servers.spawn(
            async move { drop(served.await.inspect_err(|error| tracing::error!(%error, "DynamoDB"))) },
        );
        let (listener, sqs_url) = listen(ports.sqs).await?;
        let served = axum::serve(listener, sqs.router()).with_graceful_shutdown(until(stopped));
        servers.spawn(async move { drop(served.await.inspect_err(|error| tracing::error!(%error, "SQS"))) });

        let clients = Clients::at(&dynamodb_url, &sqs_url, clients::loopback_http_client());
        let stream_arn = tables::create(&clients.dynamodb).await?;
        index_segments(&engine).await?;
        let steps_queue_url = queues::create(&clients.sqs, STEPS, QueueSettings::steps()).await?;
        let replays_queue_url = queues::create(&clients.sqs, REPLAYS, QueueSettings::replays()).await?;
        let imports_queue_url = queues::create(&clients.sqs, IMPORTS, QueueSettings::imports()).await?;
        let deliveries_queue_url =
            queues::create(&clients.sqs, DELIVERIES, QueueSettings::deliveries()).await?;
        Ok(Self {
            engine,
            sqs,
            dynamodb_url,
            sqs_url,
            clients,
            stream_arn,
            steps_queue_url,
            replays_queue_url,
            imports_queue_url,
            deliveries_queue_url,
            stop,
            servers,
        })
    }

    /// Ends the endpoints once the requests now running are answered, or have taken too long.
    pub async fn stop(mut self) {
        self.sqs.stop_waiting();
        self.stop.send_replace(true);
        let answered = async { while self.servers.join_next().await.is_some() {} };
        // Dropping the servers cuts off what is left.
        drop(timeout(PATIENCE, answered).await);
    }
}

/// SQLite's first look at a file may wait for another process to let go of it.
async fn open_engine(home: &Home) -> Result<Engine, BoxError> {
    let kept = kept(home, "dynamodb.sqlite");
    let opened: Result<Engine, EngineError> =
        tokio::task::spawn_blocking(move || Engine::open(&kept)).await?;
    Ok(opened?)
}

/// What replays scan. In a folder of an earlier release this takes the time of a large table, once.
async fn index_segments(engine: &Engine) -> Result<(), BoxError> {
    let engine = engine.clone();
    let indexed =
        move || [EVENTS_TABLE, VIEWS_TABLE].iter().try_for_each(|table| engine.index_segments(table));
    Ok(tokio::task::spawn_blocking(indexed).await??)
}

fn kept(home: &Home, file: &str) -> Kept {
    match home {
        Home::Memory => Kept::InMemory,
        Home::Folder(folder) => Kept::InFile(folder.join(file)),
    }
}

async fn listen(port: u16) -> io::Result<(TcpListener, String)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let url = format!("http://{}", listener.local_addr()?);
    Ok((listener, url))
}

/// Resolves when the stack stops, also by being dropped.
async fn until(mut stopped: watch::Receiver<bool>) {
    drop(stopped.wait_for(|stopped| *stopped).await);
}
