//! Requests of chat servers: one small HTTP server, with limits on everything, for all backends that want to be called.
//!
//! What comes in here comes from anybody who finds the address. A request that is too large, too slow or for a path
//! that nobody declared ends here; everything else is for the backend to verify.

mod certificate;
mod password;

use std::sync::Arc;
use std::task::Context;
use std::time::Duration;

use accessbot_core::backend::ChatBackend;
use accessbot_core::backend::callback::{CallbackResponse, LARGEST_BODY, empty};
use accessbot_core::engine;
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::accept;
use super::config::HttpSettings;
use super::exit::Failure;
use certificate::Shown;
pub(super) use certificate::{CertificateError, CertificateFiles};
use password::Password;

/// Connections that are served at the same time; more wait to be accepted.
const CONNECTIONS: usize = 128;
/// For the TLS handshake, for the head of a request, and again for its body.
const PATIENCE: Duration = Duration::from_secs(10);
/// For the backend's answer: chat servers give up after 30 seconds at most.
const ANSWER: Duration = Duration::from_secs(25);
/// Header lines of a request.
const HEADERS: usize = 64;
/// Bytes of its head, and of what is read at once of its body.
const BUFFER: usize = 32 * 1024;

/// Where each declared path leads.
struct Route {
    /// `/NAME`, with and without the path of the public address before it, which a proxy may have cut off; the backend
    /// sees neither.
    prefixes: Vec<String>,
    /// The path below it.
    path: &'static str,
    backend: Arc<dyn ChatBackend>,
}

/// What is needed to answer a request.
struct Reception {
    routes: Vec<Route>,
    password: Option<Password>,
}

/// A server that is bound and not serving yet.
pub(super) struct Callbacks {
    listener: TcpListener,
    certificate: Option<(Shown, TlsAcceptor)>,
    reception: Arc<Reception>,
}

impl Callbacks {
    /// Binds the server.
    pub(super) async fn bind(settings: &HttpSettings, desks: &[engine::Desk]) -> Result<Self, Failure> {
        let addr = settings.listen_addr;
        let certificate = settings.certificate.clone().map(tls).transpose()?;
        let listener = TcpListener::bind(addr).await.map_err(|source| Failure::Listen { addr, source })?;
        let prefixes = |name: &str| match settings.base_path.as_str() {
            "" => vec![format!("/{name}")],
            base => vec![format!("{base}/{name}"), format!("/{name}")],
        };
        let routes = desks.iter().flat_map(|desk| {
            desk.backend.callback_paths().iter().map(move |path| Route {
                prefixes: prefixes(&desk.name),
                path,
                backend: Arc::clone(&desk.backend),
            })
        });
        let routes: Vec<Route> = routes.collect();
        for route in &routes {
            tracing::info!(%addr, tls = certificate.is_some(), path = route.whole(), "listening for callbacks");
        }
        let password = settings.credentials.as_ref().map(Password::new);
        Ok(Self { listener, certificate, reception: Arc::new(Reception { routes, password }) })
    }

    /// Serves for ever.
    pub(super) async fn serve(self) {
        let Self { listener, certificate, reception } = self;
        let accept = |cx: &mut Context<'_>| listener.poll_accept(cx).map_ok(|(stream, _)| stream);
        let (shown, acceptor) = certificate.unzip();
        let answered = accept::for_ever(CONNECTIONS, "a callback", accept, |stream| {
            greet(stream, acceptor.clone(), Arc::clone(&reception))
        });
        match shown {
            // Both run for ever.
            Some(shown) => drop(tokio::join!(answered, shown.follow())),
            None => answered.await,
        }
    }
}

fn tls(files: CertificateFiles) -> Result<(Shown, TlsAcceptor), Failure> {
    let shown = Shown::load(files).map_err(Failure::Certificate)?;
    let config = shown.config().map_err(Failure::Tls)?;
    Ok((shown, TlsAcceptor::from(Arc::new(config))))
}

/// One connection, encrypted or not. How it ends is the caller's affair.
async fn greet(stream: TcpStream, acceptor: Option<TlsAcceptor>, reception: Arc<Reception>) {
    match acceptor {
        None => serve(stream, reception).await,
        Some(acceptor) => {
            if let Ok(Ok(stream)) = timeout(PATIENCE, acceptor.accept(stream)).await {
                serve(stream, reception).await;
            }
        }
    }
}

/// One request on one connection.
async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin, reception: Arc<Reception>) {
    let service = service_fn(move |request| {
        let reception = Arc::clone(&reception);
        async move { Ok::<_, std::convert::Infallible>(reception.answer(request).await.map(Full::new)) }
    });
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_headers(HEADERS)
        .max_buf_size(BUFFER)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

impl Reception {
    async fn answer(&self, request: Request<Incoming>) -> CallbackResponse {
        let path = request.uri().path().to_owned();
        let response = self.receive(request).await;
        if !response.status().is_success() {
            // For an operator who looks for what is wrong. Whoever finds the address can cause any number of these.
            tracing::debug!(status = response.status().as_u16(), ?path, "a callback is refused");
        }
        response
    }

    async fn receive(&self, request: Request<Incoming>) -> CallbackResponse {
        if self.password.as_ref().is_some_and(|password| !password.is_shown(request.headers())) {
            return password::refusal();
        }
        let path = request.uri().path();
        let Some((route, prefix)) = self.routes.iter().find_map(|route| Some((route, route.fits(path)?))) else {
            return empty(StatusCode::NOT_FOUND);
        };
        let (mut head, body) = request.into_parts();
        if self.password.is_some() {
            head.headers.remove(AUTHORIZATION);
        }
        let Some(uri) = below(&head.uri, prefix) else { return empty(StatusCode::BAD_REQUEST) };
        head.uri = uri;
        let body: Bytes = match timeout(PATIENCE, Limited::new(body, LARGEST_BODY).collect()).await {
            Ok(Ok(body)) => body.to_bytes(),
            Ok(Err(error)) if error.is::<LengthLimitError>() => return empty(StatusCode::PAYLOAD_TOO_LARGE),
            Ok(Err(_)) => return empty(StatusCode::BAD_REQUEST),
            Err(_) => return empty(StatusCode::REQUEST_TIMEOUT),
        };
        let answered = timeout(ANSWER, route.backend.callback(Request::from_parts(head, body))).await;
        answered.unwrap_or_else(|_| {
            tracing::warn!(path = route.whole(), "a callback took too long");
            empty(StatusCode::SERVICE_UNAVAILABLE)
        })
    }
}

impl Route {
    /// The prefix with which `path` is this route's.
    fn fits(&self, path: &str) -> Option<&str> {
        self.prefixes.iter().map(String::as_str).find(|prefix| path.strip_prefix(prefix) == Some(self.path))
    }

    /// The path as a caller sees it.
    fn whole(&self) -> String {
        let prefix = self.prefixes.first().map_or("", String::as_str);
        format!("{prefix}{}", self.path)
    }
}

/// The same address without `prefix`.
fn below(uri: &Uri, prefix: &str) -> Option<Uri> {
    uri.path_and_query()?.as_str().strip_prefix(prefix)?.parse().ok()
}

#[cfg(test)]
mod tests;
