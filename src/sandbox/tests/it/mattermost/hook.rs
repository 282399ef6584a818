//! An integration: it remembers what it was sent, and answers what it was told to.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};
use tokio::net::TcpListener;

struct Inside {
    answer: (u16, String),
    got: Vec<(HeaderMap, Value)>,
}

/// A small HTTP server on loopback: `/hook`, and `/moved`, which sends callers to `/hook`.
pub(crate) struct Hook {
    port: u16,
    inside: Arc<Mutex<Inside>>,
}

impl Hook {
    pub(crate) async fn start() -> Self {
        let inside = Arc::new(Mutex::new(Inside { answer: (200, "{}".to_owned()), got: Vec::new() }));
        let router = Router::new()
            .route("/hook", post(hook))
            .route("/moved", post(|| async { (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, "/hook")]) }))
            .route("/round", post(|| async { (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, "/round")]) }))
            .with_state(Arc::clone(&inside));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { port, inside }
    }

    /// Its address, by the name or address of this machine that is given.
    pub(crate) fn at(&self, host: &str, path: &str) -> String {
        format!("http://{host}:{}{path}", self.port)
    }

    pub(crate) fn url(&self) -> String {
        self.at("127.0.0.1", "/hook")
    }

    pub(crate) fn answers(&self, status: u16, body: impl Into<String>) {
        self.inside.lock().unwrap().answer = (status, body.into());
    }

    /// How often it was called.
    pub(crate) fn calls(&self) -> usize {
        self.inside.lock().unwrap().got.len()
    }

    /// What it got last: headers and body.
    pub(crate) fn last(&self) -> (HeaderMap, Value) {
        self.inside.lock().unwrap().got.last().unwrap().clone()
    }

    /// Props with one button that calls it with this context.
    pub(crate) fn button(&self, context: &Value) -> Value {
        button(&self.url(), context)
    }
}

/// Props with one button, `go`.
pub(crate) fn button(url: &str, context: &Value) -> Value {
    let integration = json!({"url": url, "context": context});
    json!({"attachments": [{"text": "x", "actions": [
        {"id": "go", "name": "Go", "type": "button", "integration": integration},
    ]}]})
}

async fn hook(State(inside): State<Arc<Mutex<Inside>>>, headers: HeaderMap, body: Bytes) -> Response {
    let mut inside = inside.lock().unwrap();
    inside.got.push((headers, serde_json::from_slice(&body).unwrap()));
    let (status, body) = inside.answer.clone();
    (StatusCode::from_u16(status).unwrap(), body).into_response()
}
