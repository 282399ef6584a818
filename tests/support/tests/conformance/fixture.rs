//! The server in memory as the suite sees it.

use std::sync::{Arc, OnceLock};

use accessbot_core::backend::decision::DecisionSink;
use accessbot_core::backend::{ChatBackend, Conversation, MessageRef, OnUncertain};
use accessbot_testkit::conformance::{Deciding, Fixture, Names, Standing, Trouble};
use async_trait::async_trait;

use crate::backend::Backend;
use crate::flaw::Flaw;
use crate::server::{Message, Server};

pub(crate) struct InMemory {
    pub(crate) server: Arc<Server>,
    pub(crate) flaw: Option<Flaw>,
    pub(crate) unsearchable: Option<OnUncertain>,
    /// Whom the server calls.
    pub(crate) bot: OnceLock<Arc<dyn ChatBackend>>,
}

#[async_trait]
impl Fixture for InMemory {
    fn backend(&self, decisions: Arc<dyn DecisionSink>) -> Arc<dyn ChatBackend> {
        let build = || {
            let backend = Backend::new(Arc::clone(&self.server), self.flaw, self.unsearchable, decisions);
            Arc::new(backend) as Arc<dyn ChatBackend>
        };
        Arc::clone(self.bot.get_or_init(build))
    }

    fn names(&self) -> Names {
        Names {
            channel: "access".to_owned(),
            person: "alice@example.com".to_owned(),
            nobody: "nowhere".to_owned(),
            stranger: "mallory@example.com".to_owned(),
            lures: vec!["@channel".to_owned(), "@alice".to_owned()],
        }
    }

    async fn standing(&self, conversation: &Conversation) -> Vec<Standing> {
        let state = self.server.state();
        let there = |m: &&Message| !m.deleted && m.reference.conversation == conversation.id;
        let standing =
            |m: &Message| Standing { reference: m.reference.clone(), root: m.root.clone(), text: m.text.clone() };
        state.messages.iter().filter(there).map(standing).collect()
    }

    async fn notified(&self) -> Vec<String> {
        self.server.state().notified.clone()
    }

    async fn copied_by_somebody(&self, message: &MessageRef) -> Option<MessageRef> {
        let mut state = self.server.state();
        let copy = Message { ours: false, ..state.get(message).unwrap().clone() };
        Some(state.add(copy).unwrap())
    }

    async fn deleted_by_hand(&self, message: &MessageRef) {
        self.server.state().get(message).unwrap().deleted = true;
    }

    async fn trouble(&self, trouble: Trouble) {
        self.server.set_trouble(Some(trouble));
    }

    async fn heal(&self) {
        self.server.set_trouble(None);
    }

    fn deciding(&self) -> Option<&dyn Deciding> {
        Some(self)
    }
}
