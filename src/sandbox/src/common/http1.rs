//! HTTP/1.1 on one connection. Everybody who serves it does so here, with a handler that is not generic: each kind of
//! handler would be a copy of all of hyper in the program.

use std::sync::Arc;

use axum::body::Body;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;

use super::stream::{AnyStream, Stream};

/// Answers a request, or cuts the connection.
pub(crate) type Handler =
    Arc<dyn Fn(Request<Incoming>) -> BoxFuture<'static, Result<Response<Body>, Cut>> + Send + Sync>;

/// The connection is cut without an answer.
#[derive(Debug, thiserror::Error)]
#[error("cut")]
pub(crate) struct Cut;

/// Serves `stream` until it ends, or until a handler takes it over as something else than HTTP.
pub(crate) async fn serve(stream: impl Stream + 'static, handler: Handler) {
    let stream: AnyStream = Box::new(stream);
    let service = service_fn(move |request| handler(request));
    // How a connection ends is the client's affair.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades().await;
}
