//! An integration of a chat: it remembers what it was sent, and answers what it was told to.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use http::{HeaderMap, StatusCode, header};
use serde_json::Value;
use tokio::net::TcpListener;

struct Inside {
    answer: (u16, String),
    got: Vec<(HeaderMap, Bytes)>,
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
    pub(crate) fn last_bytes(&self) -> (HeaderMap, Bytes) {
        self.inside.lock().unwrap().got.last().unwrap().clone()
    }

    /// The same, of JSON.
    pub(crate) fn last(&self) -> (HeaderMap, Value) {
        let (headers, body) = self.last_bytes();
        (headers, serde_json::from_slice(&body).unwrap())
    }
}

async fn hook(State(inside): State<Arc<Mutex<Inside>>>, headers: HeaderMap, body: Bytes) -> Response {
    let mut inside = inside.lock().unwrap();
    inside.got.push((headers, body));
    let (status, body) = inside.answer.clone();
    (StatusCode::from_u16(status).unwrap(), body).into_response()
}
