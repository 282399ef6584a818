//! What Mattermost, or whoever found the address, sends when a button is pressed or a form is sent. The first byte says
//! where to.
#![no_main]

use std::cell::RefCell;
use std::collections::BTreeMap;
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

fuzz_target!(|data: &[u8]| -> Corpus {
    let (path, body) = match data.split_first() {
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

/// The backend, with nothing behind it: the sink's answers lead to no call of the server.
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
        let values = [("url", text("http://127.0.0.1:9")), ("token", text("zzz")), ("review.input", text("buttons"))];
        let values: BTreeMap<_, _> = values.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        let mut section = Section::new("mattermost", "fuzz", values);
        let backend = (accessbot_mattermost::BACKEND.build)(&mut section, &context).expect("a good section");
        Self { runtime, backend, sink }
    }
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
