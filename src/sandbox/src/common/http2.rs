//! HTTP/2 on one connection, served in one place for the reason that [`http1`](super::http1) gives.

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::rt::Executor;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;

use super::http1::Cut;
use super::listener::Life;
use super::stream::{AnyStream, Stream};

/// Answers a request, or cuts the connection with everything else on it.
pub(crate) type Handler =
    Arc<dyn Fn(Request<Incoming>) -> BoxFuture<'static, Result<Response<Body>, Cut>> + Send + Sync>;

/// Runs a connection's tasks as long as the server lives.
#[derive(Clone)]
struct LifeExecutor(Life);

impl<F> Executor<F> for LifeExecutor
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    fn execute(&self, task: F) {
        drop(self.0.spawn(task));
    }
}

/// Serves `stream` until it ends, a call cuts it, or `life` ends.
pub(crate) fn serve(stream: impl Stream + 'static, handler: Handler, life: Life) -> BoxFuture<'static, ()> {
    let cut = CancellationToken::new();
    let until = cut.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        let (answer, cut) = (handler(request), cut.clone());
        async move { answer.await.inspect_err(|_| cut.cancel()) }
    });
    let stream: AnyStream = Box::new(stream);
    let connection = http2::Builder::new(LifeExecutor(life)).serve_connection(TokioIo::new(stream), service);
    // Boxed out here: within an async block the compiler does not see that it can be sent.
    let connection = connection.boxed();
    async move {
        // How a connection ends is the client's affair.
        let _ = until.run_until_cancelled(connection).await;
    }
    .boxed()
}
