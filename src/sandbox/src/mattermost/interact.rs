//! What people do with a message, by the same calls that their clients would make: press, fill in, react, edit.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::dialog::DialogView;
use super::drive::user_id;
use super::sockets::SocketView;
use super::view::PostView;
use super::{MattermostSandbox, TEAM};
use crate::common::error::SandboxError;
use crate::common::lock::lock;

/// Why somebody's action came to nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ActError {
    /// The server said no. This is all that a client gets to know.
    #[error("{status} {id}: {message}")]
    Refused {
        /// The status code.
        status: u16,
        /// The name of the error; empty if the answer had none.
        id: String,
        /// What the user reads.
        message: String,
    },
    /// The server did not answer: it is stopped, or cut the connection.
    #[error("no answer: {0}")]
    NoAnswer(String),
    /// There is no such user or place.
    #[error(transparent)]
    Unknown(#[from] SandboxError),
}

impl MattermostSandbox {
    /// A user presses a button, and waits until the integration has answered and its answer is carried out. The answer
    /// is the id by which [`DialogView::client_trigger_id`] names a dialog that came of it.
    pub async fn click(&self, user: &str, post: &str, action: &str) -> Result<String, ActError> {
        self.choose(user, post, action, "").await
    }

    /// The same with an option of a menu.
    pub async fn choose(&self, user: &str, post: &str, action: &str, option: &str) -> Result<String, ActError> {
        let path = format!("/posts/{post}/actions/{action}");
        let answer = self.act(user, Method::POST, &path, &json!({"selected_option": option})).await?;
        Ok(answer["trigger_id"].as_str().unwrap_or_default().to_owned())
    }

    /// A user sends a dialog, from a channel that they look at. The answer is what the integration says against it:
    /// empty if the dialog closes, else `error` or `errors` by field.
    pub async fn submit_dialog(
        &self,
        user: &str,
        dialog: &DialogView,
        place: &str,
        submission: Value,
    ) -> Result<Value, ActError> {
        self.end_dialog(user, dialog, place, submission, false).await
    }

    /// A user closes a dialog without sending it. The integration hears of it if it wanted to.
    pub async fn cancel_dialog(&self, user: &str, dialog: &DialogView, place: &str) -> Result<(), ActError> {
        if dialog.dialog.notify_on_cancel {
            self.end_dialog(user, dialog, place, json!({}), true).await?;
        }
        Ok(())
    }

    async fn end_dialog(
        &self,
        user: &str,
        dialog: &DialogView,
        place: &str,
        submission: Value,
        cancelled: bool,
    ) -> Result<Value, ActError> {
        let channel_id = self.channel_id(place)?;
        let team = place.split_once('/').map_or(TEAM, |(team, _)| team);
        let team_id = lock(&self.shared.model).team_ids.get(team).cloned().unwrap_or_default();
        let body = json!({
            "url": dialog.url,
            "callback_id": dialog.dialog.callback_id,
            "state": dialog.dialog.state,
            "channel_id": channel_id,
            "team_id": team_id,
            "submission": submission,
            "cancelled": cancelled,
        });
        self.act(user, Method::POST, "/actions/dialogs/submit", &body).await
    }

    /// A user reacts to a post with an emoji, which is named without colons.
    pub async fn react(&self, user: &str, post: &str, emoji: &str) -> Result<(), ActError> {
        let body = json!({"user_id": self.user_id(user)?, "post_id": post, "emoji_name": emoji});
        self.act(user, Method::POST, "/reactions", &body).await.map(drop)
    }

    /// A user takes a reaction back.
    pub async fn unreact(&self, user: &str, post: &str, emoji: &str) -> Result<(), ActError> {
        let path = format!("/users/me/posts/{post}/reactions/{emoji}");
        self.act(user, Method::DELETE, &path, &Value::Null).await.map(drop)
    }

    /// A user writes into the thread of a post, and gets the reply's id back.
    pub async fn reply(&self, user: &str, root: &str, message: &str) -> Result<String, ActError> {
        let channel_id = self.post(root).ok_or_else(|| SandboxError::unknown("post", root))?.channel_id;
        let body = json!({"channel_id": channel_id, "root_id": root, "message": message});
        let post = self.act(user, Method::POST, "/posts", &body).await?;
        Ok(post["id"].as_str().unwrap_or_default().to_owned())
    }

    /// A user changes the text of a post.
    pub async fn edit(&self, user: &str, post: &str, message: &str) -> Result<(), ActError> {
        self.act(user, Method::PUT, &format!("/posts/{post}/patch"), &json!({"message": message})).await.map(drop)
    }

    /// Makes a call with a user's own token.
    async fn act(&self, user: &str, method: Method, path: &str, body: &Value) -> Result<Value, ActError> {
        let request = self.shared.integrations.request(method, &format!("{}/api/v4{path}", self.url()));
        let request = request.bearer_auth(self.token_of(user)?).body(body.to_string());
        let lost = |error: reqwest::Error| ActError::NoAnswer(error.without_url().to_string());
        let answer = request.send().await.map_err(lost)?;
        let status: StatusCode = answer.status();
        let body: Value = serde_json::from_slice(&answer.bytes().await.map_err(lost)?).unwrap_or_default();
        if status.is_success() {
            return Ok(body);
        }
        let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
        Err(ActError::Refused { status: status.as_u16(), id: text("id"), message: text("message") })
    }
}

/// What only one user sees, and who listens.
impl MattermostSandbox {
    /// The posts that the server sent to one user only, oldest first (the last 10000 of all users), whether or not a
    /// client was there to show them.
    pub fn ephemerals(&self, user: &str) -> Result<Vec<PostView>, SandboxError> {
        let model = lock(&self.shared.model);
        let id = user_id(&model, user)?;
        let theirs = model.ephemerals.iter().filter(|(user, _)| *user == id);
        Ok(theirs.map(|(_, post)| PostView::of(&model, post)).collect())
    }

    /// The dialogs that the server opened for a user, oldest first (the last 10000 of all users), whether or not a client
    /// was there to show them.
    pub fn dialogs(&self, user: &str) -> Result<Vec<DialogView>, SandboxError> {
        let model = lock(&self.shared.model);
        let id = user_id(&model, user)?;
        Ok(model.dialogs.iter().filter(|(user, _)| *user == id).map(|(_, dialog)| dialog.clone()).collect())
    }

    /// The websockets that are open and have said who they are, oldest first.
    pub fn sockets(&self) -> Vec<SocketView> {
        lock(&self.shared.model).socket_views()
    }

    /// Cuts a user's websockets, and says how many there were. What happens until they come again is lost to them.
    pub fn cut_sockets(&self, user: &str) -> Result<usize, SandboxError> {
        self.shared.change(|model| {
            let id = user_id(model, user)?;
            Ok(model.close_sockets_of(&id))
        })
    }
}
