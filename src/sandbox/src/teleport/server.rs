//! The gRPC server: TLS, connections, planned faults, the log of calls. What a call means is in
//! [`service`](super::service).

use std::future::ready;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use accessbot_teleport::proto::auth::auth_service_server::AuthServiceServer;
use accessbot_teleport::proto::users::users_service_server::UsersServiceServer;
use futures_util::FutureExt as _;
use http::{HeaderMap, Request, Response};
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
use super::version::TeleportVersion;
use crate::common::calls::{Call, Calls};
use crate::common::changes::Changes;
use crate::common::faults::Outcome;
use crate::common::gate::GatedStream;
use crate::common::http1::{self, Cut};
use crate::common::http2::{self, Handler};
use crate::common::listener::{Life, Serve};
use crate::common::lock::lock;

/// The services, and what their methods are called in plans, in the log and in the tables of versions.
const SERVICES: [(&str, &str); 2] = [("proto.AuthService", ""), ("teleport.users.v1.UsersService", USERS)];
const USERS: &str = "UsersService.";
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
    auth: AuthServiceServer<Auth>,
    users: UsersServiceServer<Auth>,
}

impl Server {
    pub(crate) fn new(shared: Arc<Shared>, tls: ServerConfig) -> Self {
        let auth = Auth { shared: Arc::clone(&shared) };
        Self {
            shared,
            tls: Mutex::new(Arc::new(tls)),
            users: UsersServiceServer::new(auth.clone()),
            auth: AuthServiceServer::new(auth)
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
        let (service, method) = path.trim_start_matches('/').split_once('/').unwrap_or_default();
        let Some((service, prefix)) = SERVICES.into_iter().find(|(name, _)| *name == service) else {
            return Some(Status::unimplemented(format!("unknown service {service}")).into_http());
        };
        let method = format!("{prefix}{method}");
        let call = Call {
            at: lock(&self.shared.model).now(),
            name: method.clone(),
            caller: caller.name().to_owned(),
            detail: String::new(),
            outcome: "…".to_owned(),
        };
        let number = self.shared.calls.began(call);
        let answer = self.work(service, &method, CallInfo { caller, number }, request).await;
        self.shared.calls.ended(number, answer.as_ref().map_or_else(|| "dropped".to_owned(), outcome));
        self.shared.changes.happened();
        answer
    }

    async fn work(
        &self,
        service: &str,
        method: &str,
        info: CallInfo,
        mut request: Request<Incoming>,
    ) -> Option<Response<Body>> {
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
                let refused = info.caller.check_lock(&model);
                refused.and_then(|()| check_client(&model, request.headers())).err()
            } else {
                Some(unknown(service, method))
            }
        };
        if let Some(status) = refused {
            return Some(status.into_http());
        }
        request.extensions_mut().insert(info);
        let Ok(response) = if method.starts_with(USERS) {
            self.users.clone().call(request).await
        } else {
            self.auth.clone().call(request).await
        };
        let response = too_large(&response).map_or(response, Status::into_http);
        verdict.wait_after().await;
        match &verdict.after {
            Some(Outcome::Answer(status)) => Some(status.clone().into_http()),
            Some(Outcome::Drop) => None,
            None => Some(response),
        }
    }
}

/// What a Go server says to a call that it does not have. A version has the whole service for users, or nothing of it.
fn unknown(service: &str, method: &str) -> Status {
    if method.starts_with(USERS) {
        return Status::unimplemented(format!("unknown service {service}"));
    }
    Status::unimplemented(format!("unknown method {method} for service {service}"))
}

/// Refuses clients that say they are older than the major version before the server's (18). Who says nothing is let in.
fn check_client(model: &Model, headers: &HeaderMap) -> Result<(), Status> {
    let server = model.version();
    let Some(version) = headers.get("version").filter(|_| server >= TeleportVersion::V18_11) else { return Ok(()) };
    let major = version.to_str().ok().and_then(|version| version.split('.').next()?.parse::<u32>().ok());
    if major.is_some_and(|major| major.saturating_add(1) >= server.major()) {
        return Ok(());
    }
    Err(Status::permission_denied(format!("client version {version:?} is unsupported")))
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
