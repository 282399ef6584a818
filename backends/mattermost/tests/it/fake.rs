//! A server that keeps posts, answers everything else as it was told to, and errs on demand.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::future::pending;
use std::sync::{Arc, Mutex};

use accessbot_core::backend::ChatBackend;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

/// The bot's account.
pub(crate) const ME: &str = "botbotbotbotbotbotbotbotbo";
/// Somebody else's.
pub(crate) const ALICE: &str = "alicealicealicealicealicea";
/// A channel that the bot is in.
pub(crate) const ACCESS: &str = "accessaccessaccessaccessac";
pub(crate) const TOKEN: &str = "tokentokentokentokentokent";

/// An answer out of the ordinary.
#[derive(Clone)]
pub(crate) enum Answer {
    Json(u16, Value),
    Text(u16, &'static [(&'static str, &'static str)], String),
    /// None, ever.
    Hang,
    /// Close the connection instead, as Mattermost does when a handler panics.
    Close,
    /// Do it, then close the connection instead of answering.
    DoAndClose,
}

/// What the server saw.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Seen {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) body: Value,
}

#[derive(Default)]
struct Inner {
    posts: BTreeMap<String, Value>,
    gets: HashMap<String, Answer>,
    once: VecDeque<(Method, Answer)>,
    seen: Vec<Seen>,
    clock: i64,
}

/// The server. It lives as long as the test's runtime.
#[derive(Clone)]
pub(crate) struct Fake {
    pub(crate) url: String,
    inner: Arc<Mutex<Inner>>,
}

impl Fake {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let fake = Self { url, inner: Arc::default() };
        fake.answer("/users/me", json!({"id": ME, "username": "teleport", "is_bot": true}));
        fake.answer(&format!("/channels/{ACCESS}"), channel(ACCESS, "O", "access", "Access"));
        fake.answer(&format!("/channels/{ACCESS}/members/me"), json!({"user_id": ME}));
        let router = axum::Router::new().fallback(serve).with_state(fake.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        fake
    }

    pub(crate) fn backend(&self) -> Arc<dyn ChatBackend> {
        super::backend(&self.url, TOKEN)
    }

    /// What to answer to a GET of `path` from now on.
    pub(crate) fn answer(&self, path: &str, body: Value) {
        self.answer_with(path, Answer::Json(200, body));
    }

    pub(crate) fn answer_with(&self, path: &str, answer: Answer) {
        self.inner.lock().unwrap().gets.insert(path.to_owned(), answer);
    }

    /// What to answer to the next call with `method` that nothing else was said about.
    pub(crate) fn once(&self, method: Method, answer: Answer) {
        self.inner.lock().unwrap().once.push_back((method, answer));
    }

    /// What was asked so far, without what the bot asks about itself.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.inner.lock().unwrap().seen.iter().filter(|seen| seen.path != "/users/me").cloned().collect()
    }

    pub(crate) fn posts(&self) -> Vec<Value> {
        self.inner.lock().unwrap().posts.values().cloned().collect()
    }

    pub(crate) fn post(&self, id: &str) -> Value {
        self.inner.lock().unwrap().posts[id].clone()
    }

    /// Puts a post there, made of what the server sets itself and `parts`. Posts that are made without a time of their
    /// own are a millisecond apart.
    pub(crate) fn put(&self, parts: &Value) -> String {
        self.inner.lock().unwrap().put(parts)
    }
}

impl Inner {
    fn put(&mut self, parts: &Value) -> String {
        let id = format!("post{:022}", self.posts.len());
        self.clock += 1;
        let mut post = json!({
            "id": id, "user_id": ME, "channel_id": ACCESS, "root_id": "", "message": "", "type": "", "props": {},
            "create_at": self.clock, "delete_at": 0,
        });
        merge(&mut post, parts);
        self.posts.insert(id.clone(), post);
        id
    }

    /// What the server does with a call, if nothing else was said.
    fn act(&mut self, method: &Method, path: &str, query: &str, body: &Value) -> Answer {
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        match (method.as_str(), parts.as_slice()) {
            ("POST", ["posts"]) => {
                let mut post = body.clone();
                post.as_object_mut().unwrap().remove("pending_post_id");
                let id = self.put(&post);
                Answer::Json(201, self.posts[&id].clone())
            }
            ("PUT", ["posts", id, "patch"]) => match self.posts.get_mut(*id) {
                Some(post) if post["delete_at"] == 0 => {
                    merge(post, body);
                    Answer::Json(200, post.clone())
                }
                _ => denied(),
            },
            ("DELETE", ["posts", id]) => match self.posts.get_mut(*id) {
                Some(post) if post["delete_at"] == 0 => {
                    post["delete_at"] = json!(1);
                    Answer::Json(200, json!({"status": "OK"}))
                }
                _ => denied(),
            },
            ("GET", ["posts", id]) => match self.posts.get(*id).filter(|post| post["delete_at"] == 0) {
                Some(post) => Answer::Json(200, post.clone()),
                None => absent("app.post.get.app_error"),
            },
            ("GET", ["posts", id, "thread"]) => {
                let thread = self.posts.values().filter(|p| p["id"] == *id || p["root_id"] == *id);
                Answer::Json(200, list(thread.cloned().collect()))
            }
            ("GET", ["channels", channel, "posts"]) => Answer::Json(200, self.page(channel, query)),
            _ => absent("app.something.missing.app_error"),
        }
    }

    fn page(&self, channel: &str, query: &str) -> Value {
        let argument = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        let before = argument("before").map(|id| self.posts[id]["create_at"].as_i64().unwrap());
        let size: usize = argument("per_page").unwrap().parse().unwrap();
        let standing = self.posts.values().filter(|post| {
            let older = before.is_none_or(|before| post["create_at"].as_i64().unwrap() < before);
            post["channel_id"] == channel && post["delete_at"] == 0 && older
        });
        let mut posts: Vec<Value> = standing.cloned().collect();
        posts.sort_by_key(|post| -post["create_at"].as_i64().unwrap());
        posts.truncate(size);
        list(posts)
    }
}

async fn serve(State(fake): State<Fake>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    assert_eq!(parts.headers["authorization"], format!("Bearer {TOKEN}"));
    assert!(parts.headers["user-agent"].to_str().unwrap().starts_with("accessbot/"));
    let path = parts.uri.path().strip_prefix("/api/v4").unwrap().to_owned();
    let body: Bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let answer = {
        let mut inner = fake.inner.lock().unwrap();
        inner.seen.push(Seen { method: parts.method.clone(), path: path.clone(), body: body.clone() });
        let told = inner.gets.get(&path).filter(|_| parts.method == Method::GET).cloned();
        let next = inner.once.front().is_some_and(|(method, _)| *method == parts.method);
        let once = if next && told.is_none() { inner.once.pop_front().map(|(_, answer)| answer) } else { None };
        let query = parts.uri.query().unwrap_or_default();
        match once.or(told) {
            Some(Answer::DoAndClose) => {
                inner.act(&parts.method, &path, query, &body);
                Answer::Close
            }
            Some(answer) => answer,
            None => inner.act(&parts.method, &path, query, &body),
        }
    };
    match answer {
        Answer::Json(status, body) => response(status, &[("content-type", "application/json")], body.to_string()),
        Answer::Text(status, headers, body) => response(status, headers, body),
        Answer::Hang => pending().await,
        Answer::Close | Answer::DoAndClose => std::panic::resume_unwind(Box::new("closing the connection")),
    }
}

fn response(status: u16, headers: &[(&str, &str)], body: String) -> Response {
    let mut response = Response::builder().status(StatusCode::from_u16(status).unwrap());
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(Body::from(body)).unwrap()
}

/// An error as Mattermost words it.
pub(crate) fn error(status: u16, id: &str) -> Answer {
    let body = json!({"id": id, "message": "Nein.", "detailed_error": "", "request_id": "x", "status_code": status});
    Answer::Json(status, body)
}

pub(crate) fn denied() -> Answer {
    error(403, "api.context.permissions.app_error")
}

pub(crate) fn absent(id: &str) -> Answer {
    error(404, id)
}

/// A channel as the server gives it.
pub(crate) fn channel(id: &str, kind: &str, name: &str, display_name: &str) -> Value {
    json!({"id": id, "type": kind, "name": name, "display_name": display_name, "delete_at": 0})
}

fn list(posts: Vec<Value>) -> Value {
    let order: Vec<Value> = posts.iter().map(|post| post["id"].clone()).collect();
    let posts: serde_json::Map<_, _> =
        posts.into_iter().map(|post| (post["id"].as_str().unwrap().to_owned(), post)).collect();
    json!({"order": order, "posts": posts})
}

fn merge(into: &mut Value, parts: &Value) {
    for (key, value) in parts.as_object().unwrap() {
        into[key] = value.clone();
    }
}
