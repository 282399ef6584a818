//! Access requests as signed webhooks: one JSON POST per event, to an address of the operator's.
//!
//! A small backend that is complete, to start from. `README.md` says what a receiver gets and what it answers.

use std::fmt::Write as _;
use std::sync::Arc;

use accessbot_core::backend::{
    BackendContext, BackendDef, Capabilities, Card, ChatBackend, ChatError, ChatErrorKind, ConfigError, Content,
    Conversation, ConversationKind, FieldValue, Key, KeyKind, Marker, MessageRef, Note, OnUncertain, Outgoing,
    Recipient, Resolution, Section, Span, Unreachable,
};
use accessbot_core::clock::SharedClock;
use accessbot_core::request::RequestId;
use accessbot_core::secret::SecretSource;
use accessbot_core::text::{
    command_lines, excerpt, is_mail_address, lines, moment, names, progress, push_visible, remark, web_link,
};
use accessbot_http::{BaseUrl, Transport, seconds_asked};
use async_trait::async_trait;
use ring::hmac;
use serde::Serialize;

/// Webhooks, for the list of backends of a program.
pub const BACKEND: BackendDef = BackendDef { name: "webhook", keys: KEYS, example: EXAMPLE, build };

const fn key(name: &'static str, kind: KeyKind, doc: &'static str) -> Key {
    Key { name, kind, aliases: &[], doc }
}

const KEYS: &[Key] = &[
    key("url", KeyKind::Text, "Address that every event is posted to."),
    key("secret", KeyKind::Secret, "What events are signed with, or the path of a file that holds it."),
    key(
        "on_uncertain",
        KeyKind::Text,
        "What to do about an event that may have arrived: repost or skip (default repost).",
    ),
];

const EXAMPLE: &str = r#"[webhook]
# Address that every event is posted to.
url = "https://hooks.example.com/access-requests"

# What events are signed with, or a file that holds it (the path begins with "/"): 32 random bytes, such as from
# `openssl rand -hex 32`.
secret = "/var/lib/accessbot/webhook-secret"

# Who is told about access requests, in words that the receiver knows, or mail addresses.
recipients = ["on-call"]

# What to do about an event of which nobody can tell whether it arrived: "repost" for receivers that know an event by its
# marker again, or would rather see it twice; "skip" for those that would rather miss one.
# on_uncertain = "repost"
"#;

/// Characters of each text from outside.
const ROOM: usize = 2000;
const URL_HINT: &str = "write the receiver's address, such as \"https://hooks.example.com/access-requests\"";

fn build(section: &mut Section, context: &BackendContext) -> Result<Arc<dyn ChatBackend>, Vec<ConfigError>> {
    let url = section.required_text("url", URL_HINT).and_then(|url| {
        BaseUrl::parse(&url, &[], URL_HINT).map_err(|bad| section.error("url", &bad.problem, Some(bad.hint))).ok()
    });
    let secret = section.secret("secret");
    if secret.is_none() && !section.has("secret") && !section.has("secret_file") {
        section.error("secret", "is missing", Some("write 32 random bytes, or the path of a file that holds them"));
    }
    let on_uncertain = match section.text("on_uncertain").as_deref() {
        None | Some("repost") => OnUncertain::Repost,
        Some("skip") => OnUncertain::Skip,
        Some(other) => {
            section.error("on_uncertain", &format!("is \"{other}\""), Some("write repost or skip"));
            OnUncertain::Repost
        }
    };
    let backend =
        url.zip(secret).and_then(|(url, secret)| match accessbot_http::client(context, url.is_tls()) {
            Ok(http) => Some(Arc::new(Webhook { http, url, secret, on_uncertain, clock: context.clock.clone() })
                as Arc<dyn ChatBackend>),
            Err(e) => {
                section.error(e.key("url"), &format!("cannot be used: {e}"), None);
                None
            }
        });
    section.finish(backend)
}

struct Webhook {
    http: reqwest::Client,
    url: BaseUrl,
    secret: SecretSource,
    on_uncertain: OnUncertain,
    clock: SharedClock,
}

/// What is posted. Parts that say nothing are left out.
#[derive(Default, Serialize)]
struct Event<'a> {
    what: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    conversation: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    message: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    request: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    marker: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    thread: &'a str,
    #[serde(flatten)]
    says: Option<Says>,
}

#[derive(Serialize)]
struct Says {
    state: &'static str,
    text: String,
    fields: Vec<(&'static str, String)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
}

impl Webhook {
    /// Posts an event. `Ok(None)` if it was taken; what the receiver said if that depends on the event.
    async fn tell(&self, event: &Event<'_>) -> Result<Option<u16>, ChatError> {
        let failed = |kind, problem: String| ChatError::new(kind, event.what, problem);
        let secret = self.secret.current().map_err(|e| failed(ChatErrorKind::Unauthorized, e.to_string()))?;
        let body = serde_json::to_string(event).map_err(|e| failed(ChatErrorKind::Rejected, e.to_string()))?;
        let time = self.clock.now().as_millis() / 1000;
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
        let mut signature = "v1=".to_owned();
        for byte in hmac::sign(&key, format!("{time}.{body}").as_bytes()).as_ref() {
            let _ = write!(signature, "{byte:02x}");
        }
        let request = self.http.post(self.url.endpoint(&[], &[])).header("content-type", "application/json");
        let request = request.header("accessbot-time", time).header("accessbot-signature", signature);
        let answer = match request.body(body).send().await {
            Ok(answer) => answer,
            Err(e) => {
                let Transport { problem, sent, .. } = e.into();
                let error = failed(ChatErrorKind::Transient, problem);
                return Err(if sent { error.maybe_done() } else { error });
            }
        };
        let status = answer.status().as_u16();
        let error = |kind| Err(failed(kind, format!("the receiver answered {status}")));
        match status {
            200..=299 => Ok(None),
            404 | 409 | 410 => Ok(Some(status)),
            401 | 403 => error(ChatErrorKind::Unauthorized),
            429 => {
                let asked = seconds_asked(answer.headers(), "retry-after").map(std::time::Duration::from_secs);
                error(ChatErrorKind::RateLimited(asked))
            }
            408 | 500.. => error(ChatErrorKind::Transient).map_err(ChatError::maybe_done),
            // A redirect: the operator can mend it.
            ..=399 => error(ChatErrorKind::Transient),
            _ => error(ChatErrorKind::Rejected),
        }
    }

    /// Posts an event about a message that must be there.
    async fn tell_of(&self, event: &Event<'_>) -> Result<(), ChatError> {
        match self.tell(event).await? {
            None => Ok(()),
            Some(status) => {
                let problem = format!("the receiver answered {status}");
                Err(ChatError::new(ChatErrorKind::MessageGone, event.what, problem))
            }
        }
    }
}

#[async_trait]
impl ChatBackend for Webhook {
    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        capabilities.on_uncertain = self.on_uncertain;
        capabilities
    }

    async fn probe(&self) -> Result<(), ChatError> {
        self.tell(&Event { what: "probe", ..Event::default() }).await.map(drop)
    }

    async fn resolve(&self, recipient: &Recipient) -> Result<Resolution, ChatError> {
        let (name, kind) = match recipient {
            Recipient::Configured(text) | Recipient::Person(text) if is_mail_address(text) => {
                (text, ConversationKind::Direct)
            }
            Recipient::Configured(text) => (text, ConversationKind::Channel),
            Recipient::Person(_) => return Ok(Resolution::Unreachable(Unreachable::Unknown)),
        };
        Ok(match self.tell(&Event { what: "resolve", conversation: name, ..Event::default() }).await? {
            None => Resolution::Resolved(Conversation { id: name.clone(), kind }),
            Some(_) => Resolution::Unreachable(Unreachable::NotFound),
        })
    }

    async fn post(&self, conversation: &Conversation, outgoing: &Outgoing<'_>) -> Result<MessageRef, ChatError> {
        // Our marker is the message's name: whoever posts twice posts the same message.
        let message = MessageRef { conversation: conversation.id.clone(), message: outgoing.marker.to_string() };
        self.tell_of(&event("post", &message, outgoing)).await.map(|()| message)
    }

    async fn verify(&self, message: &MessageRef, request: &RequestId, marker: &Marker) -> Result<bool, ChatError> {
        let (conversation, request, marker) = (&message.conversation, request.as_str(), marker.as_str());
        let event =
            Event { what: "verify", conversation, message: &message.message, request, marker, ..Event::default() };
        match self.tell(&event).await? {
            None => Ok(message.message == marker),
            Some(409) => Ok(false),
            Some(_) => Err(ChatError::new(ChatErrorKind::MessageGone, "verify", "the receiver does not know it")),
        }
    }

    async fn update(&self, message: &MessageRef, outgoing: &Outgoing<'_>) -> Result<(), ChatError> {
        self.tell_of(&event("update", message, outgoing)).await
    }

    async fn delete(&self, message: &MessageRef) -> Result<(), ChatError> {
        let (conversation, message) = (&message.conversation, &message.message);
        self.tell(&Event { what: "delete", conversation, message, ..Event::default() }).await.map(drop)
    }
}

fn event<'a>(what: &'static str, message: &'a MessageRef, outgoing: &'a Outgoing<'_>) -> Event<'a> {
    Event {
        what,
        conversation: &message.conversation,
        message: &message.message,
        request: outgoing.request.as_str(),
        marker: outgoing.marker.as_str(),
        thread: outgoing.root.map_or("", |root| &root.message),
        says: Some(says(outgoing.content)),
    }
}

fn says(content: &Content) -> Says {
    let (state, line, link, fields) = match content {
        Content::Card(card) => {
            let Card { state, headline, link, fields, .. } = &**card;
            (state, headline, link, fields.iter().map(|f| (f.kind.label(), value(&f.value))).collect())
        }
        Content::Note(Note { state, line, quote, link }) => {
            (state, line, link, quote.iter().map(|words| ("Reason", shown(words))).collect())
        }
    };
    let span = |span: &Span| match span {
        Span::Ours(text) | Span::Theirs(text) => shown(text),
        Span::Time(time) => moment(*time),
    };
    let commands = Some(command_lines(link.as_ref()).join("\n")).filter(|commands| !commands.is_empty());
    let link = web_link(link.as_ref()).map(str::to_owned).or(commands);
    Says { state: state.word(), text: line.iter().map(span).collect(), fields, link }
}

fn value(value: &FieldValue) -> String {
    match value {
        FieldValue::Name(text) | FieldValue::Quote(text) => shown(text),
        FieldValue::Names(all) => names(all, ROOM, shown),
        FieldValue::Time(time) => moment(*time),
        FieldValue::Progress(reviews) => progress(*reviews),
        FieldValue::Status(state, reason) if reason.is_empty() => state.word().to_owned(),
        FieldValue::Status(state, reason) => format!("{}\n{}", state.word(), shown(reason)),
    }
}

/// Text from outside, of limited length, with what nobody can see made visible: receivers may print it.
fn shown(text: &str) -> String {
    let text = lines(text);
    let short = excerpt(&text, ROOM, usize::MAX);
    let mut shown = String::new();
    for c in short.text.chars() {
        if c == '\n' { shown.push(c) } else { push_visible(&mut shown, c) }
    }
    shown + &remark(short.cut_from)
}
