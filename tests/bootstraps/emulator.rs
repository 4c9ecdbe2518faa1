use std::{
    env,
    fs::{self, File},
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    process::{Child, Command},
    sync::Mutex,
    time::{sleep, timeout},
};

/// What takes longer does not come.
const PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(5);
/// Another process may take a port between being found free and being listened on.
const TRIES: usize = 5;

/// A release binary under the Runtime Interface Emulator. It ends with this.
pub(crate) struct Emulator {
    child: Child,
    address: SocketAddr,
    /// What the emulator and the function write.
    log: PathBuf,
    /// The emulator ends when it is asked twice at once.
    turn: Mutex<()>,
}

impl Emulator {
    /// Starts the emulator, with its log in `folder`; the binary starts with the first invocation.
    pub(crate) async fn start(
        binary: &str,
        environment: &[(&'static str, String)],
        time_limit: Duration,
        folder: &Path,
    ) -> Self {
        for _ in 0..TRIES {
            let (address, runtime_api) = (free_address().await, free_address().await);
            let log = folder.join(format!("{binary}-{}.log", address.port()));
            let written = File::create(&log).unwrap();
            let mut command = Command::new(required("LAMBDA_RIE"));
            command
                .env_clear()
                .args(["--log-level", "error"])
                .args(["--runtime-interface-emulator-address", &address.to_string()])
                .args(["--runtime-api-address", &runtime_api.to_string()])
                .arg(PathBuf::from(required("BOOTSTRAPS")).join(binary).join("bootstrap"))
                .env("AWS_LAMBDA_FUNCTION_NAME", binary)
                .env("AWS_LAMBDA_FUNCTION_TIMEOUT", time_limit.as_secs().to_string())
                .envs(environment.iter().map(|(name, value)| (name, value)))
                .stdin(Stdio::null())
                .stdout(written.try_clone().unwrap())
                .stderr(written)
                .kill_on_drop(true);
            let mut child = command.spawn().expect("LAMBDA_RIE is the emulator");
            if listens(address, &mut child).await {
                return Self { child, address, log, turn: Mutex::new(()) };
            }
        }
        panic!("the emulator did not start");
    }

    /// Invokes the function; answers what it or the emulator says.
    pub(crate) async fn invoke(&self, event: &Value) -> Value {
        let said = self.say(event).await;
        serde_json::from_str(&said).unwrap_or_else(|_| {
            let log = fs::read_to_string(&self.log).unwrap_or_default();
            panic!("the emulator says: {said}\n{log}")
        })
    }

    /// As [`Emulator::invoke`]; what the emulator says by itself is no JSON.
    pub(crate) async fn say(&self, event: &Value) -> String {
        let _turn = self.turn.lock().await;
        timeout(PATIENCE, post(self.address, event.to_string())).await.expect("the emulator answers in time")
    }

    /// The process of the function, if it runs: the emulator's only child.
    pub(crate) fn instance(&self) -> Option<u32> {
        let emulator = self.child.id().expect("the emulator runs");
        let processes = fs::read_dir("/proc").unwrap().filter_map(|entry| {
            entry.unwrap().file_name().to_str().and_then(|name| name.parse::<u32>().ok())
        });
        processes.into_iter().find(|process| parent(*process) == Some(emulator))
    }
}

/// As `/proc/PID/stat` has it: after the name, which is in parentheses and may hold anything. None of one that
/// has ended.
fn parent(process: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let mut after_name = stat.rsplit_once(')')?.1.split_whitespace();
    let state = after_name.next()?;
    (state != "Z").then(|| after_name.next()?.parse().ok()).flatten()
}

/// HTTP/1.0: the answer ends with the connection.
async fn post(address: SocketAddr, body: String) -> String {
    let mut connection = TcpStream::connect(address).await.expect("the emulator listens");
    let path = "/2015-03-31/functions/function/invocations";
    let head = format!("POST {path} HTTP/1.0\r\nContent-Length: {}\r\n\r\n", body.len());
    connection.write_all((head + &body).as_bytes()).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    answer.split_once("\r\n\r\n").expect("an answer has a head").1.to_owned()
}

async fn listens(address: SocketAddr, child: &mut Child) -> bool {
    timeout(PATIENCE, async {
        loop {
            if child.try_wait().unwrap().is_some() {
                return false;
            }
            if TcpStream::connect(address).await.is_ok() {
                return true;
            }
            sleep(POLL).await;
        }
    })
    .await
    .expect("the emulator starts in time")
}

async fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    listener.local_addr().unwrap()
}

/// A setting of the suite.
pub(crate) fn required(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run tests/bootstraps.sh"))
}
