//! Just enough HTTP to talk to the page, to chromedriver and to the bot: one call a connection.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

/// A call to be.
pub(crate) struct Call<'a> {
    method: &'a str,
    path: &'a str,
    headers: Vec<(&'a str, &'a str)>,
    body: String,
}

impl<'a> Call<'a> {
    pub(crate) fn get(path: &'a str) -> Self {
        Self { method: "GET", path, headers: Vec::new(), body: String::new() }
    }

    pub(crate) fn with_method(method: &'a str, path: &'a str) -> Self {
        Self { method, ..Self::get(path) }
    }

    /// A POST of JSON.
    pub(crate) fn post(path: &'a str, body: &(impl ToString + ?Sized)) -> Self {
        Self::with_method("POST", path).header("Content-Type", "application/json").body(body)
    }

    pub(crate) fn body(mut self, body: &(impl ToString + ?Sized)) -> Self {
        self.body = body.to_string();
        self
    }

    /// Adds a header, or replaces it.
    pub(crate) fn header(mut self, name: &'a str, value: &'a str) -> Self {
        self.headers.retain(|(other, _)| *other != name);
        self.headers.push((name, value));
        self
    }

    /// Sends it, and hands out the connection.
    #[track_caller]
    pub(crate) fn open(self, address: &str) -> BufReader<TcpStream> {
        let mut stream = TcpStream::connect(address).expect("somebody listens");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
        let mut text = format!("{} {} HTTP/1.1\r\n", self.method, self.path);
        if !self.headers.iter().any(|(name, _)| *name == "Host") {
            let _ = write!(text, "Host: {address}\r\n");
        }
        for (name, value) in self.headers {
            let _ = write!(text, "{name}: {value}\r\n");
        }
        let _ = write!(text, "Connection: close\r\nContent-Length: {}\r\n\r\n{}", self.body.len(), self.body);
        // A server that refuses a body may hang up before it has read all of it.
        let _ = stream.write_all(text.as_bytes());
        BufReader::new(stream)
    }

    /// Sends it and waits for the answer.
    #[track_caller]
    pub(crate) fn send(self, address: &str) -> Answer {
        let mut stream = self.open(address);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(stream.read_line(&mut head).expect("an answer") > 0, "it hung up after {head:?}");
        }
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        let mut body = Vec::new();
        if header(&head, "transfer-encoding").is_some_and(|value| value == "chunked") {
            while take_chunk(&mut stream, &mut body) {}
        } else {
            // Without a word about its length, a body goes to the end.
            let length = header(&head, "content-length").map_or(u64::MAX, |value| value.parse().expect("a number"));
            stream.take(length).read_to_end(&mut body).expect("a body");
        }
        Answer { status, head, body: String::from_utf8(body).expect("UTF-8") }
    }
}

/// The value of a header, in lower case.
fn header(head: &str, name: &str) -> Option<String> {
    let mut headers = head.lines().filter_map(|line| line.split_once(':'));
    headers.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_lowercase())
}

/// Reads a piece of a body that comes in pieces. The last one is empty.
fn take_chunk(stream: &mut impl std::io::BufRead, body: &mut Vec<u8>) -> bool {
    let mut size = String::new();
    stream.read_line(&mut size).expect("a size");
    let size = u64::from_str_radix(size.trim(), 16).expect("a hexadecimal number");
    stream.take(size).read_to_end(body).expect("a piece");
    stream.read_line(&mut String::new()).expect("its end");
    size > 0
}
