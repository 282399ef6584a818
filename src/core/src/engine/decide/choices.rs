//! What can be decided on a message.

use crate::backend::Marker;
use crate::backend::decision::{Action, Choice, Choices};
use crate::engine::desk::DeskState;
use crate::ledger::Facts;
use crate::request::{AccessRequest, RequestId};
use crate::review::{Button, Election, Mode, Place, Tally, Vote, tally};

impl DeskState {
    /// Whether the request can be decided in this chat. Long-term requests never can.
    pub(in crate::engine) fn is_decidable(&self, request: &AccessRequest) -> bool {
        let asks = self.options.review.as_ref().and_then(|review| review.asks(&request.roles));
        asks.is_some() && !request.long_term && self.backend.capabilities().decisions
    }

    /// The buttons of one message.
    pub(in crate::engine) fn choices(
        &self,
        id: &RequestId,
        facts: &Facts,
        conversation: &str,
        marker: &Marker,
    ) -> Option<Choices> {
        let review = self.options.review.as_ref()?;
        let reason = review.asks(&facts.roles)?.into_iter().map(|policy| policy.rule).max()?;
        let cluster = self.cluster.borrow().clone();
        let place = Place { cluster: &cluster.name, request: id, conversation };
        let buttons = Action::ALL.map(|action| {
            let button = Button { action, marker: marker.clone(), expires: facts.expires };
            Choice { action, proof: button.prove(&review.keys, &place) }
        });
        Some(Choices { reason, buttons: buttons.to_vec() })
    }

    /// What `votes` come to, where people vote. In the mode in which the bot reviews, nothing is left to
    /// decide once it has.
    pub(in crate::engine) fn tally(&self, request: &AccessRequest, votes: &[Vote]) -> Option<Tally> {
        let review = self.options.review.as_ref().filter(|review| review.mode.votes())?;
        let rules = review.policy.rules_for(&request.roles)?;
        let cluster = self.cluster.borrow().clone();
        let election = Election { cluster: &cluster.name, chat: &self.name, request };
        let mut tally = tally(&election, votes, &rules, &review.keys);
        if review.mode == Mode::AsBot && request.reviews.iter().any(|review| review.author == cluster.user) {
            tally.verdict = None;
        }
        Some(tally)
    }
}
