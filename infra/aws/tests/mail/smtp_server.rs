use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};

/// What the server does where a script says so; everywhere else it is content.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Does {
    Says(&'static str),
    HangsUp,
    /// Keeps the connection, and is silent from then on.
    Waits,
}

/// What is done at which point: `connected`, the beginning of a command, or `.` for the end of a mail.
pub(crate) type Script = &'static [(&'static str, Does)];

/// Talks to every connection by its script: the first by the first, and so on; the last is for all others.
pub(crate) struct SmtpServer {
    /// `127.0.0.1:` and the port.
    pub(crate) address: String,
    heard: Arc<Mutex<Vec<String>>>,
}

impl SmtpServer {
    pub(crate) async fn start(scripts: &[Script]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it is bound").to_string();
        let (heard, scripts) = (Arc::<Mutex<Vec<String>>>::default(), scripts.to_vec());
        let ears = heard.clone();
        tokio::spawn(async move {
            for number in 0.. {
                let Ok((stream, _)) = listener.accept().await else { return };
                let script = *scripts.get(number).or(scripts.last()).unwrap_or(&(&[] as Script));
                tokio::spawn(talk(stream, script, ears.clone()));
            }
        });
        Self { address, heard }
    }

    /// Every line that was said, from the first on, and `connected` where a connection began.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.heard.lock().expect("nobody panicked").clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.heard().iter().filter(|line| *line == "connected").count()
    }
}

async fn talk(stream: TcpStream, script: Script, heard: Arc<Mutex<Vec<String>>>) {
    let mut stream = BufReader::new(stream);
    let (mut line, mut in_mail) = ("connected".to_owned(), false);
    loop {
        heard.lock().expect("nobody panicked").push(line.clone());
        let point = if in_mail && line != "." { "" } else { line.as_str() };
        let scripted = script.iter().find(|(at, _)| !point.is_empty() && point.starts_with(at));
        let does = scripted.map_or(Does::Says(usual_answer(point)), |(_, does)| *does);
        match does {
            Does::Says(answer) => {
                in_mail = (in_mail || answer.starts_with("354")) && line != ".";
                if stream.write_all(answer.as_bytes()).await.is_err() {
                    return;
                }
            }
            Does::HangsUp => return,
            Does::Waits => {}
        }
        line.clear();
        match stream.read_line(&mut line).await {
            Ok(1..) => line.truncate(line.trim_end().len()),
            Ok(0) | Err(_) => return,
        }
        if matches!(does, Does::Waits) {
            std::future::pending::<()>().await;
        }
    }
}

fn usual_answer(point: &str) -> &'static str {
    match point.split_whitespace().next() {
        None => "",
        Some("connected") => "220 mx.example.com\r\n",
        Some("EHLO") => "250-mx.example.com\r\n250-8BITMIME\r\n250 AUTH PLAIN\r\n",
        Some("AUTH") => "235 2.7.0 welcome\r\n",
        Some("DATA") => "354 go on\r\n",
        Some(_) => "250 2.0.0 fine\r\n",
    }
}
