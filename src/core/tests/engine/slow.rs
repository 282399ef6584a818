//! A chat that takes its time.

use std::time::Duration;

use accessbot_core::backend::{
    Capabilities, ChatBackend, ChatError, ChatErrorKind, Content, Conversation, Marker, MessageRef, Outgoing,
    Recipient, Resolution, Sought,
};
use accessbot_core::request::RequestId;
use async_trait::async_trait;

use crate::chat::FakeChat;

/// The chat as a bot sees it to which it is slow, and which can remove nothing.
pub(crate) struct Slow {
    pub(crate) chat: FakeChat,
    /// How long an announcement takes.
    pub(crate) post: Duration,
    /// Why nothing can be removed.
    pub(crate) deletes: ChatErrorKind,
}

#[async_trait]
impl ChatBackend for Slow {
    fn capabilities(&self) -> Capabilities {
        self.chat.capabilities()
    }
    async fn probe(&self) -> Result<(), ChatError> {
        self.chat.probe().await
    }
    async fn resolve(&self, recipient: &Recipient) -> Result<Resolution, ChatError> {
        self.chat.resolve(recipient).await
    }
    async fn post(&self, conversation: &Conversation, message: &Outgoing<'_>) -> Result<MessageRef, ChatError> {
        if matches!(message.content, Content::Card(_)) {
            tokio::time::sleep(self.post).await;
        }
        self.chat.post(conversation, message).await
    }
    async fn find(&self, sought: &Sought<'_>) -> Result<Vec<MessageRef>, ChatError> {
        self.chat.find(sought).await
    }
    async fn verify(&self, message: &MessageRef, request: &RequestId, marker: &Marker) -> Result<bool, ChatError> {
        self.chat.verify(message, request, marker).await
    }
    async fn update(&self, message: &MessageRef, outgoing: &Outgoing<'_>) -> Result<(), ChatError> {
        self.chat.update(message, outgoing).await
    }
    async fn delete(&self, _: &MessageRef) -> Result<(), ChatError> {
        Err(ChatError::new(self.deletes.clone(), "delete", "as the test wanted"))
    }
}
