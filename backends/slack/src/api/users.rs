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
    pub(crate) team_id: Option<String>,
    /// The organization that the workspace belongs to, if it does.
    pub(crate) enterprise_id: Option<String>,
    /// The app that the bot belongs to.
    pub(crate) app_id: Option<String>,
}

/// A person, or a bot. What Slack does not say is `None` where it matters for who may decide.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct User {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) deleted: bool,
    #[serde(default)]
    pub(crate) is_bot: bool,
    pub(crate) is_workflow_bot: Option<bool>,
    pub(crate) is_connector_bot: Option<bool>,
    /// A guest in several channels, or in one.
    pub(crate) is_restricted: Option<bool>,
    /// A guest in one channel.
    pub(crate) is_ultra_restricted: Option<bool>,
    /// Has been invited, and has not come yet.
    #[serde(rename = "is_invited_user")]
    pub(crate) is_invited: Option<bool>,
    /// Of another workspace, and in no shared channel that we see.
    pub(crate) is_stranger: Option<bool>,
    pub(crate) is_email_confirmed: Option<bool>,
    /// The workspace.
    pub(crate) team_id: Option<String>,
    pub(crate) enterprise_id: Option<String>,
    #[serde(rename = "enterprise_user")]
    pub(crate) in_enterprise: Option<InEnterprise>,
    #[serde(default)]
    pub(crate) profile: Profile,
}

/// What an organization knows of a person.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct InEnterprise {
    pub(crate) enterprise_id: Option<String>,
}

/// What a person tells of themselves.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Profile {
    pub(crate) email: Option<String>,
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
