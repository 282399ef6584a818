//! The backend from outside, as the engine sees it: against a small server that answers as Mattermost does, and against a
//! real one if there is one.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod building;
mod catching_up;
mod certificates;
mod clicking;
mod conformance;
mod conformance_people;
mod explaining;
mod fake;
mod finding;
mod hearing;
mod http;
mod listening;
mod people;
mod posting;
mod real_decisions;
mod real_server;
mod resolving;
mod strange_sockets;
mod trouble;
mod vouching;
mod world;

use std::collections::BTreeMap;
use std::sync::Arc;

use accessbot_core::backend::{
    Audience, BackendContext, Card, CardState, ChatBackend, Content, Conversation, ConversationKind, Field, FieldKind,
    FieldValue, Marker, Note, Section, Span, Value,
};
use accessbot_core::clock::SystemClock;
use accessbot_core::request::RequestId;
use accessbot_mattermost::BACKEND;

/// A section `[mattermost]` with these texts in it.
fn section(entries: &[(&str, &str)]) -> Section {
    let value = |text: &str| match text {
        "true" => Value::Switch(true),
        text => Value::Text(text.to_owned()),
    };
    let values: BTreeMap<_, _> = entries.iter().map(|(key, text)| ((*key).to_owned(), value(text))).collect();
    Section::new("mattermost", "accessbot.toml", values)
}

fn context() -> BackendContext {
    BackendContext::new(Arc::new(SystemClock))
}

fn backend(url: &str, token: &str) -> Arc<dyn ChatBackend> {
    (BACKEND.build)(&mut section(&[("url", url), ("token", token)]), &context()).unwrap()
}

fn request() -> RequestId {
    RequestId::new("f7a02cf7-2c95-4bb1-be9c-2e3183218a87")
}

fn channel(id: &str) -> Conversation {
    Conversation { id: id.to_owned(), kind: ConversationKind::Channel }
}

fn marker(text: &str) -> Marker {
    Marker::try_from(text.to_owned()).unwrap()
}

/// A card with this reason.
fn card(request: &RequestId, state: CardState, reason: &str) -> Content {
    let field = |kind, value| Field { kind, value };
    Content::Card(Box::new(Card {
        request: request.clone(),
        audience: Audience::Reviewers,
        state,
        headline: vec![
            Span::Theirs("bob".to_owned()),
            Span::Ours(" asks for ".to_owned()),
            Span::Theirs("dev".to_owned()),
        ],
        fields: vec![
            field(FieldKind::User, FieldValue::Name("bob".to_owned())),
            field(FieldKind::Roles, FieldValue::Names(vec!["dev".to_owned()])),
            field(FieldKind::Reason, FieldValue::Quote(reason.to_owned())),
            field(FieldKind::Status, FieldValue::Status(state, String::new())),
        ],
        link: None,
        choices: None,
    }))
}

/// A note with these words of somebody else.
fn note(quote: &str) -> Content {
    Content::Note(Note {
        state: CardState::Approved,
        line: vec![Span::Theirs("alice".to_owned()), Span::Ours(" approved the request".to_owned())],
        quote: Some(quote.to_owned()),
        link: None,
    })
}
