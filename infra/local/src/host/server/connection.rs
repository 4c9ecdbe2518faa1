use std::{convert::Infallible, future::poll_fn, pin::Pin, time::Duration};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::Response,
};
use functions::http::Kind;
use futures_util::FutureExt as _;
use hyper::{
    server::conn::http1::{Builder, Parts},
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::watch,
    time::timeout,
};

use super::{ServerSettings, answer, refused};

/// hyper answers a longer head by itself, without a body.
const LONGEST_HEAD: usize = 64 * 1024;
/// What a client still sends is read for so long, and so much of it, before the connection ends.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 4 * 1024 * 1024;

/// Answers the requests of one connection, until it ends or the host does.
pub(super) async fn run(
    stream: TcpStream,
    api: Router,
    settings: ServerSettings,
    mut stopped: watch::Receiver<bool>,
) {
    // Answers are whole when they are written.
    drop(stream.set_nodelay(true));
    let service = service_fn(move |request| {
        let api = api.clone();
        async move { Ok::<_, Infallible>(answer(api, settings, request).await) }.boxed()
    });
    let mut connection = Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(settings.head_patience)
        .max_buf_size(LONGEST_HEAD)
        // Whoever closes their side after a request still reads the answer.
        .half_close(true)
        .serve_connection(TokioIo::new(stream), service);
    let stopping = async { drop(stopped.wait_for(|stopped| *stopped).await) };
    let ended = tokio::select! {
        ended = poll_fn(|context| connection.poll_without_shutdown(context)) => Some(ended),
        () = stopping => None,
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            Pin::new(&mut connection).graceful_shutdown();
            poll_fn(|context| connection.poll_without_shutdown(context)).await
        }
    };
    let Parts { io, read_buf, .. } = connection.into_parts();
    let mut stream = io.into_inner();
    // An idle connection ends as it is; whoever has begun a request is told.
    if ended.is_err_and(|error| error.is_timeout()) && !read_buf.is_empty() {
        drop(stream.write_all(&written(refused(Kind::REQUEST_TIMEOUT)).await).await);
    }
    drop(stream.shutdown().await);
    drop(timeout(LINGER, drain(stream)).await);
}

async fn drain(mut stream: TcpStream) {
    let (mut buffer, mut left) = (vec![0; 16 * 1024], LINGER_BYTES);
    while let Ok(read @ 1..) = stream.read(&mut buffer).await
        && let Some(less) = left.checked_sub(read)
    {
        left = less;
    }
}

/// An answer as it is sent.
async fn written(response: Response<Body>) -> Vec<u8> {
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let mut text = format!("HTTP/1.1 {}\r\ncontent-length: {}\r\n", parts.status, body.len()).into_bytes();
    for (name, value) in &parts.headers {
        text.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    text.extend(b"\r\n");
    text.extend(body);
    text
}
