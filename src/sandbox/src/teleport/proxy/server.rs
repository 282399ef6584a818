//! What runs behind the proxy's web port.

use std::io::Cursor;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::response::IntoResponse as _;
use futures_util::FutureExt as _;
use http::{Method, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use rustls::ServerConfig;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional, join, split};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tonic::Status;

use super::super::authority::ServerCertificate;
use super::super::options::ProxyMode;
use super::super::server::Shared;
use super::super::tls;
use super::hello::{Hello, Route};
use super::{find, public_addr};
use crate::common::calls::Call;
use crate::common::error::SandboxError;
use crate::common::faults::Outcome;
use crate::common::gate::GatedStream;
use crate::common::http1::Cut;
use crate::common::listener::{Life, Serve};
use crate::common::lock::lock;
use crate::common::{http1, http2};

/// What runs behind the web port.
pub(super) struct Server {
    cluster: String,
    mode: ProxyMode,
    auth: SocketAddr,
    tls: Arc<ServerConfig>,
    shared: Arc<Shared>,
}

impl Serve for Server {
    async fn serve(self: Arc<Self>, mut stream: GatedStream, _peer: SocketAddr, life: Life) {
        let Ok(local) = stream.local_addr() else { return };
        let Ok(hello) = Hello::read(&mut stream).await else { return };
        match hello.route(&self.cluster) {
            Route::Nowhere => {}
            Route::Auth => {
                // Auth is away: the client sees the connection end.
                let Ok(mut auth) = TcpStream::connect(self.auth).await else { return };
                let _ = auth.set_nodelay(true);
                if auth.write_all(&hello.bytes).await.is_ok() {
                    let _ = copy_bidirectional(&mut stream, &mut auth).await;
                }
            }
            Route::Web => {
                let (rest, write) = split(stream);
                let stream = join(Cursor::new(hello.bytes).chain(rest), write);
                let Ok(stream) = TlsAcceptor::from(Arc::clone(&self.tls)).accept(stream).await else { return };
                let protocol = stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec);
                match protocol.as_deref() {
                    Some(tls::REVERSE_TUNNEL) => {}
                    Some(b"h2") => http2::serve(stream, self.http2(local), life).await,
                    _ => http1::serve(stream, self.http1(local)).await,
                }
            }
        }
    }
}

impl Server {
    /// The proxy of `cluster`, before the Auth server at `auth`.
    pub(super) fn new(
        cluster: String,
        mode: ProxyMode,
        auth: SocketAddr,
        certificate: ServerCertificate,
        shared: Arc<Shared>,
    ) -> Result<Self, SandboxError> {
        Ok(Self { cluster, mode, auth, tls: Arc::new(tls::web_config(certificate)?), shared })
    }

    fn http1(self: Arc<Self>, local: SocketAddr) -> http1::Handler {
        Arc::new(move |request| Arc::clone(&self).answer(request, local).boxed())
    }

    fn http2(self: Arc<Self>, local: SocketAddr) -> http2::Handler {
        let handler = self.http1(local);
        Arc::new(move |request| handler(request).map(|answer| Ok(answer?.map(tonic::body::Body::new))).boxed())
    }

    /// Answers a call, as planned faults allow.
    async fn answer(self: Arc<Self>, request: Request<Incoming>, local: SocketAddr) -> Result<Response<Body>, Cut> {
        let name = format!("{} {}", request.method(), request.uri().path());
        let at = lock(&self.shared.model).now();
        let (caller, detail, outcome) = (String::new(), String::new(), "…".to_owned());
        let number = self.shared.calls.began(Call { at, name: name.clone(), caller, detail, outcome });
        let verdict = self.shared.faults.script.judge(&name);
        verdict.wait_before().await;
        let answer = match verdict.instead {
            Some(Outcome::Drop) => Err(Cut),
            Some(Outcome::Answer(ref status)) => Ok(failure(status)),
            None => Ok(self.web(request.method(), request.uri().path(), local)),
        };
        let outcome = answer.as_ref().map_or_else(|_| "dropped".to_owned(), |answer| answer.status().to_string());
        self.shared.calls.ended(number, outcome);
        self.shared.changes.happened();
        answer
    }

    fn web(&self, method: &Method, path: &str, local: SocketAddr) -> Response<Body> {
        let public = public_addr(local);
        let answer = {
            let model = lock(&self.shared.model);
            match (method, path) {
                (&Method::GET, "/webapi/find") => Some(find::find(&model.options, self.mode, &public)),
                (&Method::GET, "/webapi/ping") => Some(find::ping(&model.options, self.mode, &public)),
                _ => None,
            }
        };
        match answer {
            Some(answer) => axum::Json(answer).into_response(),
            None if path.starts_with("/webapi/") => (StatusCode::NOT_FOUND, "404 page not found\n").into_response(),
            // The web pages are elsewhere.
            None => (StatusCode::FOUND, [(header::LOCATION, "/web")]).into_response(),
        }
    }
}

/// A planned fault, where the web has no gRPC status to say it by.
fn failure(status: &Status) -> Response<Body> {
    (StatusCode::BAD_GATEWAY, status.message().to_owned()).into_response()
}
