//! The port to Teleport: what the engine asks of a cluster, whatever carries it.
//!
//! The gRPC implementation is the crate `accessbot-teleport`. The engine knows nothing of sockets, certificates or
//! field numbers, and a test may hand it a cluster that lives in memory.

use std::collections::BTreeMap;

use async_trait::async_trait;

use crate::backend::decision::Action;
use crate::request::{AccessRequest, RequestId};

/// What one bot stored about one request: Teleport's plugin data, a flat map of texts.
///
/// Untrusted input: every identity that may update access requests or plugin data can write it.
pub type Record = BTreeMap<String, String>;

/// A change of a [`Record`] that happens wholly or not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordChange {
    /// Keys to write; an empty value removes the key. Keys that are not named stay as they are.
    pub set: Record,
    /// What must be stored for the change to happen; an empty value means that the key must be absent.
    /// Never empty: Teleport takes an empty expectation as "no condition".
    pub expect: Record,
}

/// What a cluster says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// The cluster's name.
    pub name: String,
    /// The version of its Auth server, as it says: `18.0.0`, `15.0.0-dev`.
    pub version: String,
    /// Where the web UI can be reached, `host:port`; empty if the cluster has no proxy.
    pub proxy_public_addr: String,
    /// Whether requests can be reviewed there (Enterprise); on an open-source cluster only `tctl` can resolve them.
    pub reviews: bool,
    /// The Teleport user that our credentials are for.
    pub user: String,
}

/// A review to be submitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewReview {
    /// On whose behalf: that user's rights count, and the review is theirs. `None` for a review of our own.
    pub author: Option<String>,
    /// What it proposes.
    pub action: Action,
    /// Why. Untrusted text; cut to what Teleport takes.
    pub reason: String,
}

/// A decision that no review stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewState {
    /// What was decided.
    pub action: Action,
    /// Why. Untrusted text; cut to what Teleport takes.
    pub reason: String,
    /// Who decided, for Teleport's audit log.
    pub delegator: String,
}

/// A Teleport user, as far as decisions need one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// Name.
    pub name: String,
    /// Roles that the user has without asking.
    pub roles: Vec<String>,
    /// What is known of the user beside that.
    pub traits: BTreeMap<String, Vec<String>>,
}

/// A change seen by a watch. A hint, never the whole truth: events can be lost, and come more than once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WatchEvent {
    /// The request was created or changed; this is what it looks like now.
    Put(Box<AccessRequest>),
    /// The request is gone: it expired, was removed, or its access ended.
    Delete(RequestId),
}

/// An open watch on access requests. Nothing that happened after it was opened is missed until it ends.
#[async_trait]
pub trait RequestWatch: Send {
    /// Waits for the next event. Safe to cancel: no event is lost when the wait is given up.
    ///
    /// # Errors
    /// Every error ends the watch and means that events may have been lost; open a new one and list again.
    async fn next(&mut self) -> Result<WatchEvent, TeleportError>;
}

/// A Teleport cluster.
///
/// Every call has its own timeout inside the implementation. All of them may be called at the same time.
#[async_trait]
pub trait Teleport: Send + Sync + 'static {
    /// Asks the cluster who it is. Needs no permission, so success says nothing about our credentials.
    async fn ping(&self) -> Result<Cluster, TeleportError>;

    /// Opens a watch. Returns after the server has confirmed it (INIT), so a list that is asked for afterwards, and the
    /// events, leave no gap between them.
    async fn watch(&self) -> Result<Box<dyn RequestWatch>, TeleportError>;

    /// Hands out all living requests, in every state, one by one as they come in: there can be more than should be held at
    /// once. One may be handed out twice. May come from a cache that lags: absence proves nothing.
    ///
    /// # Errors
    /// When the rest cannot be had; some may have been handed out by then.
    async fn each_request(&self, visit: &mut (dyn FnMut(AccessRequest) + Send)) -> Result<(), TeleportError>;

    /// One request, never from a cache; `None` when there is no such request (any more).
    async fn request(&self, id: &RequestId) -> Result<Option<AccessRequest>, TeleportError>;

    /// Hands out the records that `plugin` has stored, of all requests, also of requests that are gone, one by one.
    ///
    /// # Errors
    /// When the rest cannot be had; some may have been handed out by then.
    async fn each_record(
        &self,
        plugin: &str,
        visit: &mut (dyn FnMut(RequestId, Record) + Send),
    ) -> Result<(), TeleportError>;

    /// The record of `plugin` on one request; empty when there is none.
    async fn record(&self, plugin: &str, id: &RequestId) -> Result<Record, TeleportError>;

    /// Changes a record by compare-and-set.
    ///
    /// # Errors
    /// [`TeleportErrorKind::Conflict`] when the expectation was not met, or the server lost too many races inside;
    /// nothing was written then. [`TeleportErrorKind::NotFound`] when neither record nor request exists. After
    /// [`TeleportErrorKind::Unavailable`] the change may have happened.
    async fn change_record(&self, plugin: &str, id: &RequestId, change: &RecordChange) -> Result<(), TeleportError>;

    /// [`each_request`](Self::each_request), for those who know that there are few.
    async fn requests(&self) -> Result<Vec<AccessRequest>, TeleportError> {
        let mut all = Vec::new();
        self.each_request(&mut |request| all.push(request)).await?;
        Ok(all)
    }

    /// [`each_record`](Self::each_record), for those who know that there are few.
    async fn records(&self, plugin: &str) -> Result<Vec<(RequestId, Record)>, TeleportError> {
        let mut all = Vec::new();
        self.each_record(plugin, &mut |id, record| all.push((id, record))).await?;
        Ok(all)
    }

    /// Submits a review; returns the request as it is after that. Never repeated by the implementation.
    ///
    /// # Errors
    /// [`TeleportErrorKind::AlreadyReviewed`], [`TeleportErrorKind::AlreadyResolved`], [`TeleportErrorKind::NotFound`];
    /// [`TeleportErrorKind::PermissionDenied`] with the server's reason. After [`TeleportErrorKind::Unavailable`] it may
    /// count.
    async fn submit_review(&self, _id: &RequestId, _review: &NewReview) -> Result<AccessRequest, TeleportError> {
        Err(unsupported("submit a review"))
    }

    /// Decides a request by itself. Never repeated by the implementation. Old servers let an approved request be denied,
    /// so look right before.
    ///
    /// # Errors
    /// As [`submit_review`](Self::submit_review).
    async fn set_state(&self, _id: &RequestId, _state: &NewState) -> Result<(), TeleportError> {
        Err(unsupported("set the state of a request"))
    }

    /// One user of the cluster's own store, never from a cache; `None` if there is no such user.
    async fn user(&self, _name: &str) -> Result<Option<User>, TeleportError> {
        Err(unsupported("get a user"))
    }

    /// All users of the cluster's own store.
    async fn users(&self) -> Result<Vec<User>, TeleportError> {
        Err(unsupported("list users"))
    }

    /// Whether a lock that is in force now keeps this user out, by name or by a role.
    async fn is_locked(&self, _user: &User) -> Result<bool, TeleportError> {
        Err(unsupported("list locks"))
    }
}

fn unsupported(call: &'static str) -> TeleportError {
    TeleportError::new(TeleportErrorKind::Unsupported, call, "this cluster takes no decisions from us")
}

/// What to do about a Teleport error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TeleportErrorKind {
    /// The server could not be reached, was busy, or answered too late: try again. A change may have happened.
    Unavailable,
    /// A compare-and-set did not find what it expected: read again and decide.
    Conflict,
    /// There is no such thing.
    NotFound,
    /// This user has reviewed the request before.
    AlreadyReviewed,
    /// The request was decided before.
    AlreadyResolved,
    /// Our role lacks a permission: an operator must grant it.
    PermissionDenied,
    /// Our certificate is expired, refused or of another cluster: an operator must renew it.
    Credentials,
    /// The server is older than what we can speak with.
    Unsupported,
    /// The server refused what we sent, or sent what we cannot read: a bug on one side.
    Invalid,
}

/// A failed Teleport call.
#[derive(Clone, Debug, thiserror::Error)]
#[error("Teleport: {call}: {message}")]
pub struct TeleportError {
    /// What to do about it.
    pub kind: TeleportErrorKind,
    /// What was tried, such as `list access requests`.
    pub call: &'static str,
    /// What went wrong, in the server's words or ours. Never holds a secret.
    pub message: String,
    /// What an operator can do, if that is known.
    pub hint: Option<String>,
}

impl TeleportError {
    /// An error of `call` without a hint.
    pub fn new(kind: TeleportErrorKind, call: &'static str, message: impl Into<String>) -> Self {
        Self { kind, call, message: message.into(), hint: None }
    }

    /// The same error with a hint for the operator.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
