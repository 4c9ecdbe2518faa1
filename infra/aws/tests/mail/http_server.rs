use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// What a request gets.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Answer {
    Ok(&'static str),
    /// Status, code and message, as AWS gives them.
    Error(u16, &'static str, &'static str),
    HangUp,
    Silence,
}

/// Gives every request the same answer.
pub(crate) struct HttpServer {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<(String, String)>>>,
}

impl HttpServer {
    pub(crate) async fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let requests = Arc::<Mutex<Vec<(String, String)>>>::default();
        let seen = requests.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, answer, seen.clone()));
            }
        });
        Self { url, requests }
    }

    /// Request line and body of each request.
    pub(crate) fn requests(&self) -> Vec<(String, String)> {
        self.requests.lock().expect("nobody panicked").clone()
    }
}

/// One request for each connection.
async fn serve(mut stream: TcpStream, answer: Answer, seen: Arc<Mutex<Vec<(String, String)>>>) {
    let Some(request) = read(&mut stream).await else { return };
    seen.lock().expect("nobody panicked").push(request);
    let (status, code, body) = match answer {
        Answer::Ok(body) => (200, "", body.to_owned()),
        Answer::Error(status, code, message) => {
            (status, code, serde_json::json!({ "message": message }).to_string())
        }
        Answer::HangUp => return,
        Answer::Silence => return std::future::pending().await,
    };
    let head = format!(
        "HTTP/1.1 {status} -\r\nx-amzn-errortype: {code}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    // A client that has gone away is none of the server's business.
    drop(stream.write_all(format!("{head}{body}").as_bytes()).await);
}

async fn read(stream: &mut TcpStream) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    loop {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head
            .lines()
            .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0_usize) {
            return Some((head.lines().next()?.to_owned(), body.to_owned()));
        }
    }
}
