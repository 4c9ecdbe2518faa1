//! What the tests of the embedded engines share: a listener on loopback, and AWS clients that talk to it.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part of this module")]

use std::path::PathBuf;

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_smithy_http_client::Builder;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use infra_local::engine::{Engine, Kept};
use tokio::net::TcpListener;

pub fn plain_http() -> SharedHttpClient {
    Builder::new().build_http()
}

pub fn credentials() -> Credentials {
    Credentials::new("local", "local", None, None, "tests")
}

pub async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    (listener, url)
}

pub fn in_memory() -> Engine {
    Engine::open(&Kept::InMemory).expect("an engine in memory")
}

/// Serves `engine` for as long as the runtime lives, and returns its address.
pub async fn serve(engine: &Engine) -> String {
    let (listener, url) = listen().await;
    tokio::spawn(engine.serve(listener, std::future::pending()));
    url
}

pub fn dynamodb(url: &str, http: SharedHttpClient) -> aws_sdk_dynamodb::Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::from_static("local"))
        .credentials_provider(credentials())
        .endpoint_url(url)
        .http_client(http);
    aws_sdk_dynamodb::Client::from_conf(config.build())
}

pub fn streams(url: &str) -> aws_sdk_dynamodbstreams::Client {
    let config = aws_sdk_dynamodbstreams::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::from_static("local"))
        .credentials_provider(credentials())
        .endpoint_url(url)
        .http_client(plain_http());
    aws_sdk_dynamodbstreams::Client::from_conf(config.build())
}

/// A folder that is removed when the test ends.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(test: &str) -> Self {
        let path = std::env::temp_dir().join(format!("rollcall-{}-{test}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder for the test");
        Self(path)
    }

    pub fn file(&self, name: &str) -> Kept {
        Kept::InFile(self.0.join(name))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
