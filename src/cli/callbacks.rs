//! Requests of chat servers: one small HTTP server, with limits on everything, for all backends that want to be called.
//!
//! What comes in here comes from anybody who finds the address. A request that is too large, too slow or for a path
//! that nobody declared ends here; everything else is for the backend to verify.

use std::net::SocketAddr;
use std::sync::Arc;
use std::task::Context;
use std::time::Duration;

use accessbot_core::backend::ChatBackend;
use accessbot_core::backend::callback::{CallbackResponse, LARGEST_BODY, empty};
use accessbot_core::engine::Desk;
use bytes::Bytes;
use http::{Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::accept;
use super::exit::Failure;

/// Connections that are served at the same time; more wait to be accepted.
const CONNECTIONS: usize = 128;
/// For the head of a request, and again for its body.
const PATIENCE: Duration = Duration::from_secs(10);
/// For the backend's answer: chat servers give up after 30 seconds at most.
const ANSWER: Duration = Duration::from_secs(25);
/// Header lines of a request.
const HEADERS: usize = 64;

/// Where each declared path leads.
struct Route {
    /// `/NAME`, which the backend does not see.
    prefix: String,
    /// The path below it.
    path: &'static str,
    backend: Arc<dyn ChatBackend>,
}

/// A server that is bound and not serving yet.
pub(super) struct Callbacks {
    listener: TcpListener,
    routes: Arc<Vec<Route>>,
}

impl Callbacks {
    /// Binds the server.
    pub(super) async fn bind(addr: SocketAddr, desks: &[Desk]) -> Result<Self, Failure> {
        let listener = TcpListener::bind(addr).await.map_err(|source| Failure::Listen { addr, source })?;
        let routes = desks.iter().flat_map(|desk| {
            desk.backend.callback_paths().iter().map(|path| Route {
                prefix: format!("/{}", desk.name),
                path,
                backend: Arc::clone(&desk.backend),
            })
        });
        let routes: Vec<Route> = routes.collect();
        for route in &routes {
            tracing::info!(%addr, path = format!("{}{}", route.prefix, route.path), "listening for callbacks");
        }
        Ok(Self { listener, routes: Arc::new(routes) })
    }

    /// Serves for ever.
    pub(super) async fn serve(self) {
        let Self { listener, routes } = self;
        let accept = |cx: &mut Context<'_>| listener.poll_accept(cx).map_ok(|(stream, _)| stream);
        accept::for_ever(CONNECTIONS, "a callback", accept, |stream| serve(stream, Arc::clone(&routes))).await;
    }
}

/// One request on one connection.
async fn serve(stream: TcpStream, routes: Arc<Vec<Route>>) {
    let service = service_fn(move |request| {
        let routes = Arc::clone(&routes);
        async move { Ok::<_, std::convert::Infallible>(answer(request, &routes).await.map(Full::new)) }
    });
    // How a connection ends is the caller's affair.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_headers(HEADERS)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn answer(request: Request<Incoming>, routes: &[Route]) -> CallbackResponse {
    let fits = |route: &&Route| request.uri().path().strip_prefix(&route.prefix) == Some(route.path);
    let Some(route) = routes.iter().find(fits) else { return empty(StatusCode::NOT_FOUND) };
    let (mut head, body) = request.into_parts();
    let Some(uri) = below(&head.uri, &route.prefix) else { return empty(StatusCode::BAD_REQUEST) };
    head.uri = uri;
    let body: Bytes = match timeout(PATIENCE, Limited::new(body, LARGEST_BODY).collect()).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return empty(StatusCode::PAYLOAD_TOO_LARGE),
        Ok(Err(_)) => return empty(StatusCode::BAD_REQUEST),
        Err(_) => return empty(StatusCode::REQUEST_TIMEOUT),
    };
    let answered = timeout(ANSWER, route.backend.callback(Request::from_parts(head, body))).await;
    answered.unwrap_or_else(|_| {
        tracing::warn!(path = format!("{}{}", route.prefix, route.path), "a callback took too long");
        empty(StatusCode::SERVICE_UNAVAILABLE)
    })
}

/// The same address without `prefix`.
fn below(uri: &Uri, prefix: &str) -> Option<Uri> {
    uri.path_and_query()?.as_str().strip_prefix(prefix)?.parse().ok()
}

#[cfg(test)]
#[path = "callbacks_tests.rs"]
mod tests;
