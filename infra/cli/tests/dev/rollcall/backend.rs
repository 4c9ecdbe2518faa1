use std::{
    io::{BufRead as _, BufReader},
    net::{Ipv4Addr, TcpListener},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        atomic::{AtomicU16, Ordering},
        mpsc::{self, Receiver},
    },
};

use super::{Home, PATIENCE, rollcall, wait_for};

/// A running `rollcall dev`, killed when the test ends.
pub(crate) struct Backend {
    child: Child,
    pub(crate) port: u16,
    console: Receiver<String>,
    /// What it printed up to the line that says how to stop it.
    pub(crate) welcome: String,
}

impl Backend {
    pub(crate) fn start(home: &Home) -> Self {
        // Somebody else may take a free port before the backend does.
        let started = (0..5).find_map(|_| Self::try_start_at(free_port(), home, &[]));
        started.expect("dev starts and says so")
    }

    /// One that accepts the tokens of another provider.
    pub(crate) fn start_with_provider(home: &Home, issuer: &str, audience: &str) -> Self {
        let provider = ["--issuer", issuer, "--audience", audience];
        let started = (0..5).find_map(|_| Self::try_start_at(free_port(), home, &provider));
        started.expect("dev starts and says so")
    }

    pub(crate) fn start_at(port: u16, home: &Home) -> Self {
        Self::try_start_at(port, home, &[]).expect("dev starts and says so")
    }

    fn try_start_at(port: u16, home: &Home, more: &[&str]) -> Option<Self> {
        let mut child = rollcall()
            .args(["dev", "--port", &port.to_string(), "--data"])
            .arg(home.folder())
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let console = lines_of(&mut child);
        let mut backend = Self { child, port, console, welcome: String::new() };
        while !backend.welcome.contains("Ctrl-C stops it") {
            let line = backend.console.recv_timeout(PATIENCE).ok()?;
            backend.welcome.extend([line.as_str(), "\n"]);
        }
        Some(backend)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Ends it at once, as `kill -9` does: nothing is finished, nothing is told.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end, and waits until it has; answers its last words, too.
    pub(crate) fn terminate(mut self) -> (ExitStatus, String) {
        let told =
            Command::new("sh").args(["-c", "kill -TERM \"$0\"", &self.child.id().to_string()]).status();
        assert!(told.unwrap().success());
        let status = wait_for("dev to end", || self.child.try_wait().unwrap());
        (status, self.console.iter().collect::<Vec<_>>().join("\n"))
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Read by a thread, so that the process never waits for a reader.
fn lines_of(child: &mut Child) -> Receiver<String> {
    let (sender, lines) = mpsc::channel();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    std::thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
    lines
}

/// Below the ports that the system gives to outgoing connections: a client that keeps knocking while the
/// backend is down would otherwise, once in a while, be given this very port and reach itself.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Processes that test at the same time begin far from each other.
    let begin = u16::try_from(std::process::id().wrapping_mul(97) % 10_000).unwrap();
    let mut candidates =
        (0..10_000).map(|_| 20_000 + (begin + NEXT.fetch_add(1, Ordering::Relaxed)) % 10_000);
    let is_free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    candidates.find(is_free).expect("one of ten thousand ports is free")
}
