//! Users of Mattermost, and how they look to others.

use accessbot_core::clock::Timestamp;
use serde_json::{Value, json};

/// A person or a bot.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) username: String,
    pub(crate) email: String,
    pub(crate) is_bot: bool,
    pub(crate) is_admin: bool,
    /// Whether they see only what they were let into.
    pub(crate) is_guest: bool,
    pub(crate) create_at: Timestamp,
    /// Zero while the account is active.
    pub(crate) delete_at: i64,
}

impl User {
    /// The user as JSON, with or without the e-mail.
    pub(crate) fn json(&self, show_email: bool) -> Value {
        let at = self.create_at.as_millis();
        let mut json = json!({
            "id": self.id,
            "create_at": at,
            "update_at": at.max(self.delete_at),
            "delete_at": self.delete_at,
            "username": self.username,
            "auth_data": "",
            "auth_service": "",
            "email": if show_email { self.email.as_str() } else { "" },
            "nickname": "",
            "first_name": "",
            "last_name": "",
            "position": "",
            "roles": self.roles(),
            "locale": "en",
            "timezone": {"automaticTimezone": "", "manualTimezone": "", "useAutomaticTimezone": "true"},
            "disable_welcome_email": false,
        });
        if self.is_bot {
            json["is_bot"] = json!(true);
        }
        json
    }

    fn roles(&self) -> &'static str {
        match (self.is_admin, self.is_guest) {
            (true, _) => "system_admin system_user",
            (false, true) => "system_guest",
            (false, false) => "system_user",
        }
    }
}
