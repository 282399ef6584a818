//! Who people are, in the cluster and in the chat, and what they may decide.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use accessbot_core::backend::Recipient;
use accessbot_core::backend::decision::{Action, ChatUser, ChatUserId, Email, Membership, Standing};
use accessbot_core::request::{AccessRequest, RequestId, RequestState, Review};
use accessbot_core::teleport::{NewReview, NewState, TeleportError, TeleportErrorKind, User};

use crate::cluster::FakeCluster;

/// What goes wrong with the next decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slip {
    /// Nothing happens, and nobody hears of it.
    Before,
    /// It happens, and nobody hears of it.
    After,
    /// Nothing happens, and no answer comes, ever.
    Silence,
    /// The bot itself may not do that.
    NotOurs,
}

/// What was decided without a review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decided {
    pub(crate) request: String,
    pub(crate) action: &'static str,
    pub(crate) by: String,
    pub(crate) reason: String,
}

/// The users of a cluster.
#[derive(Default)]
pub(crate) struct People {
    users: BTreeMap<String, User>,
    locked: BTreeSet<String>,
    decided: Vec<Decided>,
    slips: VecDeque<Slip>,
    /// How long it takes to say who somebody is.
    pub(crate) slowness: Duration,
}

impl People {
    pub(crate) fn user(&self, name: &str) -> Option<User> {
        self.users.get(name).cloned()
    }

    pub(crate) fn users(&self) -> Vec<User> {
        self.users.values().cloned().collect()
    }

    pub(crate) fn is_locked(&self, name: &str) -> bool {
        self.locked.contains(name)
    }
}

impl FakeCluster {
    /// A user who has this chat account in the trait `chat`.
    pub(crate) fn add_user(&self, name: &str, account: &str, roles: &[&str]) {
        let user = User {
            name: name.to_owned(),
            roles: roles.iter().map(|r| (*r).to_owned()).collect(),
            traits: BTreeMap::from([("chat".to_owned(), vec![account.to_owned()])]),
        };
        self.state().people.users.insert(name.to_owned(), user);
    }

    pub(crate) fn remove_user(&self, name: &str) {
        self.state().people.users.remove(name);
    }

    pub(crate) fn lock(&self, name: &str) {
        self.state().people.locked.insert(name.to_owned());
    }

    pub(crate) fn slip(&self, slips: impl IntoIterator<Item = Slip>) {
        self.state().people.slips.extend(slips);
    }

    /// What was decided without a review, in order.
    pub(crate) fn decided(&self) -> Vec<Decided> {
        self.state().people.decided.clone()
    }

    /// A review as the server takes it: one for each author, never the requester's, with rights that only some have.
    pub(crate) async fn take_review(&self, id: &RequestId, review: &NewReview) -> Result<AccessRequest, TeleportError> {
        let slip = self.stumble("submit review").await?;
        let request = self.get(id.as_str()).ok_or_else(|| error(TeleportErrorKind::NotFound))?;
        let author = review.author.clone().unwrap_or_else(|| "access-plugin".to_owned());
        if author == request.user || author == "mallory" {
            return Err(error(TeleportErrorKind::PermissionDenied));
        }
        if request.state.is_resolved() {
            return Err(error(TeleportErrorKind::AlreadyResolved));
        }
        if request.reviews.iter().any(|review| review.author == author) {
            return Err(error(TeleportErrorKind::AlreadyReviewed));
        }
        let proposed = state_of(review.action);
        let (needed, reason) = (request.thresholds[0].approve, review.reason.clone());
        self.change(id.as_str(), |request| {
            let review = Review { author, proposed, reason: reason.clone(), created: None, thresholds: vec![0] };
            request.reviews.push(review);
            let approvals = request.reviews.iter().filter(|r| r.proposed == RequestState::Approved).count();
            if proposed == RequestState::Denied {
                request.state = RequestState::Denied;
            } else if u32::try_from(approvals).is_ok_and(|n| n >= needed) {
                request.state = RequestState::Approved;
            }
            if request.state.is_resolved() {
                request.resolve_reason = reason;
            }
        });
        if slip == Some(Slip::After) {
            Err(error(TeleportErrorKind::Unavailable))
        } else {
            Ok(self.get(id.as_str()).unwrap())
        }
    }

    /// A state as a server of 2026 takes it: once.
    pub(crate) async fn take_state(&self, id: &RequestId, state: &NewState) -> Result<(), TeleportError> {
        let slip = self.stumble("set state").await?;
        let request = self.get(id.as_str()).ok_or_else(|| error(TeleportErrorKind::NotFound))?;
        if request.state.is_resolved() {
            return Err(error(TeleportErrorKind::AlreadyResolved));
        }
        self.resolve(id.as_str(), state_of(state.action), &state.reason);
        let decided = Decided {
            request: id.to_string(),
            action: state.action.word(),
            by: state.delegator.clone(),
            reason: state.reason.clone(),
        };
        self.state().people.decided.push(decided);
        if slip == Some(Slip::After) { Err(error(TeleportErrorKind::Unavailable)) } else { Ok(()) }
    }

    async fn stumble(&self, _call: &str) -> Result<Option<Slip>, TeleportError> {
        let slip = self.state().people.slips.pop_front();
        match slip {
            Some(Slip::Before) => Err(error(TeleportErrorKind::Unavailable)),
            Some(Slip::Silence) => std::future::pending().await,
            Some(Slip::NotOurs) => Err(error(TeleportErrorKind::PermissionDenied).with_hint("mend the bot's role")),
            other => Ok(other),
        }
    }
}

fn state_of(action: Action) -> RequestState {
    match action {
        Action::Approve => RequestState::Approved,
        Action::Deny => RequestState::Denied,
    }
}

fn error(kind: TeleportErrorKind) -> TeleportError {
    TeleportError::new(kind, "decide", "as the test wanted")
}

/// The accounts of a chat, and its private channel of approvers.
#[derive(Default)]
pub(crate) struct Accounts {
    standings: BTreeMap<String, Standing>,
    approvers: BTreeSet<String>,
    /// Whether the chat vouches for addresses.
    pub(crate) vouched_for: Option<bool>,
}

impl Accounts {
    /// Everybody is a member, but those of whom it is said otherwise.
    pub(crate) fn set(&mut self, account: &str, standing: Standing) {
        self.standings.insert(account.to_owned(), standing);
    }

    /// Lets somebody into the private channel.
    pub(crate) fn admit(&mut self, account: &str) {
        self.approvers.insert(account.to_owned());
    }

    pub(crate) fn user(&self, who: &ChatUserId) -> Option<ChatUser> {
        let name = who.0.strip_prefix("id-")?;
        Some(ChatUser {
            id: who.clone(),
            name: format!("{name}.chat"),
            standing: self.standings.get(&who.0).copied().unwrap_or(Standing::Member),
            email: Some(Email { address: format!("{name}@example.com"), vouched_for: self.vouched_for }),
        })
    }

    pub(crate) fn membership(&self, who: &ChatUserId, channel: &Recipient) -> Membership {
        match channel.to_string().as_str() {
            "lab/approvers" if self.approvers.contains(&who.0) => Membership::Member,
            "lab/approvers" => Membership::Outsider,
            _ => Membership::Unfit("it is public".to_owned()),
        }
    }
}
