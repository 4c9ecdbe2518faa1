use std::net::Ipv4Addr;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    task::JoinHandle,
};

use super::*;

/// A receiver that answers one request so, and what it was sent.
async fn receiver(answer: &'static [u8]) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        let mut read = Vec::new();
        while !read.ends_with(b"{}") {
            let mut piece = [0; 1_024];
            let length = connection.read(&mut piece).await.unwrap();
            read.extend_from_slice(&piece[..length]);
        }
        // Whoever has heard enough closes the connection.
        drop(connection.write_all(answer).await);
        if answer.is_empty() {
            std::future::pending::<()>().await;
        }
        String::from_utf8(read).unwrap()
    });
    (url, serving)
}

fn local() -> Receivers {
    Receivers::new(Reach::PublicAndLoopback)
}

async fn post(receivers: &Receivers, url: &str) -> Result<u16, NoAnswer> {
    receivers.post(url, &[("webhook-id", "1".into())], b"{}".to_vec()).await
}

#[tokio::test]
async fn a_receiver_is_sent_the_headers_and_the_body() {
    let (url, serving) = receiver(b"HTTP/1.1 204 No Content\r\n\r\n").await;
    assert_eq!(post(&local(), &url).await, Ok(204));
    let sent = serving.await.unwrap();
    assert!(sent.starts_with("POST /hook HTTP/1.1\r\n") && sent.contains("webhook-id: 1\r\n"), "{sent}");
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let (url, serving) =
        receiver(b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n").await;
    assert_eq!(post(&local(), &url).await, Ok(302));
    serving.await.unwrap();
}

#[tokio::test]
async fn a_receiver_that_hangs_is_left() {
    let (url, _serving) = receiver(b"").await;
    let receivers = local().within(Duration::from_millis(50));
    assert_eq!(post(&receivers, &url).await, Err(NoAnswer::TooSlow));
}

#[tokio::test]
async fn what_is_not_http_is_no_answer() {
    let (url, serving) = receiver(b"SSH-2.0-hello\r\n").await;
    assert_eq!(post(&local(), &url).await, Err(NoAnswer::Unreachable));
    serving.await.unwrap();
    assert_eq!(post(&local(), "http://127.0.0.1:1/").await, Err(NoAnswer::Unreachable));
}

#[tokio::test]
async fn of_an_answer_without_an_end_the_status_is_taken() {
    static ANSWER: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(|| {
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n";
        [&head[..], &[b'x'; 64 * 1024]].concat()
    });
    let (url, _serving) = receiver(&ANSWER).await;
    assert_eq!(post(&local(), &url).await, Ok(200));
}

#[tokio::test]
async fn nothing_is_sent_to_what_is_not_public() {
    let receivers = Receivers::new(Reach::Public);
    for url in [
        "http://example.com/",
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://localhost/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:a9fe:a9fe]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://10.0.0.1/",
        "https://0.0.0.0/",
        "https://[fd00:ec2::254]/",
    ] {
        assert_eq!(post(&receivers, url).await, Err(NoAnswer::NotPublic), "{url}");
    }
    for url in ["http://10.0.0.1/", "https://192.168.0.1/", "http://example.com/"] {
        assert_eq!(post(&local(), url).await, Err(NoAnswer::NotPublic), "{url}");
    }
}
