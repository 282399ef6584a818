//! Dialogs: forms that an integration opens for the user who pressed one of its buttons.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::body::object;
use super::error::{ApiError, ApiResult};
use super::event::Event;
use super::model::Model;
use super::server::Shared;
use crate::common::lock::lock;

/// So many are remembered for the sandbox's owner.
const REMEMBERED: usize = 10_000;

/// What an integration sends to open a dialog. Nothing in it is checked but its types, as on 5.36.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Dialog {
    /// The integration's name for it.
    pub callback_id: String,
    /// The heading. Clients show 24 characters.
    pub title: String,
    /// Markdown above the fields.
    pub introduction_text: String,
    /// A picture's address.
    pub icon_url: String,
    /// The fields; `None` if the integration sent none.
    pub elements: Option<Vec<DialogElement>>,
    /// The word on the button that sends it.
    pub submit_label: String,
    /// Whether the integration is told when the user closes it.
    pub notify_on_cancel: bool,
    /// What the integration gets back. It goes through the client, who may read and change it.
    pub state: String,
}

/// A field of a dialog.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DialogElement {
    /// What the user reads beside it.
    pub display_name: String,
    /// The key of its value in the submission.
    pub name: String,
    /// `text`, `textarea`, `select`, `bool`, `radio`.
    #[serde(rename = "type")]
    pub kind: String,
    /// `email`, `number`, `password` and the like.
    pub subtype: String,
    /// The value that it starts with.
    pub default: String,
    /// Shown while it is empty.
    pub placeholder: String,
    /// Shown below it.
    pub help_text: String,
    /// Whether it may stay empty.
    pub optional: bool,
    /// The fewest characters.
    pub min_length: i64,
    /// The most characters; 0 leaves it to the client.
    pub max_length: i64,
    /// `users` or `channels`, for a select.
    pub data_source: String,
    /// What there is to choose from.
    pub options: Option<Vec<Value>>,
}

/// A dialog that the server told a user's clients to show.
#[derive(Clone, Debug, PartialEq)]
pub struct DialogView {
    /// The press that it came of, by the id that the press was answered with.
    pub client_trigger_id: String,
    /// Where the submission goes. The client knows it, and sends it back.
    pub url: String,
    /// What is shown.
    pub dialog: Dialog,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct OpenRequest {
    trigger_id: String,
    url: String,
    dialog: Dialog,
}

/// What a client sends. Who it is, only the session tells.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Submission {
    url: String,
    callback_id: String,
    state: String,
    channel_id: String,
    team_id: String,
    #[serde(rename = "submission")]
    values: Option<Map<String, Value>>,
    cancelled: bool,
}

fn parse<T: DeserializeOwned>(body: &[u8], depth: usize, url: impl Fn(&T) -> &str) -> ApiResult<T> {
    let parsed = object(body, depth).ok_or_else(|| ApiError::body_param("dialog"))?;
    if url(&parsed).is_empty() { Err(ApiError::body_param("url")) } else { Ok(parsed) }
}

/// Opens a dialog for the user whom the trigger id names. Nobody asks who opens it.
pub(crate) fn open(shared: &Shared, body: &[u8]) -> ApiResult<()> {
    let request: OpenRequest = parse(body, 3, |request: &OpenRequest| &request.url)?;
    shared.change(|model| {
        let opened = lock(&shared.triggers).check(&request.trigger_id, model.now())?;
        let shown = json!({"trigger_id": opened.client, "url": request.url, "dialog": request.dialog});
        model.publish(&Event::open_dialog(&opened.user_id, &shown));
        if model.dialogs.len() == REMEMBERED {
            model.dialogs.pop_front();
        }
        let view = DialogView { client_trigger_id: opened.client, url: request.url, dialog: request.dialog };
        model.dialogs.push_back((opened.user_id, view));
        Ok(())
    })
}

/// Sends what a user filled in, or that they closed it, to the address that the client gives. Whether there ever was such
/// a dialog, for this user or at all, nobody asks.
pub(crate) async fn submit(shared: &Shared, user_id: &str, body: &[u8]) -> ApiResult<Value> {
    let request: Submission = parse(body, 1, |request: &Submission| &request.url)?;
    allowed(&lock(&shared.model), user_id, &request)?;
    let body = json!({
        "type": "dialog_submission",
        "callback_id": request.callback_id,
        "state": request.state,
        "user_id": user_id,
        "channel_id": request.channel_id,
        "team_id": request.team_id,
        "submission": request.values,
        "cancelled": request.cancelled,
    });
    let answer = shared.integrations.call(&shared.faults, &request.url, &body).await?;
    Ok(Value::Object(shown(&answer)))
}

/// The client must name a channel and a team that the user is in, also for a direct message.
fn allowed(model: &Model, user_id: &str, request: &Submission) -> ApiResult<()> {
    let channel = model.channels.get(&request.channel_id).filter(|channel| model.is_member(user_id, channel));
    let admin = model.is_admin(user_id);
    let team = model.teams.get(&request.team_id).filter(|team| admin || team.members.contains(user_id));
    if channel.is_some() && team.is_some() { Ok(()) } else { Err(ApiError::permissions()) }
}

/// What the client gets of the integration's answer: the errors that keep the dialog open. Anything else closes it.
fn shown(answer: &[u8]) -> Map<String, Value> {
    let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
    let mut shown = Map::new();
    if let Some(error) = answer["error"].as_str().filter(|error| !error.is_empty()) {
        shown.insert("error".to_owned(), json!(error));
    }
    let errors = answer["errors"].as_object();
    if let Some(errors) = errors.filter(|errors| !errors.is_empty() && errors.values().all(Value::is_string)) {
        shown.insert("errors".to_owned(), json!(errors));
    }
    shown
}
