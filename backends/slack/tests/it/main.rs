//! The backend against a workspace with state, over real sockets.

#![expect(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

mod building;
mod checking;
mod conformance;
mod conformance_people;
mod decisions;
mod finding;
mod posting;
mod resolving;
mod trouble;

use std::collections::BTreeMap;
use std::sync::Arc;

use accessbot_core::backend::{
    BackendContext, Card, CardState, ChatBackend, Content, Conversation, ConversationKind, Marker, MessageRef, Note,
    Outgoing, Recipient, Resolution, Section, Span, Unreachable, Value,
};
use accessbot_core::clock::SystemClock;
use accessbot_core::request::RequestId;
use accessbot_sandbox::slack::{SlackOptions, SlackSandbox};
use accessbot_slack::BACKEND;

pub(crate) const REQUEST: &str = "f7a02cf7-2c95-4bb1-be9c-2e3183218a87";

/// A workspace, and the backend that works there.
pub(crate) struct World {
    pub(crate) slack: SlackSandbox,
    pub(crate) backend: Arc<dyn ChatBackend>,
    pub(crate) request: RequestId,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with("", "").await
    }

    /// A workspace where the section of the configuration has this key beside the usual ones.
    pub(crate) async fn with(key: &str, value: &str) -> Self {
        let slack = SlackSandbox::start(SlackOptions::default()).await.unwrap();
        let backend = backend(&slack, key, value);
        Self { slack, backend, request: RequestId::new(REQUEST) }
    }

    /// Another process with the same token.
    pub(crate) fn restarted(&self) -> Arc<dyn ChatBackend> {
        backend(&self.slack, "", "")
    }

    pub(crate) fn channel(&self, place: &str) -> Conversation {
        let kind = if place.starts_with('@') { ConversationKind::Direct } else { ConversationKind::Channel };
        Conversation { id: self.slack.channel_id(place).unwrap(), kind }
    }

    /// Posts a card into `access`.
    pub(crate) async fn post_card(&self, marker: &Marker, state: CardState) -> MessageRef {
        let content = card(state);
        let message = Outgoing { request: &self.request, marker, content: &content, root: None };
        self.backend.post(&self.channel("access"), &message).await.unwrap()
    }

    pub(crate) async fn resolve(&self, text: &str) -> Result<Conversation, Unreachable> {
        resolved(self.backend.resolve(&configured(text)).await.unwrap())
    }
}

pub(crate) fn configured(text: &str) -> Recipient {
    Recipient::Configured(text.to_owned())
}

pub(crate) fn resolved(resolution: Resolution) -> Result<Conversation, Unreachable> {
    match resolution {
        Resolution::Resolved(conversation) => Ok(conversation),
        Resolution::Unreachable(why) => Err(why),
    }
}

fn backend(slack: &SlackSandbox, key: &str, value: &str) -> Arc<dyn ChatBackend> {
    (BACKEND.build)(&mut section(slack, key, value), &BackendContext::new(Arc::new(SystemClock))).unwrap()
}

/// The section of the configuration for this workspace, with one key beside the usual ones.
fn section(slack: &SlackSandbox, key: &str, value: &str) -> Section {
    let text = |text: &str| Value::Text(text.to_owned());
    let mut values =
        BTreeMap::from([("token".to_owned(), text(slack.token())), ("api_url".to_owned(), text(&slack.url()))]);
    if !key.is_empty() {
        values.insert(key.to_owned(), text(value));
    }
    Section::new("slack", "bot.toml", values)
}

pub(crate) fn marker(text: &str) -> Marker {
    Marker::try_from(text.to_owned()).unwrap()
}

pub(crate) fn card(state: CardState) -> Content {
    Content::Card(Box::new(Card {
        request: RequestId::new(REQUEST),
        audience: accessbot_core::backend::Audience::Reviewers,
        state,
        headline: vec![Span::Theirs("bob".to_owned()), Span::Ours(" asks for access".to_owned())],
        fields: Vec::new(),
        link: None,
        choices: None,
    }))
}

pub(crate) fn note(text: &str) -> Content {
    Content::Note(Note { state: CardState::Approved, line: vec![Span::Ours(text.to_owned())], quote: None, link: None })
}
