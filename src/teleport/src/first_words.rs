//! A port that does not speak TLS is greeted in plain text: what it says tells what it is.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The beginning of SSH, and no beginning of HTTP: an SSH server answers with its own line, a web server with an error. Some
/// ports wait for the client's first bytes before they decide which of both they are.
const GREETING: &[u8] = b"SSH-2.0-accessbot\r\n\r\n";

/// Both answer within a round trip.
const PATIENCE: Duration = Duration::from_millis(1500);

/// The longest text of a server that is shown, in characters.
const LONGEST: usize = 80;

/// What speaks at a port without TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Speaker {
    /// SSH; its version line, in a form that can be printed.
    Ssh(String),
    /// Plain HTTP.
    Http,
}

/// Greets `socket` and listens to the first words; none if they are neither SSH's nor HTTP's, or do not come.
pub(crate) async fn ask(socket: SocketAddr) -> Option<Speaker> {
    let words = async {
        let mut tcp = TcpStream::connect(socket).await.ok()?;
        tcp.write_all(GREETING).await.ok()?;
        let mut words = [0; 256];
        let read = tcp.read(&mut words).await.ok()?;
        words.get(..read).and_then(recognise)
    };
    timeout(PATIENCE, words).await.ok().flatten()
}

fn recognise(words: &[u8]) -> Option<Speaker> {
    if words.starts_with(b"HTTP/1.") {
        return Some(Speaker::Http);
    }
    let line = words.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
    line.starts_with(b"SSH-").then(|| Speaker::Ssh(printable(&String::from_utf8_lossy(line))))
}

/// A server's text without anything that a terminal or a log would act on, and cut when it is long.
pub(crate) fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ssh_and_http_are_told_apart_and_the_rest_is_not_guessed() {
        let ssh = |line: &str| Some(Speaker::Ssh(line.to_owned()));
        assert_eq!(recognise(b"SSH-2.0-Teleport\r\nmore"), ssh("SSH-2.0-Teleport"));
        assert_eq!(recognise(b"SSH-2.0-\x1b[31mred\xff\n"), ssh("SSH-2.0-[31mred\u{fffd}"));
        assert_eq!(recognise(b"HTTP/1.1 400 Bad Request\r\n"), Some(Speaker::Http));
        assert_eq!(recognise(b"220 mail.example.com ESMTP\r\n"), None);
        assert_eq!(recognise(b""), None);
        assert_eq!(printable(&"é".repeat(500)).chars().count(), LONGEST);
    }
}
