//! Ports that are not Auth's: what else one can find at the other end of a wrong address.

use std::net::SocketAddr;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::server::Acceptor;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::LazyConfigAcceptor;

use crate::stand_in::Authority;

/// Accepts connections and does `work` with each.
async fn serve<F>(work: impl Fn(TcpStream) -> F + Send + Sync + 'static) -> SocketAddr
where
    F: Future<Output = Option<()>> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            tokio::spawn(work(tcp));
        }
    });
    address
}

/// Says `words` to everybody and hangs up.
pub(crate) async fn greeter(words: &'static str) -> SocketAddr {
    serve(move |mut tcp| async move {
        tcp.write_all(words.as_bytes()).await.ok()?;
        tcp.shutdown().await.ok()
    })
    .await
}

/// Waits for the client's first bytes: answers `words` to those that begin with `opening`, and hangs up on others.
pub(crate) async fn listener(opening: &'static str, words: &'static str) -> SocketAddr {
    serve(move |mut tcp| async move {
        let mut first = [0; 64];
        let read = tcp.read(&mut first).await.ok()?;
        if first[..read].starts_with(opening.as_bytes()) {
            tcp.write_all(words.as_bytes()).await.ok()?;
        }
        tcp.shutdown().await.ok()
    })
    .await
}

/// Listens, and never answers; lives as long as the listener.
pub(crate) async fn black_hole() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// A server for TLS that is not Auth.
#[derive(Clone, Copy)]
pub(crate) struct Web {
    /// What it speaks.
    pub(crate) protocols: &'static [&'static str],
    /// Whether it hangs up on those who want to go on to Auth.
    pub(crate) closes_on_route: bool,
    /// Whom its certificate is for.
    pub(crate) name: &'static str,
    /// What it answers to everything.
    pub(crate) answer: &'static str,
}

impl Web {
    /// A web server that answers `answer`, and knows nothing of routes to Auth.
    pub(crate) const fn answering(answer: &'static str) -> Self {
        Self { protocols: &["h2", "http/1.1"], closes_on_route: false, name: "127.0.0.1", answer }
    }

    /// Starts it with a certificate of `authority`.
    pub(crate) async fn start(self, authority: &Authority) -> SocketAddr {
        let (crt, key) = authority.sign(&[self.name], |_| {});
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![CertificateDer::from_pem_slice(crt.as_bytes()).unwrap()],
                PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap(),
            )
            .unwrap();
        config.alpn_protocols = self.protocols.iter().map(|p| p.as_bytes().to_vec()).collect();
        let config = Arc::new(config);
        serve(move |tcp| self.answer(tcp, Arc::clone(&config))).await
    }

    async fn answer(self, tcp: TcpStream, config: Arc<ServerConfig>) -> Option<()> {
        let start = LazyConfigAcceptor::new(Acceptor::default(), tcp).await.ok()?;
        let offered = start.client_hello().alpn().into_iter().flatten().next();
        if self.closes_on_route && offered.is_some_and(|protocol| protocol.starts_with(b"teleport-auth@")) {
            return None;
        }
        let mut tls = start.into_stream(config).await.ok()?;
        let mut asked = Vec::new();
        while !asked.ends_with(b"\r\n\r\n") {
            asked.push(tls.read_u8().await.ok()?);
        }
        if asked.starts_with(b"GET /webapi/find HTTP/1.1\r\n") {
            let length = self.answer.split_once("\r\n\r\n").map_or(0, |(_, body)| body.len());
            let answer = self.answer.replace("LENGTH", &length.to_string());
            tls.write_all(answer.as_bytes()).await.ok()?;
        }
        tls.shutdown().await.ok()
    }
}
