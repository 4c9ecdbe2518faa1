//! As much of HTTP/1.1 as the two servers need.

use std::io::{self, Read, Write};

/// A request, with all of its body read.
pub(crate) struct Request {
    /// The request line and the headers.
    pub(crate) head: String,
    pub(crate) body: String,
}

/// The next request; `None` when the client is done.
pub(crate) fn read(from: &mut impl Read) -> io::Result<Option<Request>> {
    let (mut seen, mut buffer) = (Vec::new(), [0; 16 * 1024]);
    loop {
        if let Some(request) = whole(&seen) {
            return Ok(Some(request));
        }
        match from.read(&mut buffer)? {
            0 => return Ok(None),
            read => seen.extend_from_slice(&buffer[..read]),
        }
    }
}

/// No client here sends a request before it has the answer to the one before.
fn whole(seen: &[u8]) -> Option<Request> {
    let text = String::from_utf8_lossy(seen);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let head = format!("{head}\r\n");
    let lower = head.to_ascii_lowercase();
    let is_whole = match lower.split_once("content-length: ") {
        Some((_, length)) => body.len() >= length.split("\r\n").next()?.trim().parse().ok()?,
        None => !lower.contains("transfer-encoding: chunked") || body.ends_with("0\r\n\r\n"),
    };
    is_whole.then(|| Request { body: body.to_owned(), head })
}

pub(crate) fn write(to: &mut impl Write, status: &str, headers: &str, body: &str) -> io::Result<()> {
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n{headers}\r\n", body.len());
    to.write_all((head + body).as_bytes())?;
    to.flush()
}
