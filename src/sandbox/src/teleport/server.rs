//! The gRPC server: TLS, connections, planned faults, the log of calls. What a call means is in
//! [`service`](super::service).

use std::future::ready;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use accessbot_teleport::proto::auth::auth_service_server::AuthServiceServer;
use futures_util::FutureExt as _;
use http::{Request, Response};
use hyper::body::Incoming;
use rustls::ServerConfig;
use tokio_rustls::TlsAcceptor;
use tonic::body::Body;
use tonic::{Code, Status};
use tower_service::Service as _;

use super::caller::Caller;
use super::faults::Faults;
use super::http_api;
use super::model::Model;
use super::service::Auth;
use crate::common::calls::{Call, Calls};
use crate::common::changes::Changes;
use crate::common::faults::Outcome;
use crate::common::gate::GatedStream;
use crate::common::http1::{self, Cut};
use crate::common::http2::{self, Handler};
use crate::common::listener::{Life, Serve};
use crate::common::lock::lock;

const SERVICE: &str = "/proto.AuthService/";
/// What a client may send at once.
const LARGEST_MESSAGE: usize = 4 * 1024 * 1024;

/// What the server's tasks and the sandbox's owner share.
pub(crate) struct Shared {
    pub(crate) model: Mutex<Model>,
    pub(crate) changes: Changes,
    pub(crate) calls: Calls,
    pub(crate) faults: Faults,
}

impl Shared {
    /// Changes the model, and tells those who wait.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Model) -> T) -> T {
        let changed = change(&mut lock(&self.model));
        self.changes.happened();
        changed
    }
}

/// What a handler knows of a call beside its message.
#[derive(Clone, Debug)]
pub(crate) struct CallInfo {
    pub(crate) caller: Caller,
    /// Its number in the log.
    pub(crate) number: usize,
}

/// The server behind the port.
pub(crate) struct Server {
    pub(crate) shared: Arc<Shared>,
    tls: Mutex<Arc<ServerConfig>>,
    service: AuthServiceServer<Auth>,
}

impl Server {
    pub(crate) fn new(shared: Arc<Shared>, tls: ServerConfig) -> Self {
        let auth = Auth { shared: Arc::clone(&shared) };
        Self {
            shared,
            tls: Mutex::new(Arc::new(tls)),
            service: AuthServiceServer::new(auth)
                .max_decoding_message_size(LARGEST_MESSAGE)
                .max_encoding_message_size(usize::MAX),
        }
    }

    /// Uses other certificates from now on. Connections that stand go on.
    pub(crate) fn use_tls(&self, tls: ServerConfig) {
        *lock(&self.tls) = Arc::new(tls);
    }

    /// Answers a call; `None` cuts the connection.
    async fn answer(&self, caller: Caller, request: Request<Incoming>) -> Option<Response<Body>> {
        let path = request.uri().path().to_owned();
        let Some(method) = path.strip_prefix(SERVICE) else {
            let service = path.trim_start_matches('/').split('/').next().unwrap_or_default();
            return Some(Status::unimplemented(format!("unknown service {service}")).into_http());
        };
        let call = Call {
            at: lock(&self.shared.model).now(),
            name: method.to_owned(),
            caller: caller.name().to_owned(),
            detail: String::new(),
            outcome: "…".to_owned(),
        };
        let number = self.shared.calls.began(call);
        let answer = self.work(method, CallInfo { caller, number }, request).await;
        self.shared.calls.ended(number, answer.as_ref().map_or_else(|| "dropped".to_owned(), outcome));
        self.shared.changes.happened();
        answer
    }

    async fn work(&self, method: &str, info: CallInfo, mut request: Request<Incoming>) -> Option<Response<Body>> {
        let verdict = self.shared.faults.script.judge(method);
        verdict.wait_before().await;
        match &verdict.instead {
            Some(Outcome::Answer(status)) => return Some(status.clone().into_http()),
            Some(Outcome::Drop) => return None,
            None => {}
        }
        let refused = {
            let model = lock(&self.shared.model);
            let known = model.version().has(method) && !model.options.without.iter().any(|other| other == method);
            if known {
                info.caller.check_lock(&model).err()
            } else {
                Some(Status::unimplemented(format!("unknown method {method} for service proto.AuthService")))
            }
        };
        if let Some(status) = refused {
            return Some(status.into_http());
        }
        request.extensions_mut().insert(info);
        let Ok(response) = self.service.clone().call(request).await;
        let response = too_large(&response).map_or(response, Status::into_http);
        verdict.wait_after().await;
        match &verdict.after {
            Some(Outcome::Answer(status)) => Some(status.clone().into_http()),
            Some(Outcome::Drop) => None,
            None => Some(response),
        }
    }
}

/// What a Go server says to a message that is too large, where tonic says something else.
fn too_large(response: &Response<Body>) -> Option<Status> {
    let status = Status::from_header_map(response.headers()).filter(|status| status.code() == Code::OutOfRange)?;
    Some(Status::resource_exhausted(format!("grpc: received message larger than max ({})", status.message())))
}

/// How a call ended, for the log. A stream is still open when its answer begins.
fn outcome(response: &Response<Body>) -> String {
    match Status::from_header_map(response.headers()) {
        Some(status) if status.code() != Code::Ok => format!("{:?} {}", status.code(), status.message()),
        _ => "ok".to_owned(),
    }
}

impl Serve for Server {
    async fn serve(self: Arc<Self>, stream: GatedStream, _peer: SocketAddr, life: Life) {
        let acceptor = TlsAcceptor::from(Arc::clone(&lock(&self.tls)));
        // A handshake that fails is the client's affair.
        let Ok(stream) = acceptor.accept(stream).await else { return };
        let certificate = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
        let caller = certificate.and_then(Caller::of_certificate).unwrap_or(Caller::Nobody);
        if stream.get_ref().1.alpn_protocol() != Some(b"h2") {
            let handler: http1::Handler = Arc::new(move |request| {
                let model = lock(&self.shared.model);
                let answer = http_api::answer(&model, &caller, request.method(), request.uri().path());
                ready(Ok(answer)).boxed()
            });
            return http1::serve(stream, handler).await;
        }
        let tasks = life.clone();
        let handler: Handler = Arc::new(move |request| {
            let (server, caller) = (Arc::clone(&self), caller.clone());
            // In a task of its own: a call goes on although its client has gone.
            let work = tasks.spawn(async move { server.answer(caller, request).await });
            async move { work.await.ok().flatten().flatten().ok_or(Cut) }.boxed()
        });
        http2::serve(stream, handler, life).await;
    }
}
