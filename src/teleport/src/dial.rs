//! Dialling Auth, directly or through a proxy that hands the bytes through: TCP, then TLS with the cluster's own
//! certificates on both sides.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use accessbot_core::clock::SharedClock;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tonic::codegen::http::Uri;
use tower_service::Service;

use crate::credentials::Credentials;
use crate::diagnosis::{self, Scene};
use crate::dial_error::{DialError, TCP_STEP, TLS_STEP};
use crate::door::Door;
use crate::link::LinkState;
use crate::tls;

/// For everything from the name's resolution to the first byte. Together with a second look at a failure it is shorter than
/// any call's timeout, so that a call reports what went wrong with the connection rather than that it took too long.
const DIAL_TIMEOUT: Duration = Duration::from_secs(6);

/// How long the server's first bytes are waited for. Auth sends its HTTP/2 settings unasked, within milliseconds.
const FIRST_BYTES_TIMEOUT: Duration = Duration::from_millis(1500);

/// Makes connections to one address with one set of credentials.
#[derive(Clone)]
pub(crate) struct Dialer {
    pub(crate) door: Arc<Door>,
    pub(crate) credentials: Credentials,
    pub(crate) clock: SharedClock,
    /// Told how each dial ended.
    pub(crate) state: Arc<LinkState>,
}

impl Service<Uri> for Dialer {
    type Response = TokioIo<Connection>;
    type Error = DialError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), DialError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let dialer = self.clone();
        Box::pin(async move {
            let dialled = dialer.dial().await;
            if let Err(error) = &dialled {
                tracing::debug!(address = %dialer.door.address(), %error, "cannot connect to Teleport");
            }
            dialer.state.dialled(dialled.as_ref().err());
            dialled.map(TokioIo::new)
        })
    }
}

impl Dialer {
    async fn dial(&self) -> Result<Connection, DialError> {
        let deadline = Instant::now() + DIAL_TIMEOUT;
        let Reached { address, socket, tcp } = self.connect(deadline).await?;
        let (tls, witness) = self.credentials.tls().for_one_connection();
        let handshake = self.handshake(&address, tls, tcp);
        let late = |_| Err(timed_out(address.clone(), TLS_STEP));
        match timeout_at(deadline, handshake).await.unwrap_or_else(late) {
            Ok(connection) => {
                self.door.connected(socket).await;
                Ok(connection)
            }
            Err(cause) => {
                let cluster = self.credentials.cluster();
                let scene = Scene { door: &self.door, address: &address, socket, cluster };
                Err(diagnosis::look_closer(&scene, cause, witness.shown().as_ref()).await)
            }
        }
    }

    /// A TCP connection. Every address of the name is tried, in its share of time.
    async fn connect(&self, deadline: Instant) -> Result<Reached, DialError> {
        let (host, port) = (self.door.address().host(), self.door.address().port());
        let unresolved = |problem: String| DialError::Name { host: host.to_owned(), problem };
        let found = match timeout_at(deadline, tokio::net::lookup_host((host, port))).await {
            Ok(Ok(found)) => found,
            Ok(Err(e)) => return Err(unresolved(e.to_string())),
            Err(_) => return Err(unresolved("the name server does not answer".to_owned())),
        };
        let candidates: Vec<_> = found.collect();
        let mut last = unresolved("it has no address".to_owned());
        for (tried, &socket) in (0_u32..).zip(&candidates) {
            let address = self.name(socket);
            let left = u32::try_from(candidates.len()).unwrap_or(u32::MAX).saturating_sub(tried).max(1);
            let share = deadline.saturating_duration_since(Instant::now()) / left;
            last = match timeout(share, TcpStream::connect(socket)).await {
                Ok(Ok(tcp)) => {
                    // Best effort: without it small writes are merely late.
                    let _ = tcp.set_nodelay(true);
                    return Ok(Reached { address, socket, tcp });
                }
                Ok(Err(e)) => DialError::from_connect(&address, &e),
                Err(_) => timed_out(address, TCP_STEP),
            };
        }
        Err(last)
    }

    async fn handshake(
        &self,
        address: &str,
        config: Arc<ClientConfig>,
        tcp: TcpStream,
    ) -> Result<Connection, DialError> {
        let ours = self.credentials.certificate();
        let failed = |e: io::Error| DialError::from_tls(address, &e, self.clock.now(), ours);
        let name = tls::server_name().map_err(|e| failed(io::Error::other(e)))?;
        let mut stream = TlsConnector::from(config).connect(name, tcp).await.map_err(failed)?;
        // With TLS 1.3 our certificate is judged after the handshake, as we see it. The alert would be lost among HTTP/2's
        // errors; whoever reads first gets it.
        let mut first = [0; 64];
        let read = match timeout(FIRST_BYTES_TIMEOUT, stream.read(&mut first)).await {
            Ok(Ok(0)) => return Err(DialError::Closed { address: address.to_owned() }),
            Ok(Ok(read)) => read,
            Ok(Err(e)) => return Err(failed(e)),
            // A server that waits for the client to speak first: so be it.
            Err(_) => 0,
        };
        Ok(Connection { stream, first, read, taken: 0 })
    }

    /// The address as a person knows it, with the number that was dialled if that is not the same.
    fn name(&self, dialled: SocketAddr) -> String {
        let (given, dialled) = (self.door.address().to_string(), dialled.to_string());
        if given == dialled { given } else { format!("{given} ({dialled})") }
    }
}

/// A TCP connection, and whose.
struct Reached {
    /// In words.
    address: String,
    socket: SocketAddr,
    tcp: TcpStream,
}

fn timed_out(address: String, step: &'static str) -> DialError {
    DialError::TimedOut { address, seconds: DIAL_TIMEOUT.as_secs(), step }
}

/// A TLS stream whose first bytes were read ahead.
pub(crate) struct Connection {
    stream: TlsStream<TcpStream>,
    first: [u8; 64],
    /// How many bytes were read ahead, and how many of them have been handed out.
    read: usize,
    taken: usize,
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let ahead = this.first.get(this.taken..this.read).unwrap_or_default();
        if ahead.is_empty() {
            return Pin::new(&mut this.stream).poll_read(cx, buf);
        }
        let size = ahead.len().min(buf.remaining());
        buf.put_slice(&ahead[..size]);
        this.taken += size;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
