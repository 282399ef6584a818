//! HTTP: connections, planned faults, the log of calls. What a call means is in [`super::api`].

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::FutureExt as _;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

use super::api;
use super::args::Args;
use super::form;
use super::model::{Grant, Model, TokenKind};
use super::options::SlackOptions;
use super::reply::{self, Refusal};
use super::request_url::RequestUrl;
use super::socket;
use crate::common::answer::Answer;
use crate::common::calls::{Call, Calls};
use crate::common::changes::Changes;
use crate::common::faults::Outcome;
use crate::common::gate::GatedStream;
use crate::common::http_faults::HttpFaults;
use crate::common::http1::{self, Cut, Handler};
use crate::common::listener::{Life, Serve};
use crate::common::lock::lock;
use crate::common::websocket;

/// What the server's tasks and the sandbox's owner share.
pub(crate) struct Shared {
    pub(crate) model: Mutex<Model>,
    pub(crate) options: SlackOptions,
    pub(crate) changes: Changes,
    pub(crate) calls: Calls,
    pub(crate) faults: HttpFaults,
    pub(crate) request_url: RequestUrl,
    pub(crate) signing_secret: String,
}

impl Shared {
    /// Changes the model, and tells those who wait.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Model) -> T) -> T {
        let changed = change(&mut lock(&self.model));
        self.changes.happened();
        changed
    }
}

/// The server behind the port.
pub(crate) struct Server {
    pub(crate) shared: Arc<Shared>,
}

/// A call as it came.
struct Received {
    method: Method,
    path: String,
    query: String,
    headers: HeaderMap,
    body: Bytes,
}

impl Server {
    /// Answers a call; `None` cuts the connection.
    async fn answer(&self, call: Received) -> Option<Response> {
        let name = name(&call.path).to_owned();
        let (at, caller) = {
            let model = lock(&self.shared.model);
            let grant = bearer(&call.headers).and_then(|token| model.tokens.get(token));
            let user = grant.and_then(|grant| model.users.get(&grant.user));
            (model.now(), user.map(|user| user.name.clone()).unwrap_or_default())
        };
        let began = Call { at, name: name.clone(), caller, detail: String::new(), outcome: "…".to_owned() };
        let number = self.shared.calls.began(began);
        let (answer, noted) = self.work(&name, &call).await;
        self.shared.calls.ended(number, noted);
        self.shared.changes.happened();
        answer
    }

    async fn work(&self, name: &str, call: &Received) -> (Option<Response>, String) {
        let verdict = self.shared.faults.script.judge(name);
        verdict.wait_before().await;
        if let Some(outcome) = &verdict.instead {
            return planned(outcome);
        }
        let answered = self.carry_out(name, call);
        verdict.wait_after().await;
        match &verdict.after {
            Some(outcome) => planned(outcome),
            None => (Some(answered.0), answered.1),
        }
    }

    fn carry_out(&self, name: &str, call: &Received) -> (Response, String) {
        let mut model = lock(&self.shared.model);
        let grant = bearer(&call.headers).map(|token| model.tokens.get(token).cloned());
        let known = grant.clone().flatten();
        if name == RESPONSE_URL {
            return response_url(&mut model, call);
        }
        let Some(method) = api::find(name) else {
            return reply::response(Err(Refusal::of("unknown_method")), known.as_ref(), "");
        };
        let outcome = match grant {
            None => Err(Refusal::of("not_authed")),
            Some(None) => Err(Refusal::of("invalid_auth")),
            Some(Some(grant)) if grant.revoked => Err(Refusal::of("token_revoked")),
            Some(Some(grant)) if is_inactive(&model, &grant) => Err(Refusal::of("account_inactive")),
            Some(Some(grant)) => Args::read(&call.method, &call.headers, &call.query, &call.body, method.json)
                .and_then(|args| api::run(method, &mut model, &grant, &args)),
        };
        drop(model);
        reply::response(outcome, known.as_ref(), &method.scopes.join(","))
    }
}

/// What answers to interactions are called, by planned faults and in the log of calls: their addresses are secret.
const RESPONSE_URL: &str = "response_url";
/// What connections in Socket Mode are called while they come about.
const LINK: &str = "link";

/// The name of a call by its path.
fn name(path: &str) -> &str {
    if path.starts_with("/actions/") {
        return RESPONSE_URL;
    }
    if path == "/link/" { LINK } else { path.strip_prefix("/api/").unwrap_or(path) }
}

/// An answer to an interaction, at an address that is told apart by its end only.
fn response_url(model: &mut Model, call: &Received) -> (Response, String) {
    let secret = call.path.rsplit('/').next().unwrap_or_default();
    let bot = model.tokens.values().find(|grant| grant.kind == TokenKind::Bot).cloned();
    let args = Args::read(&call.method, &call.headers, &call.query, &call.body, true);
    let outcome = args.and_then(|args| {
        let bot = bot.ok_or_else(|| Refusal::of("invalid_url"))?;
        model.respond(secret, &args, &bot)
    });
    let is_refused = outcome.is_err();
    let (mut response, noted) = reply::response(outcome, None, "");
    if is_refused {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    (response, noted)
}

fn is_inactive(model: &Model, grant: &Grant) -> bool {
    model.users.get(&grant.user).is_none_or(|user| user.deleted)
}

fn planned(outcome: &Outcome<Answer>) -> (Option<Response>, String) {
    match outcome {
        Outcome::Answer(answer) => (Some(answer.clone().into_response()), answer.status.to_string()),
        Outcome::Drop => (None, "dropped".to_owned()),
    }
}

/// The token that a call carries.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

impl Serve for Server {
    async fn serve(self: Arc<Self>, stream: GatedStream, _peer: SocketAddr, life: Life) {
        let handler: Handler = Arc::new(move |request| Arc::clone(&self).handle(request, life.clone()).boxed());
        http1::serve(stream, handler).await;
    }
}

impl Server {
    async fn handle(self: Arc<Self>, request: Request<Incoming>, life: Life) -> Result<Response, Cut> {
        if name(request.uri().path()) == LINK {
            return self.link(request, &life).await.ok_or(Cut);
        }
        let (parts, body) = request.into_parts();
        let call = Received {
            method: parts.method,
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: parts.headers,
            body: body.collect().await.map_err(|_| Cut)?.to_bytes(),
        };
        // In a task of its own: a call goes on although its client has gone.
        let work = life.spawn(async move { self.answer(call).await });
        work.await.ok().flatten().flatten().ok_or(Cut)
    }

    /// A connection in Socket Mode, for whoever has a ticket; `None` cuts it.
    async fn link(&self, mut request: Request<Incoming>, life: &Life) -> Option<Response> {
        let at = lock(&self.shared.model).now();
        let call = Call { at, name: LINK.into(), caller: String::new(), detail: String::new(), outcome: "…".into() };
        let number = self.shared.calls.began(call);
        let verdict = self.shared.faults.script.judge(LINK);
        verdict.wait_before().await;
        let (answer, noted) = match &verdict.instead {
            Some(outcome) => planned(outcome),
            None => (Some(self.connect(&mut request, life)), "answered".to_owned()),
        };
        self.shared.calls.ended(number, noted);
        self.shared.changes.happened();
        answer
    }

    fn connect(&self, request: &mut Request<Incoming>, life: &Life) -> Response {
        let query = request.uri().query().unwrap_or_default().to_owned();
        let part = |name: &str| form::decode(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value);
        let Some(accept) = websocket::accept_key(request.headers()) else {
            return StatusCode::BAD_REQUEST.into_response();
        };
        if !self.shared.change(|model| model.take_ticket(&part("ticket").unwrap_or_default())) {
            return StatusCode::NOT_FOUND.into_response();
        }
        let (shared, app_id) = (Arc::clone(&self.shared), part("app_id").unwrap_or_default());
        websocket::upgrade(request, accept, life, move |stream| socket::serve(shared, stream, app_id))
    }
}
