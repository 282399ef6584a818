//! People, and who we are.

use serde::Deserialize;

use crate::client::Client;
use crate::failure::Failure;
use crate::method::{AUTH_TEST, USER, USER_BY_EMAIL};

/// Our bot.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Me {
    pub(crate) user_id: String,
    /// Missing for a token of a person.
    #[serde(default)]
    pub(crate) bot_id: String,
    #[serde(default)]
    pub(crate) user: String,
    #[serde(default)]
    pub(crate) team: String,
}

/// A person, or a bot.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct User {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) deleted: bool,
    #[serde(default)]
    pub(crate) is_bot: bool,
}

#[derive(Deserialize)]
struct One {
    user: User,
}

impl Client {
    pub(crate) async fn auth_test(&self) -> Result<Me, Failure> {
        // Without arguments, but a body all the same: it is a method that is posted to.
        self.write(AUTH_TEST, &serde_json::json!({})).await
    }

    pub(crate) async fn user_by_email(&self, email: &str) -> Result<User, Failure> {
        self.read(USER_BY_EMAIL, &[("email", email)]).await.map(|one: One| one.user)
    }

    pub(crate) async fn user(&self, id: &str) -> Result<User, Failure> {
        self.read(USER, &[("user", id)]).await.map(|one: One| one.user)
    }
}
