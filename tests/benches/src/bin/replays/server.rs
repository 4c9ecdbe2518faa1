//! The engine of a measurement, in a process of its own: what it needs is not what the functions need.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use aws_sdk_dynamodb::error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use dynoxide::Database;
use infra_aws::{clients, clock::Clock, views};
use infra_local::{
    engine::{Engine, Kept},
    sqs::SqsEndpoint,
    stack::EVENTS_TABLE,
};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, copy, sink, stdin},
    net::TcpListener,
    process::{Child, Command},
};

/// The engine's file in a folder.
pub(crate) fn file(folder: &Path) -> PathBuf {
    folder.join("dynamodb.sqlite")
}

/// The engine without durability, which is not measured: nothing waits for the disk.
pub(crate) fn open(folder: &Path) -> Result<Database, BoxError> {
    let file = file(folder);
    let database = Database::new(file.to_str().ok_or("a path that is not UTF-8")?)?;
    database.enable_bulk_loading()?;
    Ok(database)
}

/// As the local stack has it: without the index, each page of a segment would sort what is left of the table.
pub(crate) fn index(folder: &Path) -> Result<(), BoxError> {
    Ok(Engine::open(&Kept::InFile(file(folder)))?.index_segments(EVENTS_TABLE)?)
}

/// Serves DynamoDB and SQS, and tells their addresses on a line, until the standard input ends.
pub(crate) async fn serve(folder: &Path) -> Result<(), BoxError> {
    if !file(folder).exists() {
        return Err(format!("{} is not there: generate it first", file(folder).display()).into());
    }
    let (dynamodb, queues) =
        (TcpListener::bind("127.0.0.1:0").await?, TcpListener::bind("127.0.0.1:0").await?);
    println!("http://{} http://{}", dynamodb.local_addr()?, queues.local_addr()?);
    let database = open(folder)?;
    let sqs = SqsEndpoint::open(&Kept::InMemory, Clock::system())?;
    tokio::select! {
        () = dynoxide::server::serve_on(dynamodb, database) => Ok(()),
        served = axum::serve(queues, sqs.router()).into_future() => Ok(served?),
        ended = async { copy(&mut stdin(), &mut sink()).await } => Ok(ended.map(drop)?),
    }
}

/// The running engine; it ends with this process, or when this is dropped.
pub(crate) struct Server {
    dynamodb_url: String,
    sqs_url: String,
    /// Its standard input is open for as long as it is wanted.
    _process: Child,
}

impl Server {
    pub(crate) async fn start(folder: &Path) -> Result<Self, BoxError> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("serve").arg("--folder").arg(folder);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut process = command.spawn()?;
        let output = process.stdout.take().ok_or("the engine has no standard output")?;
        let line = BufReader::new(output).lines().next_line().await?.unwrap_or_default();
        let (dynamodb_url, sqs_url) = line.split_once(' ').ok_or("the engine did not start")?;
        let (dynamodb_url, sqs_url) = (dynamodb_url.to_owned(), sqs_url.to_owned());
        Ok(Self { dynamodb_url, sqs_url, _process: process })
    }

    pub(crate) fn client(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&clients::for_endpoint(
            &self.dynamodb_url,
            clients::loopback_http_client(),
        ))
    }

    /// A client whose requests pass by `interceptor`.
    pub(crate) fn observed_client(&self, interceptor: impl Intercept + 'static) -> aws_sdk_dynamodb::Client {
        let config = clients::for_endpoint(&self.dynamodb_url, clients::loopback_http_client());
        let config = aws_sdk_dynamodb::config::Builder::from(&config);
        let config = config.interceptor(interceptor);
        aws_sdk_dynamodb::Client::from_conf(config.build())
    }

    pub(crate) fn queues(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&clients::for_endpoint(&self.sqs_url, clients::loopback_http_client()))
    }

    /// An empty table of views of this name.
    pub(crate) async fn empty_views(&self, table: &str) -> Result<(), BoxError> {
        // Of an earlier run; that there is none is no error.
        drop(self.client().delete_table().table_name(table).send().await);
        Ok(views::create_table(&self.client(), table).await?)
    }
}
