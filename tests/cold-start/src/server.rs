//! What AWS would answer: canned, over TLS, from this process.

use std::{
    io::{self, Read, Write},
    net::{Ipv4Addr, TcpListener},
    sync::Arc,
    thread,
};

use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};

use crate::http;

/// A server for every AWS service that the functions use. It runs until the process ends.
pub(crate) struct Server {
    pub(crate) url: String,
    /// Its certificate, for its clients to trust.
    pub(crate) certificate: String,
}

impl Server {
    pub(crate) fn start() -> io::Result<Self> {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).map_err(io::Error::other)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|config| {
                config.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key)
            })
            .map_err(io::Error::other)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let url = format!("https://localhost:{}", listener.local_addr()?.port());
        let config = Arc::new(config);
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let config = config.clone();
                // A client that was ended hangs up in the middle of anything.
                thread::spawn(move || {
                    connection.set_nodelay(true)?;
                    let tls = ServerConnection::new(config).map_err(io::Error::other)?;
                    serve(StreamOwned::new(tls, connection))
                });
            }
        });
        Ok(Self { url, certificate: made.cert.pem() })
    }
}

fn serve(mut connection: impl Read + Write) -> io::Result<()> {
    while let Some(request) = http::read(&mut connection)? {
        let body = answer(&request.head.to_ascii_lowercase());
        http::write(&mut connection, "200 OK", "Content-Type: application/x-amz-json-1.0\r\n", body)?;
    }
    Ok(())
}

/// Of tables and queues that nothing is in.
fn answer(head: &str) -> &'static str {
    let is = |operation: &str| head.contains(&format!(".{operation}\r\n"));
    if is("query") || is("scan") {
        r#"{"Items":[],"Count":0,"ScannedCount":0}"#
    } else if is("sendmessagebatch") {
        r#"{"Successful":[],"Failed":[]}"#
    } else {
        "{}"
    }
}
