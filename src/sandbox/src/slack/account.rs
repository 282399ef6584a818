//! What kind of account somebody has, as `users.info` tells it.

use serde_json::{Value, json};

use super::model::{Grant, Model, User};

/// How much of a workspace somebody is a part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Like everybody else.
    Member,
    /// Invited to be like everybody else, and not come yet.
    Invited,
    /// A guest in several channels.
    Guest,
    /// A guest in one channel.
    SingleChannelGuest,
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The address in the profile; empty if there is none.
    pub email: String,
    /// Whether the person has shown that the address is theirs.
    pub email_confirmed: bool,
    /// How much of its workspace the person is a part of.
    pub standing: Standing,
    /// The id of its workspace. Another one than the bot's makes its owner an outsider.
    pub team_id: String,
    /// The id of the organization that its workspace belongs to; empty if there is none.
    pub enterprise_id: String,
}

impl Account {
    /// A person of the workspace, with an address that was confirmed.
    pub(crate) fn of_member(email: &str, team_id: &str, enterprise_id: &str) -> Self {
        Self {
            email: email.to_owned(),
            email_confirmed: true,
            standing: Standing::Member,
            team_id: team_id.to_owned(),
            enterprise_id: enterprise_id.to_owned(),
        }
    }

    /// Whether it is no guest's, nor that of somebody who has not come yet.
    pub(crate) fn is_member(&self) -> bool {
        self.standing == Standing::Member
    }
}

impl Model {
    /// Whether somebody belongs to another workspace.
    pub(crate) fn is_outsider(&self, user: &User) -> bool {
        user.account.team_id != self.team_id
    }

    /// Slack's word for an outsider who is in no shared channel that the app can see. Whoever is in one is none, which is
    /// why it does not tell outsiders.
    fn is_stranger(&self, user: &User, grant: &Grant) -> bool {
        let meets = self.channels.values().any(|c| c.members.contains(&user.id) && c.members.contains(&grant.user));
        self.is_outsider(user) && !meets
    }

    /// A user as it is given to clients.
    pub(crate) fn shown_user(&self, user: &User, grant: &Grant) -> Value {
        let account = &user.account;
        let mut shown = json!({
            "id": user.id,
            "team_id": account.team_id,
            "name": user.name,
            "deleted": user.deleted,
            "real_name": user.name,
            "profile": {"real_name": user.name, "display_name": user.name, "team": account.team_id},
            "is_admin": false,
            "is_owner": false,
            "is_primary_owner": false,
            "is_bot": user.is_bot,
            "is_restricted": matches!(account.standing, Standing::Guest | Standing::SingleChannelGuest),
            "is_ultra_restricted": account.standing == Standing::SingleChannelGuest,
            "is_invited_user": account.standing == Standing::Invited,
            "is_app_user": false,
            "is_email_confirmed": account.email_confirmed,
        });
        if grant.may("users:read.email") && !account.email.is_empty() {
            shown["profile"]["email"] = json!(account.email);
        }
        if self.is_outsider(user) {
            shown["is_stranger"] = json!(self.is_stranger(user, grant));
        }
        if !account.enterprise_id.is_empty() {
            let enterprise = json!({"id": user.id, "enterprise_id": account.enterprise_id, "teams": [account.team_id]});
            shown["enterprise_user"] = enterprise;
            shown["enterprise_id"] = json!(account.enterprise_id);
        }
        shown
    }
}
