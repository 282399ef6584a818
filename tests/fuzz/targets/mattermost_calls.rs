//! What Mattermost, or whoever found the address, sends when a button is pressed or a form is sent, and the trigger id by
//! which one is told from the other. The first byte says which.
#![no_main]

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use accessbot_core::backend::callback::LARGEST_BODY;
use accessbot_core::backend::decision::{
    Action, Answer, ChatUserId, Decision, DecisionSink, OpenMessage, Outcome, Press, Proof,
};
use accessbot_core::backend::{BackendContext, ChatBackend, MessageRef, Section, Value};
use accessbot_core::clock::SystemClock;
use accessbot_core::request::RequestId;
use accessbot_core::teleport::TeleportError;
use async_trait::async_trait;
use libfuzzer_sys::{Corpus, fuzz_target};
use tokio::runtime::{Builder, Runtime};

/// A trigger id that a server has made: nobody else can make one that this key has signed.
const SIGNED: &str = include_str!("../seeds/mattermost_calls/trigger");
const KEY: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEsLcJl+J/45ECJWJg38Dfy2R8Oz7QLhKYFiUZT1/6ui74zGdZeb1KSlG5ZKkytsNfRpwy99fB3CTZN2/34/P9nw==";
const WHO: &str = "5yqisap793brme869ynm1ffy5h";
const WHEN: i64 = 1_795_290_784_777;

fuzz_target!(|data: &[u8]| -> Corpus {
    let (path, body) = match data.split_first() {
        Some((b't', trigger)) => {
            let Ok(trigger) = str::from_utf8(trigger) else { return Corpus::Reject };
            let believed = accessbot_mattermost::fuzzing::vouches(KEY, trigger, WHO, WHEN);
            assert_eq!(believed, SIGNED.strip_prefix('t') == Some(trigger), "what nobody has signed is believed");
            return Corpus::Keep;
        }
        Some((b'a', body)) => ("/action", body),
        Some((b'd', body)) => ("/dialog", body),
        _ => return Corpus::Reject,
    };
    if body.len() > LARGEST_BODY {
        return Corpus::Reject;
    }
    let request = http::Request::post(path)
        .header("content-type", "application/json")
        .body(body.to_vec().into())
        .expect("a request of constants and bytes");
    thread_local!(static BOT: RefCell<Bot> = RefCell::new(Bot::new()));
    BOT.with_borrow_mut(|bot| {
        let response = bot.runtime.block_on(bot.backend.callback(request));
        let decisions = std::mem::take(&mut *bot.sink.decisions.lock().expect("nobody has panicked"));
        match response.status().as_u16() {
            200 => assert!(serde_json::from_slice::<serde_json::Value>(response.body()).is_ok(), "an answer is JSON"),
            400 | 413 => {
                assert!(decisions.is_empty() && response.body().is_empty(), "what cannot be read did something")
            }
            other => panic!("status {other}"),
        }
        assert!(decisions.len() <= 1, "one call, several decisions");
        for decision in decisions {
            for id in [&decision.who.0, &decision.message.conversation, &decision.message.message] {
                assert!(id.len() == 26 && id.bytes().all(|b| b.is_ascii_alphanumeric()), "{id:?} goes into a path");
            }
            assert!(decision.reason.is_none_or(|reason| !reason.is_empty() && reason.len() <= 4000));
        }
    });
    Corpus::Keep
});

/// The backend, with a server behind it that publishes no key, so that every press is heard. The sink's answers lead to no
/// other call of it.
struct Bot {
    runtime: Runtime,
    backend: Arc<dyn ChatBackend>,
    sink: Arc<Sink>,
}

impl Bot {
    fn new() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let sink = Arc::new(Sink::default());
        let mut context = BackendContext::new(Arc::new(SystemClock));
        context.decisions = Arc::clone(&sink) as Arc<dyn DecisionSink>;
        context.review = true;
        context.public_url = Some("https://accessbot.example.com".to_owned());
        let text = |text: &str| Value::Text(text.to_owned());
        let values = [("url", text(&server())), ("token", text("zzz")), ("review.input", text("buttons"))];
        let values: BTreeMap<_, _> = values.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        let mut section = Section::new("mattermost", "fuzz", values);
        let backend = (accessbot_mattermost::BACKEND.build)(&mut section, &context).expect("a good section");
        Self { runtime, backend, sink }
    }
}

/// A server that knows nothing but its version, and where it is.
fn server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for mut caller in listener.incoming().flatten() {
            let _ = caller.read(&mut [0; 4096]);
            let body = r#"{"Version":"5.36.2"}"#;
            let length = body.len();
            let _ = write!(caller, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}");
        }
    });
    url
}

#[derive(Default)]
struct Sink {
    decisions: Mutex<Vec<Decision>>,
}

#[async_trait]
impl DecisionSink for Sink {
    async fn decide(&self, decision: Decision) -> Answer {
        // A form that is done with is answered by a call of the server, so none ever is.
        let of_form = decision.request.as_str() == "of-form";
        self.decisions.lock().expect("nobody has panicked").push(decision);
        Answer::new(if of_form { Outcome::ReasonWanted } else { Outcome::Recorded }, "@all <b> [x](y) `z`")
    }

    fn ask(&self, press: &Press) -> Result<String, Answer> {
        Err(Answer::new(Outcome::NotAllowed, press.request.as_str()))
    }

    fn reopen(&self, state: &str, who: &ChatUserId) -> Result<Press, Answer> {
        assert!(state.len() <= 1000);
        let id = || "abcdefghijklmnopqrstuvwxy1".to_owned();
        Ok(Press {
            request: RequestId::new("of-form"),
            action: Action::Deny,
            message: MessageRef { conversation: id(), message: id() },
            who: who.clone(),
            proof: Proof::new("p"),
        })
    }

    async fn open_messages(&self) -> Result<Vec<OpenMessage>, TeleportError> {
        Ok(Vec::new())
    }
}
