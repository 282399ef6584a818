//! A link over a pipe in memory, for tests: tokio's paused time runs ahead only where no socket is.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use accessbot_core::clock::Timestamp;
use hyper_util::rt::TokioIo;
use tokio::io::DuplexStream;
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::codegen::http::{Request, Response, Uri};
use tonic::server::NamedService;
use tonic::transport::Server;

use crate::certificate::{Certificate, IssuedBy};
use crate::link::Link;

/// Hands out one pipe.
pub(crate) struct Pipe(Option<DuplexStream>);

impl Service<Uri> for Pipe {
    type Response = TokioIo<DuplexStream>;
    type Error = std::io::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let pipe = self.0.take().ok_or_else(|| std::io::Error::other("the pipe is used up"));
        Box::pin(async { pipe.map(TokioIo::new) })
    }
}

/// The certificate of the user `bot`.
fn certificate() -> Certificate {
    let moment = Timestamp::from_millis(0);
    Certificate {
        user: "bot".to_owned(),
        roles: Vec::new(),
        cluster: "lab.example".to_owned(),
        not_before: moment,
        not_after: moment,
        issued_by: IssuedBy::Unknown,
        authority: false,
    }
}

/// A link to this service, as the user `bot`.
pub(crate) fn link<S, F>(service: S) -> Arc<Link>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future = F>
        + NamedService
        + Clone
        + Send
        + Sync
        + 'static,
    F: Future<Output = Result<Response<Body>, Infallible>> + Send + 'static,
{
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let incoming = tokio_stream::once(Ok::<_, std::io::Error>(theirs));
    tokio::spawn(Server::builder().add_service(service).serve_with_incoming(incoming));
    Arc::new(Link::piped(Pipe(Some(ours)), certificate()))
}
