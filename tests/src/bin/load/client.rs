use aws_sdk_dynamodb::error::BoxError;
use axum::http::{Method, Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper::{
    body::Bytes,
    client::conn::http1::{SendRequest, handshake},
};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

/// One connection to the API that stays open, and one caller.
pub(crate) struct Client {
    host: String,
    token: String,
    connection: SendRequest<Full<Bytes>>,
}

impl Client {
    pub(crate) async fn connect(host: &str, token: &str) -> Result<Self, BoxError> {
        let stream = TcpStream::connect(host).await?;
        stream.set_nodelay(true)?;
        let (connection, driver) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(driver);
        Ok(Self { host: host.into(), token: format!("Bearer {token}"), connection })
    }

    /// The answer's body, if the status is this one.
    pub(crate) async fn ask(
        &mut self,
        method: Method,
        path: &str,
        key: &str,
        body: Option<Value>,
        expected: u16,
    ) -> Result<Value, String> {
        let asked = format!("{method} {path}");
        let answered = self.send(method, path, key, body).await;
        let (status, body) = answered.map_err(|error| format!("{asked}: {error}"))?;
        if status == expected { Ok(body) } else { Err(format!("{asked}: {status} {body}")) }
    }

    async fn send(
        &mut self,
        method: Method,
        path: &str,
        key: &str,
        body: Option<Value>,
    ) -> Result<(u16, Value), BoxError> {
        let request = Request::builder().method(method).uri(path).header(header::HOST, &self.host);
        let request = request.header(header::AUTHORIZATION, &self.token).header("idempotency-key", key);
        // Whatever there is is replaced.
        let request = request.header(header::IF_MATCH, "*");
        let request = request.header(header::CONTENT_TYPE, "application/json");
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        self.connection.ready().await?;
        let response = self.connection.send_request(request.body(Full::from(body))?).await?;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await?.to_bytes();
        Ok((status, serde_json::from_slice(&body).unwrap_or_default()))
    }
}
