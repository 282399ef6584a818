//! What became of a request, as the cluster knows it, and what may be said about it.

use std::time::Duration;

use accessbot_core::backend::CardState;
use accessbot_core::clock::Timestamp;
use accessbot_core::request::{AccessRequest, RequestState};

/// How far the clock of a replica may be behind the cluster's, and how far ahead of it: together five minutes.
pub(crate) const BEHIND: Duration = Duration::from_secs(50);
/// See [`BEHIND`].
pub(crate) const AHEAD: Duration = Duration::from_secs(250);
/// What is gone earlier than this before its expiry did not expire (`EXPIRY_MARGIN` of the plan).
const MARGIN: Duration = Duration::from_secs(60);

/// Who asks, and whom a request of theirs is to be told, each in a conversation of this name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asker {
    pub(crate) user: &'static str,
    pub(crate) conversation: &'static str,
    /// Somebody whom this user's requests name, beside those whom the configuration names.
    pub(crate) reviewer: Option<&'static str>,
    pub(crate) told: &'static [&'static str],
}

/// Two users, of whom one names a reviewer.
pub(crate) const ASKERS: [Asker; 2] = [
    Asker { user: "bob", conversation: "@bob", reviewer: None, told: &["lab.access", "lab.oncall"] },
    Asker {
        user: "carol",
        conversation: "@carol",
        reviewer: Some("ivan"),
        told: &["@ivan", "lab.access", "lab.oncall"],
    },
];

/// How a request came to be gone.
#[derive(Clone, Copy, Debug)]
pub(crate) enum End {
    /// Nobody decided it in time.
    Expired,
    /// Somebody removed it then.
    Removed(Timestamp),
}

/// What became of a request.
#[derive(Clone, Debug)]
pub(crate) struct Fate {
    pub(crate) asker: Asker,
    pub(crate) expires: Timestamp,
    /// The states that it went through.
    pub(crate) states: Vec<RequestState>,
    /// Who reviewed it, each once.
    pub(crate) reviewers: Vec<String>,
    /// Set when it is gone.
    pub(crate) end: Option<End>,
}

impl Fate {
    pub(crate) fn of(request: &AccessRequest, asker: Asker) -> Self {
        let expires = request.expires.unwrap();
        Self { asker, expires, states: vec![RequestState::Pending], reviewers: vec![], end: None }
    }

    pub(crate) fn state(&self) -> RequestState {
        *self.states.last().unwrap()
    }

    pub(crate) fn is_pending(&self) -> bool {
        self.end.is_none() && !self.state().is_resolved()
    }

    /// What may be shown at `now`, by the cluster's clock.
    pub(crate) fn truth(&self, now: Timestamp) -> Vec<CardState> {
        let decisions = self.states.iter().filter(|state| state.is_resolved()).map(|state| CardState::from(*state));
        match self.end {
            None => vec![self.state().into()],
            Some(End::Expired) => vec![CardState::Expired],
            // Whoever did not hear of a decision before the request was gone can only say that it is gone, and whoever
            // looks late cannot tell why.
            Some(End::Removed(at)) => {
                let could_decide = self.expires.minus(MARGIN);
                let early = at.minus(BEHIND) < could_decide;
                let late = now.plus(AHEAD) >= could_decide;
                let ways = [(early, CardState::Removed), (late, CardState::Expired)];
                decisions.chain(ways.into_iter().filter(|(may, _)| *may).map(|(_, state)| state)).collect()
            }
        }
    }
}
