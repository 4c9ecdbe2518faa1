//! What serves the API: HTTP/1.1, with limits on what a client may send and how long it may take.
//!
//! | what comes | answer |
//! |---|---|
//! | path and query beyond [`ServerSettings::uri`] | 414 `uri-too-long` |
//! | headers beyond [`ServerSettings::headers`] | 431 `headers-too-large` |
//! | head of a request that is not whole in time | 408 `request-timeout`, and the end of the connection |
//! | body that is not whole in time | 408 `request-timeout`, and the end of the connection |
//! | head beyond 64 KiB, or with more than 100 headers | 431 or 414 without a body, from hyper |
//! | what is no HTTP | 400 without a body, from hyper |
//! | idle connection | its end |
//! | connection beyond [`ServerSettings::connections`] | it waits to be accepted |
//!
//! Before a connection ends, what its client still sends is read for a moment: a system that is sent data for a closed
//! connection resets it, and the client would lose the answer. Only who sends on and on is reset.

mod body;
mod connection;

use std::{io, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    http::{Request, Response, header},
};
use functions::http::{Kind, Problem};
use tokio::{
    net::TcpListener,
    sync::{Semaphore, watch},
    task::JoinSet,
    time::sleep,
};
use tower::ServiceExt as _;

use super::request_id;
use body::Paced;

/// After an error of the listener: too many open files, mostly.
const BREATH: Duration = Duration::from_millis(100);

/// What clients may send, and how long they may take.
#[derive(Clone, Copy, Debug)]
pub struct ServerSettings {
    /// For the head of a request, and for the pause between two requests.
    pub head_patience: Duration,
    /// For a whole body.
    pub body_patience: Duration,
    /// Bytes of path and query.
    pub uri: usize,
    /// Bytes of headers.
    pub headers: usize,
    /// Open at the same time.
    pub connections: usize,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            head_patience: Duration::from_secs(20),
            body_patience: Duration::from_secs(30),
            uri: 8 * 1024,
            headers: 16 * 1024,
            connections: 1_024,
        }
    }
}

/// Serves `api` on `listener` until `stopped` turns true and the requests then under way are answered.
///
/// # Errors
/// When the listener has no address.
pub async fn serve(
    listener: TcpListener,
    api: Router,
    settings: ServerSettings,
    stopped: watch::Receiver<bool>,
) -> io::Result<()> {
    listener.local_addr()?;
    let (places, mut connections) = (Arc::new(Semaphore::new(settings.connections)), JoinSet::new());
    let mut ending = stopped.clone();
    loop {
        let accepted = async {
            let place = places.clone().acquire_owned().await.map_err(io::Error::other)?;
            Ok::<_, io::Error>((listener.accept().await?.0, place))
        };
        tokio::select! {
            accepted = accepted => match accepted {
                Ok((stream, place)) => {
                    let connection = connection::run(stream, api.clone(), settings, stopped.clone());
                    connections.spawn(async move {
                        connection.await;
                        drop(place);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection cannot be accepted");
                    sleep(BREATH).await;
                }
            },
            Some(_) = connections.join_next() => {}
            () = async { drop(ending.wait_for(|stopped| *stopped).await) } => break,
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
    Ok(())
}

/// The API's answer, or that of the door.
async fn answer<B>(api: Router, settings: ServerSettings, request: Request<B>) -> Response<Body>
where
    B: hyper::body::Body<Data = hyper::body::Bytes> + Send + Unpin + 'static,
    B::Error: Into<axum::BoxError>,
{
    if request.uri().path_and_query().map_or(0, |it| it.as_str().len()) > settings.uri {
        return refused(Kind::URI_TOO_LONG);
    }
    let fields = request.headers().iter();
    // As they are sent: a colon, a space, and the end of the line.
    if fields.map(|(name, value)| name.as_str().len() + value.len() + 4).sum::<usize>() > settings.headers {
        return refused(Kind::HEADERS_TOO_LARGE);
    }
    let (parts, body) = request.into_parts();
    let (body, slow) = Paced::new(body, settings.body_patience);
    let Ok(response) = api.oneshot(Request::from_parts(parts, Body::new(body))).await;
    if slow.was_met() { refused(Kind::REQUEST_TIMEOUT) } else { response }
}

/// What the API never heard of, or not in time. More of it may be on its way, so the connection ends.
fn refused(kind: &'static Kind) -> Response<Body> {
    let id = request_id();
    tracing::info!(request_id = id, problem = kind.code, "a request is refused at the door");
    let mut response = Problem::new(kind, kind.advice).into_response_for(Some(id));
    response.headers_mut().insert(header::CONNECTION, header::HeaderValue::from_static("close"));
    response
}
