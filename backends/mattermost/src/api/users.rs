//! People and bots.

use reqwest::Method;
use serde::Deserialize;

use super::{Channel, Id, Lookup, absent_if_null, lookup};
use crate::client::Client;
use crate::failure::Failure;

/// An account.
#[derive(Debug, Deserialize)]
pub(crate) struct User {
    pub(crate) id: Id,
    /// The handle, without `@`.
    #[serde(default)]
    pub(crate) username: String,
    /// When it was deactivated; zero if it was not.
    #[serde(default)]
    pub(crate) delete_at: i64,
    #[serde(default)]
    pub(crate) is_bot: bool,
    /// Names of its system-wide roles, divided by spaces.
    #[serde(default)]
    pub(crate) roles: String,
    /// Its address, as far as we may see it.
    #[serde(default, deserialize_with = "absent_if_null")]
    pub(crate) email: String,
    /// The other server that the account is on; empty for one of this server.
    #[serde(default, deserialize_with = "absent_if_null")]
    pub(crate) remote_id: String,
}

impl User {
    /// Whether the account sees only what it was let into.
    pub(crate) fn is_guest(&self) -> bool {
        self.roles.split_whitespace().any(|role| role == "system_guest")
    }
}

impl Client {
    pub(crate) async fn me(&self) -> Result<User, Failure> {
        self.get(&["users", "me"], &[]).await
    }

    pub(crate) async fn user(&self, id: &Id) -> Result<Lookup<User>, Failure> {
        lookup(self.get(&["users", id.as_str()], &[]).await)
    }

    pub(crate) async fn user_by_email(&self, email: &str) -> Result<Lookup<User>, Failure> {
        lookup(self.get(&["users", "email", email], &[]).await)
    }

    pub(crate) async fn user_by_name(&self, name: &str) -> Result<Lookup<User>, Failure> {
        lookup(self.get(&["users", "username", name], &[]).await)
    }

    /// The conversation of two people. Opens it if need be, which neither of them sees.
    pub(crate) async fn direct_channel(&self, one: &Id, other: &Id) -> Result<Lookup<Channel>, Failure> {
        let pair = [one.as_str(), other.as_str()];
        lookup(self.send(&Method::POST, &["channels", "direct"], &[], &pair).await)
    }
}
