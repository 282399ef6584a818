//! HTTP: connections, planned faults, the log of calls. What a call means is in [`super::api`].

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt as _;
use http::{HeaderMap, HeaderValue, Request, header};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tower_service::Service as _;

use super::api;
use super::integration::Integrations;
use super::model::Model;
use super::options::MattermostOptions;
use super::trigger::Triggers;
use crate::common::answer::Answer;
use crate::common::calls::{Call, Calls};
use crate::common::changes::Changes;
use crate::common::faults::{Outcome, Verdict};
use crate::common::gate::GatedStream;
use crate::common::http_faults::HttpFaults;
use crate::common::http1::{self, Cut, Handler};
use crate::common::ids::mattermost_id;
use crate::common::listener::{Life, Serve};
use crate::common::lock::lock;

/// What the server's tasks and the sandbox's owner share.
pub(crate) struct Shared {
    pub(crate) model: Mutex<Model>,
    pub(crate) options: MattermostOptions,
    pub(crate) changes: Changes,
    pub(crate) calls: Calls,
    pub(crate) faults: HttpFaults,
    pub(crate) triggers: Mutex<Triggers>,
    pub(crate) integrations: Integrations,
}

impl Shared {
    /// Changes the model, and tells those who wait.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Model) -> T) -> T {
        let changed = change(&mut lock(&self.model));
        self.changes.happened();
        changed
    }
}

/// The token that a call carries.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("token")).then_some(token.trim())
}

/// The faults of one call, for handlers that wait in their own place.
pub(crate) type SharedVerdict = Arc<Verdict<Answer>>;

/// The server behind the port.
pub(crate) struct Server {
    pub(crate) shared: Arc<Shared>,
    router: Router,
}

impl Server {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { router: api::router(Arc::clone(&shared)), shared }
    }

    /// Answers a call; `None` cuts the connection.
    async fn answer(&self, request: Request<Body>) -> Option<Response> {
        let name = format!("{} {}", request.method(), api::path(request.uri().path()));
        let (at, caller) = {
            let model = lock(&self.shared.model);
            let id = bearer(request.headers()).and_then(|token| model.sessions.get(token));
            (model.now(), id.and_then(|id| model.users.get(id)).map(|u| u.username.clone()).unwrap_or_default())
        };
        let call = Call { at, name: name.clone(), caller, detail: String::new(), outcome: "…".to_owned() };
        let number = self.shared.calls.began(call);
        let answer = self.work(&name, request).await;
        let outcome = answer.as_ref().map_or_else(|| "dropped".to_owned(), |r| r.status().as_u16().to_string());
        self.shared.calls.ended(number, outcome);
        self.shared.changes.happened();
        answer
    }

    async fn work(&self, name: &str, mut request: Request<Body>) -> Option<Response> {
        let verdict = Arc::new(self.shared.faults.script.judge(name));
        // Making a post waits inside, where the real server is slow: when it knows the pending post id already.
        if name == "POST /posts" && verdict.instead.is_none() {
            request.extensions_mut().insert(Arc::clone(&verdict));
        } else {
            verdict.wait_before().await;
        }
        if let Some(outcome) = &verdict.instead {
            return as_response(outcome);
        }
        let ticket = {
            let mut model = lock(&self.shared.model);
            let now = model.now();
            model.limiter.as_mut().map(|limiter| limiter.take(now))
        };
        let mut response = if ticket.as_ref().is_some_and(|t| t.retry_after.is_some()) {
            Answer::new(429, "text/plain; charset=utf-8", "limit exceeded\n").into_response()
        } else {
            let Ok(response) = self.router.clone().call(request).await;
            response
        };
        if response.extensions().get::<Panicked>().is_some() {
            return None;
        }
        verdict.wait_after().await;
        if let Some(outcome) = &verdict.after {
            return as_response(outcome);
        }
        if let Some(ticket) = ticket {
            ticket.write(response.headers_mut());
        }
        Some(response)
    }
}

fn as_response(outcome: &Outcome<Answer>) -> Option<Response> {
    match outcome {
        Outcome::Answer(answer) => Some(answer.clone().into_response()),
        Outcome::Drop => None,
    }
}

/// Marks the answer of a handler that panics on the real server, which cuts the connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Panicked;

impl Serve for Server {
    async fn serve(self: Arc<Self>, stream: GatedStream, _peer: SocketAddr, life: Life) {
        let handler: Handler = Arc::new(move |request| Arc::clone(&self).handle(request, life.clone()).boxed());
        http1::serve(stream, handler).await;
    }
}

impl Server {
    async fn handle(self: Arc<Self>, request: Request<Incoming>, life: Life) -> Result<Response, Cut> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.map_err(|_| Cut)?.to_bytes();
        let mut request = Request::from_parts(parts, Body::from(body));
        request.extensions_mut().insert(life.clone());
        let version = HeaderValue::try_from(version_id(&self.shared.options.version)).ok();
        // In a task of its own: a call goes on although its client has gone.
        let work = life.spawn(async move { self.answer(request).await });
        let mut response = work.await.ok().flatten().flatten().ok_or(Cut)?;
        let headers = response.headers_mut();
        if let (false, Ok(id)) = (headers.contains_key("X-Request-Id"), HeaderValue::try_from(mattermost_id())) {
            headers.insert("X-Request-Id", id);
        }
        if let Some(version) = version {
            headers.insert("X-Version-Id", version);
        }
        Ok(response)
    }
}

/// The version with build, configuration and licence, as the server tells it.
pub(crate) fn version_id(version: &str) -> String {
    format!("{version}.{version}.0123456789abcdef0123456789abcdef.false")
}
