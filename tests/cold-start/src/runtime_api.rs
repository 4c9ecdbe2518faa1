use std::{
    io,
    net::{Ipv4Addr, TcpListener, TcpStream},
    process::Command,
    sync::mpsc::{self, Receiver, Sender},
    thread,
    time::{Duration, Instant},
};

use crate::http;

/// What takes longer does not come.
const PATIENCE: Duration = Duration::from_secs(30);

/// One start of a function.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start {
    /// From exec to the first poll of the Runtime API: Lambda's init.
    pub(crate) init: Duration,
    /// From being handed the first event to having answered it.
    pub(crate) answer: Duration,
}

enum Seen {
    Poll(Instant),
    Answer(Instant, String),
}

/// Starts the function under a Runtime API of its own, hands it one event, and ends it.
///
/// # Errors
/// When it does not answer, or answers an error.
pub(crate) fn start(mut command: Command, event: &'static str) -> io::Result<Start> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    command.env("AWS_LAMBDA_RUNTIME_API", listener.local_addr()?.to_string());
    let (seen, received) = mpsc::channel();
    // It goes on waiting for connections that nobody makes any more.
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let seen = seen.clone();
            thread::spawn(move || serve(connection, event, &seen));
        }
    });
    let began = Instant::now();
    let mut child = command.spawn()?;
    let measured = measure(began, &received);
    child.kill()?;
    child.wait()?;
    measured
}

fn measure(began: Instant, received: &Receiver<Seen>) -> io::Result<Start> {
    let mut polled = None;
    loop {
        match (received.recv_timeout(PATIENCE), polled) {
            (Ok(Seen::Poll(at)), None) => polled = Some(at),
            (Ok(Seen::Poll(_)), Some(_)) => {}
            (Ok(Seen::Answer(at, said)), Some(polled)) => {
                if said.is_empty() {
                    return Ok(Start { init: polled - began, answer: at - polled });
                }
                return Err(io::Error::other(format!("it failed: {said}")));
            }
            (Ok(Seen::Answer(..)), None) => return Err(io::Error::other("it answered what nobody asked")),
            (Err(_), _) => return Err(io::Error::other("it does not answer")),
        }
    }
}

fn serve(mut connection: TcpStream, event: &str, seen: &Sender<Seen>) -> io::Result<()> {
    connection.set_nodelay(true)?;
    let mut handed_out = false;
    while let Some(request) = http::read(&mut connection)? {
        let at = Instant::now();
        let report = |what| seen.send(what).map_err(io::Error::other);
        if request.head.starts_with("GET") {
            report(Seen::Poll(at))?;
            if handed_out {
                return Ok(());
            }
            handed_out = true;
            http::write(&mut connection, "200 OK", HEADERS, event)?;
        } else {
            let is_answer = request.head.lines().next().is_some_and(|line| line.contains("/response "));
            let failed = !is_answer || request.body.contains("\"statusCode\":5");
            report(Seen::Answer(at, if failed { request.body } else { String::new() }))?;
            http::write(&mut connection, "202 Accepted", "", "")?;
        }
    }
    Ok(())
}

const HEADERS: &str = "Content-Type: application/json\r\n\
    Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n\
    Lambda-Runtime-Deadline-Ms: 4102444800000\r\n\
    Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:123456789012:function:function\r\n\
    Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0\r\n";
