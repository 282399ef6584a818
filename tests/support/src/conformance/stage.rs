//! What a rule is tried on: one fixture, one backend, and the ways to look at both.

use std::sync::Arc;

use accessbot_core::backend::{
    ChatBackend, ChatError, ChatErrorKind, Conversation, ConversationKind, MessageRef, Recipient, Resolution, Sought,
};
use accessbot_core::clock::Timestamp;

use super::deciding::Deciding;
use super::fixture::{Fixture, Names, Standing};
use super::rule::Verdict;
use super::sample::Message;
use super::sink::Kept;

/// A fixture with its backend built, and a sink that keeps what it is handed.
pub struct Stage {
    pub(super) fixture: Box<dyn Fixture>,
    pub(super) backend: Arc<dyn ChatBackend>,
    pub(super) names: Names,
    pub(super) sink: Arc<Kept>,
}

impl Stage {
    pub(super) fn new(fixture: Box<dyn Fixture>) -> Self {
        let sink = Arc::new(Kept::default());
        let backend = fixture.backend(sink.clone());
        Self { names: fixture.names(), fixture, backend, sink }
    }

    /// How many decisions the backend has handed over.
    pub(super) fn decisions(&self) -> usize {
        self.sink.decisions().len()
    }

    /// The people of the fake server. The rule does not apply to a backend that takes no decisions.
    pub(super) fn deciding(&self) -> Result<&dyn Deciding, Verdict> {
        let why = |why: &str| Verdict::NotApplicable(why.to_owned());
        if !self.backend.capabilities().decisions {
            return Err(why("it takes no decisions"));
        }
        self.fixture.deciding().ok_or_else(|| why("nobody can decide on the fake server"))
    }

    /// The channel.
    pub(super) async fn channel(&self) -> Result<Conversation, Verdict> {
        let recipient = Recipient::Configured(self.names.channel.clone());
        self.resolved(&recipient, ConversationKind::Channel).await
    }

    /// The direct conversation with the person.
    pub(super) async fn direct(&self) -> Result<Conversation, Verdict> {
        let recipient = Recipient::Person(self.names.person.clone());
        self.resolved(&recipient, ConversationKind::Direct).await
    }

    async fn resolved(&self, recipient: &Recipient, kind: ConversationKind) -> Result<Conversation, Verdict> {
        match self.backend.resolve(recipient).await.map_err(failed)? {
            Resolution::Resolved(conversation) if conversation.kind == kind => Ok(conversation),
            other => Err(Verdict::Broken(format!("{recipient:?} is {other:?}, not a conversation of kind {kind:?}"))),
        }
    }

    /// Posts it, once.
    pub(super) async fn post(&self, to: &Conversation, message: &Message) -> Result<MessageRef, Verdict> {
        self.backend.post(to, &message.outgoing()).await.map_err(failed)
    }

    /// Finds it by its marker, in the thread it belongs to. The rule does not apply where nothing can be found.
    pub(super) async fn find(&self, at: &Conversation, message: &Message) -> Result<Vec<MessageRef>, Verdict> {
        self.seek(&message.sought(at)).await
    }

    /// The same for anything sought.
    pub(super) async fn seek(&self, sought: &Sought<'_>) -> Result<Vec<MessageRef>, Verdict> {
        self.backend.find(sought).await.map_err(|error| match error.kind {
            ChatErrorKind::Unsearchable => Verdict::NotApplicable("its messages cannot be searched".to_owned()),
            _ => failed(error),
        })
    }

    /// The messages that stand there.
    pub(super) async fn standing(&self, at: &Conversation) -> Vec<Standing> {
        self.fixture.standing(at).await
    }

    /// The message that stands under this reference.
    pub(super) async fn shown(&self, at: &Conversation, message: &MessageRef) -> Result<Standing, Verdict> {
        let mut standing = self.standing(at).await.into_iter();
        let missing = || Verdict::Broken(format!("no message stands at {message}"));
        standing.find(|standing| standing.reference == *message).ok_or_else(missing)
    }
}

impl Message {
    /// What the engine looks for to find it again.
    pub(super) fn sought<'a>(&'a self, at: &'a Conversation) -> Sought<'a> {
        Sought {
            conversation: at,
            request: &self.request,
            marker: Some(&self.marker),
            root: self.root.as_ref(),
            since: Timestamp::from_millis(0),
        }
    }
}

/// A call that must not fail failed.
#[expect(clippy::needless_pass_by_value, reason = "what `map_err` takes")]
pub(super) fn failed(error: ChatError) -> Verdict {
    Verdict::Broken(format!("failed with {:?}, maybe done: {}: {error}", error.kind, error.maybe_done))
}
