use std::{
    net::Ipv4Addr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream, tcp::OwnedReadHalf, tcp::OwnedWriteHalf},
    sync::watch,
};

const TARGET: &[u8] = b"x-amz-target: ";

/// Stands between a function and a server: notes the operations that pass, and can be shut. Who comes to a shut
/// gate waits for it to open.
pub(crate) struct Gate {
    pub(crate) url: String,
    passed: Arc<Mutex<Vec<String>>>,
    open: watch::Sender<bool>,
}

impl Gate {
    /// Before the server at `url`, `http://HOST:PORT`.
    pub(crate) async fn before(url: &str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let server = url.trim_start_matches("http://").to_owned();
        let gate = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            passed: Arc::default(),
            open: watch::Sender::new(true),
        };
        let (passed, open) = (gate.passed.clone(), gate.open.subscribe());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&server).await.expect("the server listens");
                let ((from, to), (answers, back)) = (client.into_split(), server.into_split());
                tokio::spawn(requests(from, back, passed.clone(), open.clone()));
                tokio::spawn(async move {
                    let (mut answers, mut to) = (answers, to);
                    drop(tokio::io::copy(&mut answers, &mut to).await);
                });
            }
        });
        gate
    }

    pub(crate) fn shut(&self) {
        self.open.send_replace(false);
    }

    pub(crate) fn open(&self) {
        self.open.send_replace(true);
    }

    /// The operations that came since this was last asked, for instance `DynamoDB_20120810.Query`.
    pub(crate) fn take_passed(&self) -> Vec<String> {
        std::mem::take(&mut self.passed.lock().unwrap())
    }
}

async fn requests(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    passed: Arc<Mutex<Vec<String>>>,
    mut open: watch::Receiver<bool>,
) {
    let (mut seen, mut buffer) = (Vec::new(), vec![0; 64 * 1024]);
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        seen.extend_from_slice(&buffer[..read]);
        passed.lock().unwrap().extend(targets(&mut seen));
        if open.wait_for(|open| *open).await.is_err() || to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}

/// Takes what was read up to the last whole header that names an operation.
fn targets(seen: &mut Vec<u8>) -> Vec<String> {
    let mut targets = Vec::new();
    while let Some(place) = seen.windows(TARGET.len()).position(|at| at.eq_ignore_ascii_case(TARGET)) {
        let begin = place + TARGET.len();
        let Some(length) = seen[begin..].iter().position(|byte| *byte == b'\r') else { break };
        targets.push(String::from_utf8_lossy(&seen[begin..begin + length]).into_owned());
        seen.drain(..begin + length);
    }
    targets
}

#[test]
fn operations_are_noted_wherever_the_reads_end() {
    let sent = b"POST / HTTP/1.1\r\nX-Amz-Target: AmazonSQS.SendMessage\r\n\r\n{}POST / HTTP/1.1\r\nx-amz-target: A.B\r\n\r\n";
    for cut in 0..sent.len() {
        let mut seen = sent[..cut].to_vec();
        let mut found = targets(&mut seen);
        seen.extend_from_slice(&sent[cut..]);
        found.extend(targets(&mut seen));
        assert_eq!(found, ["AmazonSQS.SendMessage", "A.B"], "cut at {cut}");
    }
}
