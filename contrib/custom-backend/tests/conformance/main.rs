//! The webhook backend against a receiver that keeps what it is told.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod people;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use accessbot_core::backend::decision::DecisionSink;
use accessbot_core::backend::{BackendContext, ChatBackend, Conversation, MessageRef, Section, Value};
use accessbot_core::clock::SystemClock;
use accessbot_core::secret::Secret;
use accessbot_custom_backend::{BACKEND, signature};
use accessbot_testkit::conformance::{self, Deciding, Fixture, Names, Standing, Trouble};
use async_trait::async_trait;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

const SECRET: &str = "correct horse battery staple";

#[derive(Default)]
struct State {
    messages: Vec<Standing>,
    trouble: Option<Trouble>,
    /// Who was told what, and who has which form.
    told: Vec<(String, String)>,
    forms: Vec<(String, String)>,
}

struct Receiver {
    /// Whom it calls.
    bot: OnceLock<Arc<dyn ChatBackend>>,
    state: Arc<Mutex<State>>,
    addr: SocketAddr,
    serving: Mutex<JoinHandle<()>>,
}

fn serve(state: &Arc<Mutex<State>>, listener: TcpListener) -> JoinHandle<()> {
    let state = Arc::clone(state);
    let receive = axum::routing::post(async move |headers, body: String| receive(&state, &headers, &body).await);
    let router = axum::Router::new().route("/hook", receive);
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() })
}

/// Takes an event as a receiver should: only if its signature is right.
async fn receive(state: &Mutex<State>, headers: &HeaderMap, body: &str) -> Response {
    while state.lock().unwrap().trouble == Some(Trouble::Frozen) {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let header = |name| headers[name].to_str().unwrap();
    let trouble = state.lock().unwrap().trouble;
    let secret = Secret::new(if trouble == Some(Trouble::TokenRefused) { "another" } else { SECRET });
    let signed = format!("v1={}", signature(&secret, header("accessbot-time").parse().unwrap(), body));
    let status = match trouble {
        _ if signed != header("accessbot-signature") => StatusCode::UNAUTHORIZED,
        Some(Trouble::RateLimited(_)) => StatusCode::TOO_MANY_REQUESTS,
        _ => take(&mut state.lock().unwrap().messages, &serde_json::from_str(body).unwrap()),
    };
    let account = people::account(&serde_json::from_str(body).unwrap());
    let status = if account.is_some() && status == StatusCode::GONE { StatusCode::OK } else { status };
    if trouble == Some(Trouble::LostAnswer) {
        std::panic::resume_unwind(Box::new("closing the connection"));
    }
    // Connections are not kept, so that a receiver that is away refuses them all.
    (status, [("connection", "close"), ("retry-after", "120")], account.unwrap_or_default()).into_response()
}

fn take(messages: &mut Vec<Standing>, event: &serde_json::Value) -> StatusCode {
    let part = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
    let named = |message: String| MessageRef { conversation: part("conversation"), message };
    let (reference, root) = (named(part("message")), event["thread"].as_str().map(|root| named(root.to_owned())));
    let at = messages.iter().position(|message| message.reference == reference);
    let message = Standing { reference, root, text: event.to_string() };
    match (part("what").as_str(), at) {
        ("post", None) => messages.push(message),
        ("update", Some(at)) => messages[at] = message,
        ("delete", Some(at)) => drop(messages.remove(at)),
        ("verify", Some(at)) if messages[at].text.contains(&part("request")) => {}
        ("resolve", _) if ["on-call", "alice@example.com"].contains(&&*part("conversation")) => {}
        ("probe", _) | ("post", Some(_)) => {}
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
        (context.decisions, context.review) = (decisions, true);
        let build = || (BACKEND.build)(&mut Section::new("webhook", "accessbot.toml", values), &context).unwrap();
        Arc::clone(self.bot.get_or_init(build))
    }

    fn names(&self) -> Names {
        let names = ["on-call", "alice@example.com", "off-call", "mallory@example.com"];
        let [channel, person, nobody, stranger] = names.map(str::to_owned);
        // A receiver gets plain text: nothing in it is markup.
        Names { channel, person, nobody, stranger, lures: Vec::new() }
    }

    async fn standing(&self, at: &Conversation) -> Vec<Standing> {
        let messages = self.state.lock().unwrap().messages.clone();
        messages.into_iter().filter(|m| m.reference.conversation == at.id).collect()
    }

    async fn deleted_by_hand(&self, message: &MessageRef) {
        self.state.lock().unwrap().messages.retain(|standing| standing.reference != *message);
    }

    async fn trouble(&self, trouble: Trouble) {
        self.state.lock().unwrap().trouble = Some(trouble);
        if trouble == Trouble::Unavailable {
            self.serving.lock().unwrap().abort();
            tokio::task::yield_now().await;
        }
    }

    async fn heal(&self) {
        let trouble = self.state.lock().unwrap().trouble.take();
        if trouble == Some(Trouble::Unavailable) {
            *self.serving.lock().unwrap() = serve(&self.state, TcpListener::bind(self.addr).await.unwrap());
        }
    }

    fn deciding(&self) -> Option<&dyn Deciding> {
        Some(self)
    }
}

#[tokio::test]
async fn webhooks_keep_the_rules_of_backends() {
    let report = conformance::run(|| async {
        let (state, listener) = (Arc::default(), TcpListener::bind("127.0.0.1:0").await.unwrap());
        let (addr, serving) = (listener.local_addr().unwrap(), Mutex::new(serve(&state, listener)));
        Box::new(Receiver { bot: OnceLock::new(), state, addr, serving }) as Box<dyn Fixture>
    })
    .await;
    // A receiver is not searched, takes nothing for markup, and has no channels that stand for groups.
    assert_eq!(report.not_applicable_names(), ["find-announcements", "find-own", "hostile-silent", "membership"]);
}

/// As `openssl dgst -sha256 -hmac` has it.
#[test]
fn events_are_signed_as_others_sign() {
    let expected = "adcf37d3cd64b8289865f85d0d398258d41a686b7edbde4631a0ddef42f56e8c";
    assert_eq!(signature(&Secret::new(SECRET), 1_790_000_000, r#"{"what":"probe"}"#), expected);
}
