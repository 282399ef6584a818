//! The webhook backend against a receiver that keeps what it is told.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use accessbot_core::backend::decision::DecisionSink;
use accessbot_core::backend::{BackendContext, ChatBackend, Conversation, MessageRef, Section, Value};
use accessbot_core::clock::SystemClock;
use accessbot_custom_backend::BACKEND;
use accessbot_testkit::conformance::{self, Fixture, Names, Standing, Trouble};
use async_trait::async_trait;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use ring::hmac;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

const SECRET: &str = "correct horse battery staple";

#[derive(Default)]
struct State {
    /// What stands, with the request that it is about.
    messages: Vec<(String, Standing)>,
    trouble: Option<Trouble>,
}

type Shared = Arc<Mutex<State>>;

struct Receiver {
    state: Shared,
    addr: SocketAddr,
    serving: Mutex<JoinHandle<()>>,
}

fn serve(state: &Shared, listener: TcpListener) -> JoinHandle<()> {
    let state = Arc::clone(state);
    let receive =
        axum::routing::post(async move |headers: HeaderMap, body: String| receive(&state, &headers, &body).await);
    let router = axum::Router::new().route("/hook", receive);
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() })
}

/// Takes an event as a receiver should: with its signature checked first.
async fn receive(state: &Shared, headers: &HeaderMap, body: &str) -> Response {
    while state.lock().unwrap().trouble == Some(Trouble::Frozen) {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let signature = headers["accessbot-signature"].to_str().unwrap().strip_prefix("v1=").unwrap();
    let signature: Vec<u8> =
        (0..signature.len()).step_by(2).map(|at| u8::from_str_radix(&signature[at..at + 2], 16).unwrap()).collect();
    let signed = format!("{}.{body}", headers["accessbot-time"].to_str().unwrap());
    let trouble = state.lock().unwrap().trouble;
    let secret = if trouble == Some(Trouble::TokenRefused) { "another" } else { SECRET };
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let status = match trouble {
        _ if hmac::verify(&key, signed.as_bytes(), &signature).is_err() => StatusCode::UNAUTHORIZED,
        Some(Trouble::RateLimited(_)) => StatusCode::TOO_MANY_REQUESTS,
        _ => take(&mut state.lock().unwrap().messages, &serde_json::from_str(body).unwrap()),
    };
    if trouble == Some(Trouble::LostAnswer) {
        std::panic::resume_unwind(Box::new("closing the connection"));
    }
    // Connections are not kept, so that a receiver that is away refuses them all.
    (status, [("connection", "close"), ("retry-after", "120")]).into_response()
}

fn take(messages: &mut Vec<(String, Standing)>, event: &serde_json::Value) -> StatusCode {
    let part = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
    let named = |message: String| MessageRef { conversation: part("conversation"), message };
    let reference = named(part("message"));
    let root = event["thread"].as_str().map(|thread| named(thread.to_owned()));
    let message = || (part("request"), Standing { reference: reference.clone(), root, text: event.to_string() });
    let standing = messages.iter().position(|(_, message)| message.reference == reference);
    match (part("what").as_str(), standing) {
        ("post", None) => messages.push(message()),
        ("update", Some(at)) => messages[at] = message(),
        ("delete", Some(at)) => drop(messages.remove(at)),
        ("verify", Some(at)) if messages[at].0 != part("request") || part("marker") != part("message") => {
            return StatusCode::CONFLICT;
        }
        ("resolve", _) if ["on-call", "alice@example.com"].contains(&&*part("conversation")) => {}
        ("probe" | "verify" | "post", _) if part("what") != "verify" || standing.is_some() => {}
        _ => return StatusCode::GONE,
    }
    StatusCode::OK
}

#[async_trait]
impl Fixture for Receiver {
    fn backend(&self, decisions: Arc<dyn DecisionSink>) -> Arc<dyn ChatBackend> {
        let texts = [("url", format!("http://{}/hook", self.addr)), ("secret", SECRET.to_owned())];
        let values = texts.map(|(key, text)| (key.to_owned(), Value::Text(text))).into();
        let mut context = BackendContext::new(Arc::new(SystemClock));
        context.decisions = decisions;
        (BACKEND.build)(&mut Section::new("webhook", "accessbot.toml", values), &context).unwrap()
    }

    fn names(&self) -> Names {
        let [channel, person, nobody, stranger] =
            ["on-call", "alice@example.com", "off-call", "mallory@example.com"].map(str::to_owned);
        // A receiver gets plain text: nothing in it is markup.
        Names { channel, person, nobody, stranger, lures: Vec::new() }
    }

    async fn standing(&self, at: &Conversation) -> Vec<Standing> {
        let messages = self.state.lock().unwrap().messages.clone();
        messages.into_iter().map(|(_, message)| message).filter(|m| m.reference.conversation == at.id).collect()
    }

    async fn notified(&self) -> Vec<String> {
        Vec::new()
    }

    async fn copied_by_somebody(&self, _: &MessageRef) -> Option<MessageRef> {
        None
    }

    async fn deleted_by_hand(&self, message: &MessageRef) {
        self.state.lock().unwrap().messages.retain(|(_, standing)| standing.reference != *message);
    }

    async fn trouble(&self, trouble: Trouble) {
        self.state.lock().unwrap().trouble = Some(trouble);
        if trouble == Trouble::Unavailable {
            self.serving.lock().unwrap().abort();
            tokio::task::yield_now().await;
        }
    }

    async fn heal(&self) {
        if self.state.lock().unwrap().trouble.take() == Some(Trouble::Unavailable) {
            *self.serving.lock().unwrap() = serve(&self.state, TcpListener::bind(self.addr).await.unwrap());
        }
    }
}

#[tokio::test]
async fn webhooks_keep_the_rules_of_backends() {
    conformance::run(|| async {
        let (state, listener) = (Shared::default(), TcpListener::bind("127.0.0.1:0").await.unwrap());
        let addr = listener.local_addr().unwrap();
        let serving = Mutex::new(serve(&state, listener));
        Box::new(Receiver { state, addr, serving }) as Box<dyn Fixture>
    })
    .await;
}
