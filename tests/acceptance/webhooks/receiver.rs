use std::{
    net::Ipv4Addr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::IntoResponse as _,
};
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinHandle};

/// Somebody whom webhooks are sent to. Ends with the test.
pub(super) struct Receiver {
    address: String,
    state: Arc<Mutex<Script>>,
    serving: JoinHandle<()>,
}

/// What was received, and what is answered.
struct Script {
    received: Vec<Received>,
    status: u16,
}

/// A request that was received.
#[derive(Clone, Debug)]
pub(super) struct Received {
    headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Receiver {
    /// One that takes everything.
    pub(super) async fn start() -> Self {
        let state = Arc::new(Mutex::new(Script { received: Vec::new(), status: 204 }));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let router = Router::new().fallback(receive).with_state(state.clone());
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, state, serving }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// From now on.
    pub(super) fn answers(&self, status: u16) {
        self.state.lock().unwrap().status = status;
    }

    pub(super) fn received(&self) -> Vec<Received> {
        self.state.lock().unwrap().received.clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn receive(
    State(state): State<Arc<Mutex<Script>>>,
    headers: HeaderMap,
    body: Bytes,
) -> axum::response::Response {
    let mut script = state.lock().unwrap();
    script.received.push(Received { headers, body: body.to_vec() });
    let status = StatusCode::from_u16(script.status).unwrap();
    // Whoever follows it is received a second time.
    (status, [("location", "/elsewhere")]).into_response()
}

impl Received {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// HMAC-SHA256 (RFC 2104), written out: the one that signs is not asked.
pub(super) fn hmac(key: &[u8], said: &[u8]) -> Vec<u8> {
    use sha2::{Digest as _, Sha256};
    let mut block = [0_u8; 64];
    block[..key.len()].copy_from_slice(key);
    let padded = |pad: u8| block.map(|byte| byte ^ pad);
    let inner = Sha256::new().chain_update(padded(0x36)).chain_update(said).finalize();
    Sha256::new().chain_update(padded(0x5c)).chain_update(inner).finalize().to_vec()
}
