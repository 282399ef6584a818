//! The first bytes of a TLS connection, and where they send it.

use std::io::{self, Cursor};

use rustls::server::Acceptor;
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// The protocol of those who want Auth begins so; the cluster's name follows, in hexadecimal, and the suffix.
const TO_AUTH: &str = "teleport-auth@";
const SUFFIX: &str = ".teleport.cluster.local";

/// What a client said first.
pub(super) struct Hello {
    /// All bytes that were read, for whoever serves the connection.
    pub(super) bytes: Vec<u8>,
    /// The first protocol that it offers; empty if it offers none.
    first_protocol: Vec<u8>,
}

/// Where a connection goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// To Auth, every byte of it.
    Auth,
    /// To the web server.
    Web,
    /// To a cluster that nobody knows: it is closed without a word.
    Nowhere,
}

impl Hello {
    /// Reads until the client's hello is complete.
    ///
    /// # Errors
    /// When the connection ends before, or does not speak TLS.
    pub(super) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Self> {
        let mut acceptor = Acceptor::default();
        let mut bytes = Vec::new();
        loop {
            let mut some = [0; 4096];
            let read = stream.read(&mut some).await?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            bytes.extend_from_slice(&some[..read]);
            let mut unseen = Cursor::new(&some[..read]);
            while unseen.position() < read as u64 {
                acceptor.read_tls(&mut unseen)?;
                // Whatever does not look like a hello, or is too long for one, is refused here.
                if let Some(accepted) = acceptor.accept().map_err(|(error, _)| io::Error::other(error))? {
                    let first =
                        accepted.client_hello().alpn().and_then(|mut offered| offered.next().map(<[u8]>::to_vec));
                    return Ok(Self { bytes, first_protocol: first.unwrap_or_default() });
                }
            }
        }
    }

    /// Where the proxy of `cluster` sends this connection. Only the first protocol counts.
    pub(super) fn route(&self, cluster: &str) -> Route {
        let offered = String::from_utf8_lossy(&self.first_protocol);
        let Some(name) = offered.strip_prefix(TO_AUTH) else { return Route::Web };
        let wanted = name.strip_suffix(SUFFIX).and_then(unhex);
        if wanted.as_deref() == Some(cluster.as_bytes()) { Route::Auth } else { Route::Nowhere }
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text.chars().map(|c| c.to_digit(16)?.try_into().ok()).collect();
    let digits = digits?;
    let (pairs, odd) = digits.as_chunks::<2>();
    odd.is_empty().then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_protocol_says_where() {
        for (first, expected) in [
            ("teleport-auth@6c61622e6578616d706c65.teleport.cluster.local", Route::Auth),
            ("teleport-auth@6C61622E6578616D706C65.teleport.cluster.local", Route::Auth),
            ("teleport-auth@616e6f74686572.teleport.cluster.local", Route::Nowhere),
            ("teleport-auth@66666.teleport.cluster.local", Route::Nowhere),
            ("teleport-auth@zz.teleport.cluster.local", Route::Nowhere),
            ("teleport-auth@6c61622e6578616d706c65", Route::Nowhere),
            ("teleport-auth@", Route::Nowhere),
            ("h2", Route::Web),
            ("", Route::Web),
        ] {
            let hello = Hello { bytes: Vec::new(), first_protocol: first.as_bytes().to_vec() };
            assert_eq!(hello.route("lab.example"), expected, "{first}");
        }
    }

    #[tokio::test]
    async fn what_is_no_hello_is_refused() {
        for bytes in [&b"GET / HTTP/1.1\r\n\r\n"[..], b"SSH-2.0-OpenSSH\r\n", b"\x16\x03\x01", b"", &vec![0x16; 70_000]]
        {
            assert!(Hello::read(&mut &*bytes).await.is_err(), "{:?}", &bytes[..bytes.len().min(9)]);
        }
    }
}
