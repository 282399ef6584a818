//! Access requests as signed webhooks: one JSON POST per event, to an address of the operator's.
//!
//! A small backend that is complete, to start from. `README.md` says what a receiver gets and what it answers, and how
//! people decide.

mod decisions;

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use accessbot_core::backend::callback::{CallbackRequest, CallbackResponse};
use accessbot_core::backend::decision::{ChatUser, ChatUserId, DecisionSink};
use accessbot_core::backend::{
    BackendContext, BackendDef, Capabilities, ChatBackend, ChatError, ChatErrorKind, ConfigError, Content,
    Conversation, ConversationKind, Field, FieldValue, Key, KeyKind, Marker, MessageRef, ON_UNCERTAIN_KEY, OnUncertain,
    Outgoing, Recipient, Resolution, Section, Span, Unreachable,
};
use accessbot_core::clock::SharedClock;
use accessbot_core::request::RequestId;
use accessbot_core::secret::{Secret, SecretSource};
use accessbot_core::text::{
    command_lines, excerpt, is_mail_address, lines, moment, names, progress, remark, visible_lines, web_link,
};
use accessbot_http::{BaseUrl, Transport, seconds_asked};
use async_trait::async_trait;
use ring::hmac;
use serde_json::{Value as Json, json};

/// Webhooks, for the list of backends of a program.
pub const BACKEND: BackendDef =
    BackendDef { name: "webhook", keys: KEYS, example: include_str!("../webhook.toml"), build };

const KEYS: &[Key] = &[
    Key { name: "url", kind: KeyKind::Text, aliases: &[], doc: "Address that every event is posted to." },
    Key { name: "secret", kind: KeyKind::Secret, aliases: &[], doc: "What events are signed with, or a file with it." },
    ON_UNCERTAIN_KEY,
];

/// Characters of each text from outside.
const ROOM: usize = 2000;
const URL_HINT: &str = "write the receiver's address, such as \"https://hooks.example.com/access-requests\"";

fn build(section: &mut Section, context: &BackendContext) -> Result<Arc<dyn ChatBackend>, Vec<ConfigError>> {
    let url = section.required_text("url", URL_HINT).and_then(|url| {
        BaseUrl::parse(&url, &[], URL_HINT).map_err(|bad| section.error("url", &bad.problem, Some(bad.hint))).ok()
    });
    let secret = section.required_secret("secret", "write 32 random bytes, or the path of a file that holds them");
    let on_uncertain = OnUncertain::of_section(section);
    let backend = url.zip(secret).and_then(|(url, secret)| match accessbot_http::client(context, url.is_tls()) {
        Ok(http) => {
            let (clock, sink) = (context.clock.clone(), context.review.then(|| Arc::clone(&context.decisions)));
            Some(Arc::new(Webhook { http, url, secret, on_uncertain, clock, sink }) as Arc<_>)
        }
        Err(e) => {
            section.error(e.key("url"), &format!("cannot be used: {e}"), None);
            None
        }
    });
    section.finish(backend)
}

/// The signature of an event, or of a call of the receiver's, in hexadecimal: what stands behind `v1=` in the header
/// `accessbot-signature` for this `body` and the `time` of the header `accessbot-time`, in seconds since 1970.
pub fn signature(secret: &Secret, time: i64, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
    hmac::sign(&key, format!("{time}.{body}").as_bytes()).as_ref().iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

struct Webhook {
    http: reqwest::Client,
    url: BaseUrl,
    secret: SecretSource,
    on_uncertain: OnUncertain,
    clock: SharedClock,
    /// Where decisions go, if people can decide.
    sink: Option<Arc<dyn DecisionSink>>,
}

impl Webhook {
    /// Posts an event, once, and tells whether the receiver has what it is about.
    async fn tell(&self, what: &'static str, event: Json) -> Result<bool, ChatError> {
        self.ask(what, event).await.map(|answer| answer.is_some())
    }

    /// The same, with what the receiver says about it.
    async fn ask(&self, what: &'static str, mut event: Json) -> Result<Option<reqwest::Response>, ChatError> {
        let failed = |kind, problem: String| ChatError::new(kind, what, problem);
        let secret = self.secret.current().map_err(|e| failed(ChatErrorKind::Unauthorized, e.to_string()))?;
        event["what"] = what.into();
        let (body, time) = (event.to_string(), self.clock.now().as_millis() / 1000);
        let signature = format!("v1={}", signature(&secret, time, &body));
        let request = self.http.post(self.url.endpoint(&[], &[])).header("content-type", "application/json");
        let request = request.header("accessbot-time", time).header("accessbot-signature", signature).body(body);
        let answer = request.send().await.map_err(|e| {
            let Transport { problem, sent, .. } = e.into();
            ChatError { maybe_done: sent, ..failed(ChatErrorKind::Transient, problem) }
        })?;
        let asked = seconds_asked(answer.headers(), "retry-after").map(|seconds| Duration::from_secs(seconds.min(300)));
        let status = answer.status().as_u16();
        let kind = match status {
            200..=299 | 410 => return Ok((status != 410).then_some(answer)),
            401 | 403 => ChatErrorKind::Unauthorized,
            429 => ChatErrorKind::RateLimited(asked),
            // A redirect, or a server without this page: an operator will mend it.
            ..=399 | 404 | 408 | 500.. => ChatErrorKind::Transient,
            _ => ChatErrorKind::Rejected,
        };
        let maybe_done = status == 408 || status >= 500;
        Err(ChatError { maybe_done, ..failed(kind, format!("the receiver answered {status}")) })
    }

    /// The same about a message that must be there.
    async fn tell_of(&self, what: &'static str, event: Json) -> Result<(), ChatError> {
        let gone = || ChatError::new(ChatErrorKind::MessageGone, what, "the receiver does not have it");
        self.tell(what, event).await?.then_some(()).ok_or_else(gone)
    }
}

#[async_trait]
impl ChatBackend for Webhook {
    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        capabilities.on_uncertain = self.on_uncertain;
        capabilities.decisions = self.sink.is_some();
        capabilities
    }

    async fn probe(&self) -> Result<(), ChatError> {
        self.tell("probe", json!({})).await.map(drop)
    }

    async fn resolve(&self, recipient: &Recipient) -> Result<Resolution, ChatError> {
        let (id, kind) = match recipient {
            Recipient::Configured(id) | Recipient::Person(id) if is_mail_address(id) => (id, ConversationKind::Direct),
            Recipient::Configured(id) => (id, ConversationKind::Channel),
            Recipient::Person(_) => return Ok(Resolution::Unreachable(Unreachable::Unknown)),
        };
        let found = Resolution::Resolved(Conversation { id: id.clone(), kind });
        let known = self.tell("resolve", json!({ "conversation": id })).await?;
        Ok(if known { found } else { Resolution::Unreachable(Unreachable::NotFound) })
    }

    async fn post(&self, conversation: &Conversation, outgoing: &Outgoing<'_>) -> Result<MessageRef, ChatError> {
        // Our marker is the message's name: whoever posts twice posts the same message.
        let message = MessageRef { conversation: conversation.id.clone(), message: outgoing.marker.to_string() };
        self.tell_of("post", event(&message, outgoing)).await.map(|()| message)
    }

    async fn verify(&self, message: &MessageRef, request: &RequestId, marker: &Marker) -> Result<bool, ChatError> {
        let MessageRef { conversation, message } = message;
        if message != marker.as_str() {
            return Ok(false);
        }
        let event = json!({ "conversation": conversation, "message": message, "request": request });
        self.tell_of("verify", event).await.map(|()| true)
    }

    async fn update(&self, message: &MessageRef, outgoing: &Outgoing<'_>) -> Result<(), ChatError> {
        self.tell_of("update", event(message, outgoing)).await
    }

    async fn delete(&self, message: &MessageRef) -> Result<(), ChatError> {
        let MessageRef { conversation, message } = message;
        self.tell("delete", json!({ "conversation": conversation, "message": message })).await.map(drop)
    }

    async fn identify(&self, who: &ChatUserId) -> Result<Option<ChatUser>, ChatError> {
        match self.ask("identify", json!({ "user": who.0 })).await? {
            Some(answer) => decisions::account(who, answer).await,
            None => Ok(None),
        }
    }

    fn callback_paths(&self) -> &'static [&'static str] {
        if self.sink.is_some() { &["/decide"] } else { &[] }
    }

    async fn callback(&self, request: CallbackRequest) -> CallbackResponse {
        self.called(&request).await.unwrap_or_else(accessbot_core::backend::callback::empty)
    }
}

fn event(message: &MessageRef, outgoing: &Outgoing<'_>) -> Json {
    let reason = |words: &String| json!({ "name": "Reason", "value": shown(words) });
    let (state, headline, link, fields): (_, _, _, Vec<Json>) = match outgoing.content {
        Content::Card(card) => (card.state, &card.headline, &card.link, card.fields.iter().map(field).collect()),
        Content::Note(note) => (note.state, &note.line, &note.link, note.quote.iter().map(reason).collect()),
    };
    let span = |span: &Span| match span {
        Span::Ours(text) | Span::Theirs(text) => shown(text),
        Span::Time(time) => moment(*time),
    };
    json!({
        "conversation": message.conversation, "message": message.message,
        "thread": outgoing.root.map(|root| &root.message),
        "request": outgoing.request,
        "state": state.word(), "text": headline.iter().map(span).collect::<String>(), "fields": fields,
        "link": web_link(link.as_ref()), "commands": command_lines(link.as_ref()),
        "buttons": decisions::buttons(outgoing.content),
    })
}

fn field(field: &Field) -> Json {
    let value = match &field.value {
        FieldValue::Name(text) | FieldValue::Quote(text) => shown(text),
        FieldValue::Names(all) => names(all, ROOM, shown),
        FieldValue::Time(time) => moment(*time),
        FieldValue::Progress(reviews) => progress(*reviews),
        FieldValue::Status(state, reason) => format!("{}\n{}", state.word(), shown(reason)).trim_end().to_owned(),
    };
    json!({ "name": field.kind.label(), "value": value })
}

/// Text from outside, of limited length, and nothing in it that turns around what stands beside it.
fn shown(text: &str) -> String {
    let text = lines(text);
    let short = excerpt(&text, ROOM, usize::MAX);
    visible_lines(short.text) + &remark(short.cut_from)
}
