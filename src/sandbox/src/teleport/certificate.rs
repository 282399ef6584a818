//! Certificates of users, made to order: for whom, from when, until when, and signed how.

use std::time::Duration;

use accessbot_core::clock::Timestamp;

/// Certificates count from a minute before they are made, for clocks that go after.
const BACKDATED: Duration = Duration::from_secs(60);

/// A certificate that [`TeleportSandbox::issue`](super::TeleportSandbox::issue) makes. Nobody asks whether the user exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// The user.
    pub user: String,
    /// From when it is good; a minute ago if it is not given.
    pub from: Option<Timestamp>,
    /// How long it is good, from that moment, or from now.
    pub ttl: Duration,
    /// How it comes to be.
    pub signed: Signed,
}

/// How a user's certificate comes to be. Servers from 15 on tell by it whether the user has to show a second factor for
/// what administrators do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Signed {
    /// By the user's own login, or by a server so old that it does not say: a second factor.
    #[default]
    Login,
    /// By `tctl auth sign` on the Auth server's own machine: no second factor.
    OnAuth,
    /// By `tctl auth sign` on the machine of this user: a second factor, which a program does not have.
    By(String),
    /// By Machine ID, for the bot of this name: no second factor.
    Tbot(String),
}

impl Issue {
    /// A certificate for `user`, of a day.
    pub fn to(user: impl Into<String>) -> Self {
        Self { user: user.into(), from: None, ttl: Duration::from_secs(24 * 60 * 60), signed: Signed::default() }
    }

    /// Good from that moment, which may be past or to come.
    #[must_use]
    pub fn from(mut self, from: Timestamp) -> Self {
        self.from = Some(from);
        self
    }

    /// Good for so long.
    #[must_use]
    pub fn lasting(mut self, ttl: Duration) -> Self {
        self.ttl = ttl;
        self
    }

    /// Signed so.
    #[must_use]
    pub fn signed(mut self, signed: Signed) -> Self {
        self.signed = signed;
        self
    }

    /// From when until when it is good, if it is made now.
    pub(crate) fn validity(&self, now: Timestamp) -> (Timestamp, Timestamp) {
        (self.from.unwrap_or_else(|| now.minus(BACKDATED)), self.from.unwrap_or(now).plus(self.ttl))
    }
}
