//! What clients meet who send too much, too slowly, or something else than HTTP. Each speaks TCP itself.

use std::{net::SocketAddr, time::Duration};

use axum::{
    Router,
    extract::Request,
    routing::{get, post},
};
use functions::http::{Body, Problem};
use infra_local::host::{ServerSettings, serve};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::{Notify, watch},
    task::JoinHandle,
    time::timeout,
};

/// Far more than anything takes.
const PATIENCE: Duration = Duration::from_secs(20);

struct Server {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    served: JoinHandle<()>,
}

async fn echo(Body(body): Body<Value>) -> Result<String, Problem> {
    Ok(body.to_string())
}

fn settings() -> ServerSettings {
    ServerSettings {
        head_patience: Duration::from_millis(300),
        body_patience: Duration::from_millis(300),
        ..ServerSettings::default()
    }
}

impl Server {
    async fn start(settings: ServerSettings) -> Self {
        let api = Router::new()
            .route("/", get(|| async { "hello" }))
            .route(
                "/long",
                get(|request: Request| async move { request.uri().to_string().len().to_string() }),
            )
            .route("/echo", post(echo));
        Self::serving(api, settings).await
    }

    async fn serving(api: Router, settings: ServerSettings) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = watch::channel(false);
        let served = tokio::spawn(async move { serve(listener, api, settings, stopped).await.unwrap() });
        Self { address, stop, served }
    }

    async fn connect(&self) -> Client {
        Client { stream: TcpStream::connect(self.address).await.unwrap() }
    }

    /// What comes back until the connection ends.
    async fn say(&self, text: &str) -> String {
        let mut client = self.connect().await;
        client.send(text).await;
        client.rest().await
    }
}

struct Client {
    stream: TcpStream,
}

impl Client {
    async fn send(&mut self, text: &str) {
        // Who was answered already may close before all is sent.
        drop(self.stream.write_all(text.as_bytes()).await);
    }

    async fn rest(&mut self) -> String {
        let mut bytes = Vec::new();
        let read = timeout(PATIENCE, self.stream.read_to_end(&mut bytes)).await;
        read.expect("the connection ends").expect("the connection is not reset");
        String::from_utf8(bytes).unwrap()
    }

    /// Reads until an answer has come that ends so.
    async fn until(&mut self, end: &str) -> String {
        let mut bytes = Vec::new();
        while !bytes.ends_with(end.as_bytes()) {
            let read = timeout(PATIENCE, self.stream.read_buf(&mut bytes)).await;
            assert!(read.expect("an answer").expect("no reset") > 0, "{}", String::from_utf8_lossy(&bytes));
        }
        String::from_utf8(bytes).unwrap()
    }
}

#[track_caller]
fn is_problem(answer: &str, status: u16, code: &str) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{answer:?}"));
    assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    assert!(head.contains("content-type: application/problem+json"), "{head}");
    assert!(head.contains("connection: close"), "{head}");
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["code"], code, "{body}");
    assert!(body["requestId"].is_string(), "{body}");
}

#[tokio::test]
async fn a_head_that_does_not_come_is_answered_and_ended() {
    let server = Server::start(settings()).await;
    is_problem(&server.say("GET / HTTP/1.1\r\nhost: x\r\nx-slow").await, 408, "request-timeout");
    assert_eq!(server.say("").await, "", "whoever says nothing is told nothing");
}

#[tokio::test]
async fn an_idle_connection_ends_without_an_answer() {
    let server = Server::start(settings()).await;
    let mut client = server.connect().await;
    client.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(client.until("hello").await.starts_with("HTTP/1.1 200 OK\r\n"));
    assert_eq!(client.rest().await, "");
}

#[tokio::test]
async fn a_body_that_does_not_come_is_answered_and_ended() {
    let server = Server::start(settings()).await;
    let head = "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    for rest in ["content-length: 100\r\n\r\n{\"a\":", "transfer-encoding: chunked\r\n\r\n2\r\n{\"\r\n"] {
        is_problem(&server.say(&format!("{head}{rest}")).await, 408, "request-timeout");
    }
}

#[tokio::test]
async fn a_body_in_time_is_read_however_it_is_cut() {
    let server = Server::start(ServerSettings { body_patience: PATIENCE, ..settings() }).await;
    let mut client = server.connect().await;
    client
        .send("POST /echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 7\r\n\r\n")
        .await;
    for byte in "{\"a\":1}".chars() {
        client.send(&byte.to_string()).await;
        tokio::task::yield_now().await;
    }
    assert!(client.until("{\"a\":1}").await.starts_with("HTTP/1.1 200 OK\r\n"));
}

#[tokio::test]
async fn an_address_that_is_too_long_is_refused_by_its_name() {
    let server = Server::start(settings()).await;
    let ask = |length: usize| {
        let path = format!("/long?{}", "a".repeat(length - "/long?".len()));
        format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    };
    assert!(server.say(&ask(8 * 1024)).await.ends_with("\r\n\r\n8192"));
    is_problem(&server.say(&ask(8 * 1024 + 1)).await, 414, "uri-too-long");
    is_problem(&server.say(&ask(60 * 1024)).await, 414, "uri-too-long");
    // hyper ends what does not fit into its buffer, by itself.
    assert!(server.say(&ask(1024 * 1024)).await.starts_with("HTTP/1.1 431 "));
}

#[tokio::test]
async fn headers_that_are_too_large_are_refused_by_their_name() {
    let server = Server::start(settings()).await;
    let ask = |bytes: usize| {
        format!("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-large: {}\r\n\r\n", "a".repeat(bytes))
    };
    assert!(server.say(&ask(16_000)).await.ends_with("hello"));
    is_problem(&server.say(&ask(17_000)).await, 431, "headers-too-large");
    is_problem(&server.say(&ask(60_000)).await, 431, "headers-too-large");
    assert!(server.say(&ask(1_000_000)).await.starts_with("HTTP/1.1 431 "), "by hyper");
    let many = "x-one: 1\r\n".repeat(101);
    assert!(server.say(&format!("GET / HTTP/1.1\r\n{many}\r\n")).await.starts_with("HTTP/1.1 431 "));
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_while_it_is_sent() {
    let server = Server::start(ServerSettings { body_patience: PATIENCE, ..settings() }).await;
    let mut client = server.connect().await;
    let length = 200 * 1024;
    client
        .send(&format!(
            "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nconnection: close\r\n\
             content-length: {length}\r\n\r\n{}",
            " ".repeat(length)
        ))
        .await;
    // The API's own answer, here without a request that it could name.
    let answer = client.rest().await;
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("body-too-large"), "{answer}");
}

#[tokio::test]
async fn what_is_no_http_is_refused() {
    let server = Server::start(settings()).await;
    for garbage in [
        "hello\r\n\r\n",
        "\u{16}\u{3}\u{1}\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n",
    ] {
        assert!(server.say(garbage).await.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{garbage:?}");
    }
    assert!(server.say("GET / HTTP/1.1\r\nconnection: close\r\n\r\n").await.ends_with("hello"), "it goes on");
}

#[tokio::test]
async fn requests_in_a_pipeline_are_answered_in_their_order() {
    let server = Server::start(settings()).await;
    let ask = |length: usize| format!("GET /long?{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(length));
    let mut client = server.connect().await;
    client.send(&(ask(4) + &ask(94) + &ask(994))).await;
    let answers = client.until("\r\n\r\n1000").await;
    let at = |end: &str| answers.find(&format!("\r\n\r\n{end}")).unwrap_or_else(|| panic!("{answers}"));
    assert!(at("10H") < at("100H"), "{answers}");
}

#[tokio::test]
async fn whoever_closes_their_side_after_a_request_reads_the_answer() {
    let server = Server::start(settings()).await;
    let mut client = server.connect().await;
    client.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    client.stream.shutdown().await.unwrap();
    assert!(client.rest().await.ends_with("hello"));
}

#[tokio::test]
async fn more_connections_than_places_wait_for_one() {
    let server =
        Server::start(ServerSettings { connections: 2, head_patience: PATIENCE, ..settings() }).await;
    let ask = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";
    let (mut first, mut second) = (server.connect().await, server.connect().await);
    for client in [&mut first, &mut second] {
        client.send(ask).await;
        client.until("hello").await;
    }
    let mut third = server.connect().await;
    third.send(ask).await;
    let mut none = [0];
    assert!(timeout(Duration::from_millis(100), third.stream.read(&mut none)).await.is_err(), "no place yet");
    drop(first);
    third.until("hello").await;
}

#[tokio::test]
async fn a_server_that_stops_answers_what_is_under_way_and_ends_what_is_idle() {
    let gate: &'static Notify = Box::leak(Box::default());
    let came: &'static Notify = Box::leak(Box::default());
    let wait = get(move || async move {
        came.notify_one();
        gate.notified().await;
        "done"
    });
    let api = Router::new().route("/wait", wait).route("/", get(|| async { "hello" }));
    let server = Server::serving(api, ServerSettings { head_patience: PATIENCE, ..settings() }).await;
    let mut idle = server.connect().await;
    idle.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    idle.until("hello").await;
    let mut waiting = server.connect().await;
    waiting.send("GET /wait HTTP/1.1\r\nhost: x\r\n\r\n").await;
    came.notified().await;
    server.stop.send_replace(true);
    assert_eq!(idle.rest().await, "");
    drop(idle);
    gate.notify_one();
    assert!(waiting.rest().await.ends_with("done"));
    drop(waiting);
    timeout(PATIENCE, server.served).await.expect("it ends").unwrap();
    assert!(TcpStream::connect(server.address).await.is_err());
}
