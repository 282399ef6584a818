//! What people do.

use accessbot_core::request::RequestState;
use accessbot_core::teleport::Record;
use accessbot_sandbox::teleport::NewRequest;

use super::{ChatStandIn, World};

impl<C: ChatStandIn> World<C> {
    /// Bob asks for dbadmin. Returns the request's id.
    #[track_caller]
    pub fn bob_asks(&self, reason: &str) -> String {
        self.ask(NewRequest::bob().reason(reason))
    }

    /// Somebody asks for something. Returns the request's id.
    #[track_caller]
    pub fn ask(&self, request: NewRequest) -> String {
        self.teleport.create_request(request).unwrap()
    }

    /// Somebody approves in a review.
    #[track_caller]
    pub fn approves(&self, author: &str, id: &str, reason: &str) {
        self.teleport.review(id, author, RequestState::Approved, reason).unwrap();
    }

    /// Somebody denies in a review.
    #[track_caller]
    pub fn denies(&self, author: &str, id: &str, reason: &str) {
        self.teleport.review(id, author, RequestState::Denied, reason).unwrap();
    }

    /// An administrator approves with `tctl`.
    #[track_caller]
    pub fn tctl_approve(&self, id: &str, reason: &str) {
        self.teleport.approve(id, reason).unwrap();
    }

    /// An administrator denies with `tctl`.
    #[track_caller]
    pub fn tctl_deny(&self, id: &str, reason: &str) {
        self.teleport.deny(id, reason).unwrap();
    }

    /// Somebody else writes into the bot's record of a request.
    #[track_caller]
    pub fn forge(&self, id: &str, entries: &[(&str, &str)]) {
        let record: Record = entries.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        self.teleport.set_plugin_data(id, C::BACKEND, record).unwrap();
    }

    /// The bot's record of a request.
    pub fn record(&self, id: &str) -> Record {
        self.teleport.plugin_data(id, C::BACKEND)
    }
}
