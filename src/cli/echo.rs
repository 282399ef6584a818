//! A backend for tests: it posts nothing, repeats what callbacks bring, and takes decisions if it is told to.

use accessbot_core::backend::callback::{CallbackRequest, CallbackResponse};
use accessbot_core::backend::{
    Capabilities, ChatBackend, ChatError, ChatErrorKind, Conversation, Marker, MessageRef, Outgoing, Recipient,
    Resolution,
};
use accessbot_core::request::RequestId;

/// The backend.
#[derive(Default)]
pub(super) struct Echo {
    /// Whether people can decide there.
    pub decisions: bool,
    /// Where it wants to be called; `/never` is never answered.
    pub paths: &'static [&'static str],
}

fn no<T>() -> Result<T, ChatError> {
    Err(ChatError::new(ChatErrorKind::Rejected, "call", "not in this test"))
}

#[async_trait::async_trait]
impl ChatBackend for Echo {
    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        capabilities.decisions = self.decisions;
        capabilities
    }

    async fn probe(&self) -> Result<(), ChatError> {
        no()
    }

    async fn resolve(&self, _: &Recipient) -> Result<Resolution, ChatError> {
        no()
    }

    async fn post(&self, _: &Conversation, _: &Outgoing<'_>) -> Result<MessageRef, ChatError> {
        no()
    }

    async fn verify(&self, _: &MessageRef, _: &RequestId, _: &Marker) -> Result<bool, ChatError> {
        no()
    }

    async fn update(&self, _: &MessageRef, _: &Outgoing<'_>) -> Result<(), ChatError> {
        no()
    }

    async fn delete(&self, _: &MessageRef) -> Result<(), ChatError> {
        no()
    }

    fn callback_paths(&self) -> &'static [&'static str] {
        self.paths
    }

    async fn callback(&self, request: CallbackRequest) -> CallbackResponse {
        if request.uri().path() == "/never" {
            std::future::pending::<()>().await;
        }
        let body = String::from_utf8_lossy(request.body());
        CallbackResponse::new(format!("{} {} {body}", request.method(), request.uri()).into())
    }
}
