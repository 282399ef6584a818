//! What people do with a message and a view, as far as the app hears of it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::SlackSandbox;
use super::block;
use super::drive::user_id;
use super::interaction::{signed, tell};
use super::modal;
use super::model::{Channel, ChannelKind, Grant, Message, Model, User};
use super::request_url::SignedRequest;
use super::view::MessageView;
use super::views::{DEPTH, ViewView};
use crate::common::error::SandboxError;
use crate::common::lock::lock;

/// Why somebody's action came to nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ActError {
    /// The app did not acknowledge in time. The person sees a sign of warning and no more; what came of it is unknown.
    #[error("the app did not acknowledge: {0}")]
    NotAcknowledged(String),
    /// Slack does not let the person do that, and the app hears nothing of it.
    #[error("refused: {0}")]
    Refused(String),
    /// There is no such user.
    #[error(transparent)]
    Unknown(#[from] SandboxError),
}

/// What became of a view that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Submitted {
    /// It is closed.
    Closed,
    /// It is still open and shows what is wrong, by the names of blocks.
    Errors(BTreeMap<String, String>),
    /// Another view has taken its place.
    Updated,
    /// Another view lies upon it.
    Pushed,
}

impl SlackSandbox {
    /// A user clicks a button of a message as they see it: the app is told the value that it had then, also if the message
    /// was changed since. Ends when the app has acknowledged.
    pub async fn click(&self, user: &str, message: &MessageView, action_id: &str) -> Result<(), ActError> {
        let payload = self.clicked(user, message, action_id)?;
        tell(&self.shared, &payload).await.map(drop).map_err(ActError::NotAcknowledged)
    }

    /// The call to the request URL that a click makes, without making it. See [`SlackSandbox::send`].
    pub fn click_request(&self, user: &str, message: &MessageView, action_id: &str) -> Result<SignedRequest, ActError> {
        Ok(signed(&self.shared, &self.clicked(user, message, action_id)?))
    }

    fn clicked(&self, user: &str, message: &MessageView, action_id: &str) -> Result<Value, ActError> {
        let action = button(message, action_id).ok_or_else(|| ActError::Refused(format!("no button {action_id:?}")))?;
        self.shared.change(|model| {
            let (user, grant) = actor(model, user, self.token())?;
            let (channel, message) = seen(model, &user, message)?;
            if message.bot_id != grant.bot_id {
                return Err(ActError::Refused("the message is of another app".to_owned()));
            }
            let place = model.place_of(channel, message);
            Ok(model.block_actions(&user, place, action, &grant))
        })
    }

    /// The views that a user has open, the one at the bottom first.
    pub fn views(&self, user: &str) -> Result<Vec<ViewView>, SandboxError> {
        let model = lock(&self.shared.model);
        Ok(model.views_of(&user_id(&model, user)?))
    }

    /// A user fills a view in and sends it: words by the names of blocks, of which those that are not there stay empty.
    pub async fn submit_view(
        &self,
        user: &str,
        view: &ViewView,
        words: &[(&str, &str)],
    ) -> Result<Submitted, ActError> {
        let payload = self.submitted(user, view, words)?;
        let said = tell(&self.shared, &payload).await.map_err(ActError::NotAcknowledged)?;
        self.carry_out(user, &view.id, &said)
    }

    /// The call to the request URL that a submission makes, without making it. See [`SlackSandbox::send`].
    pub fn submit_request(
        &self,
        user: &str,
        view: &ViewView,
        words: &[(&str, &str)],
    ) -> Result<SignedRequest, ActError> {
        Ok(signed(&self.shared, &self.submitted(user, view, words)?))
    }

    fn submitted(&self, user: &str, view: &ViewView, words: &[(&str, &str)]) -> Result<Value, ActError> {
        self.shared.change(|model| {
            let (user, grant) = actor(model, user, self.token())?;
            let mut open = open_view(model, &user, view)?;
            open["state"]["values"] = filled_in(&open, words).map_err(ActError::Refused)?;
            Ok(model.view_submission(&user, &open, &grant))
        })
    }

    /// Does with a view what the app said when it acknowledged.
    fn carry_out(&self, user: &str, id: &str, said: &Value) -> Result<Submitted, ActError> {
        let trouble = |what: &str| ActError::NotAcknowledged(format!("{what} in {said}"));
        self.shared.change(|model| {
            let user = user_id(model, user)?;
            let view = || modal::check(&said["view"]).map_err(|_| trouble("a view that is wrong"));
            match said["response_action"].as_str() {
                None if said.get("response_action").is_none() => {
                    model.close_view(id);
                    Ok(Submitted::Closed)
                }
                Some("clear") => {
                    model.close_views_of(&user);
                    Ok(Submitted::Closed)
                }
                Some("errors") => {
                    let open = model.view_of(&user, id).unwrap_or_default();
                    errors(&open, &said["errors"]).map(Submitted::Errors).ok_or_else(|| trouble("errors of no block"))
                }
                Some("update") => {
                    view()?;
                    model.replace_view(id, &said["view"]);
                    Ok(Submitted::Updated)
                }
                Some("push") => {
                    view()?;
                    if model.views_of(&user).len() == DEPTH {
                        return Err(trouble("one view too many"));
                    }
                    let grant = model.tokens.get(self.token()).cloned();
                    let grant = grant.ok_or_else(|| trouble("no app"))?;
                    model.open_view(&user, &said["view"], &grant.app_id, &grant.bot_id);
                    Ok(Submitted::Pushed)
                }
                _ => Err(trouble("no such action")),
            }
        })
    }

    /// A user closes a view without sending it. The app hears of it if it wanted to.
    pub async fn close_view(&self, user: &str, view: &ViewView) -> Result<(), ActError> {
        let payload = self.shared.change(|model| {
            let (user, grant) = actor(model, user, self.token())?;
            let open = open_view(model, &user, view)?;
            model.close_view(&view.id);
            let told = open["notify_on_close"] == true;
            Ok::<_, ActError>(told.then(|| model.view_closed(&user, &open, false, &grant)))
        })?;
        match payload {
            Some(payload) => tell(&self.shared, &payload).await.map(drop).map_err(ActError::NotAcknowledged),
            None => Ok(()),
        }
    }

    /// The messages that only this user was shown, oldest first (the last 10000 of all users).
    pub fn ephemerals(&self, user: &str) -> Result<Vec<MessageView>, SandboxError> {
        let model = lock(&self.shared.model);
        let id = user_id(&model, user)?;
        let theirs = model.ephemerals.iter().filter(|(user, ..)| *user == id);
        let views = theirs
            .filter_map(|(_, channel, message)| Some(MessageView::of(&model, model.channels.get(channel)?, message)));
        Ok(views.collect())
    }
}

/// Who acts, and the app that is told.
fn actor(model: &Model, user: &str, token: &str) -> Result<(User, Grant), ActError> {
    let id = user_id(model, user)?;
    let user = model.users.get(&id).cloned().ok_or_else(|| SandboxError::unknown("user", user))?;
    if user.deleted {
        return Err(ActError::Refused("the account is deactivated".to_owned()));
    }
    let grant = model.tokens.get(token).cloned().ok_or_else(|| ActError::Refused("the app is gone".to_owned()))?;
    Ok((user, grant))
}

/// The message as it is now, if the user can see it.
fn seen<'a>(model: &'a Model, user: &User, message: &MessageView) -> Result<(&'a Channel, &'a Message), ActError> {
    let gone = |what: &str| ActError::Refused(what.to_owned());
    let channel = model.channels.get(&message.channel).ok_or_else(|| gone("the channel is gone"))?;
    let open = channel.kind == ChannelKind::Public && !model.is_outsider(user) && user.account.is_member();
    if !open && !channel.members.contains(&user.id) {
        return Err(gone("not in the channel"));
    }
    Ok((channel, channel.messages.get(&message.ts).ok_or_else(|| gone("the message is gone"))?))
}

fn open_view(model: &Model, user: &User, view: &ViewView) -> Result<Value, ActError> {
    model.view_of(&user.id, &view.id).ok_or_else(|| ActError::Refused("the view is not open".to_owned()))
}

/// The button of this name, as the message showed it, with the name of its block.
fn button(message: &MessageView, action_id: &str) -> Option<Map<String, Value>> {
    let blocks = block::named(&json!(message.blocks));
    for block in blocks.as_array().into_iter().flatten().filter(|block| block["type"] == "actions") {
        let mut elements = block["elements"].as_array().into_iter().flatten();
        if let Some(button) = elements.find(|element| element["action_id"] == action_id) {
            let mut button = button.as_object()?.clone();
            button.insert("block_id".to_owned(), block["block_id"].clone());
            return Some(button);
        }
    }
    None
}

/// What a view says when it is sent with these words, or what the client says against them.
fn filled_in(view: &Value, words: &[(&str, &str)]) -> Result<Value, String> {
    let mut values = json!({});
    for block in modal::inputs(view) {
        let name = block["block_id"].as_str().unwrap_or_default();
        let element = &block["element"];
        let word =
            words.iter().find(|(block, _)| *block == name).map(|(_, word)| *word).filter(|word| !word.is_empty());
        let length = word.map_or(0, |word| word.encode_utf16().count() as u64);
        if word.is_none() && block.get("optional") != Some(&json!(true)) {
            return Err(format!("{name} must be filled in"));
        }
        let (least, most) = (element["min_length"].as_u64(), element["max_length"].as_u64());
        if word.is_some() && (length < least.unwrap_or(0) || length > most.unwrap_or(3000)) {
            return Err(format!("{name} has {length} characters"));
        }
        let action = element["action_id"].as_str().unwrap_or_default();
        values[name][action] = json!({"type": "plain_text_input", "value": word});
    }
    match words.iter().find(|(name, _)| values.get(name).is_none()) {
        Some((name, _)) => Err(format!("there is no field {name}")),
        None => Ok(values),
    }
}

/// Errors by the names of blocks that ask for words; `None` if they are not that.
fn errors(view: &Value, errors: &Value) -> Option<BTreeMap<String, String>> {
    let known = |name: &String| modal::inputs(view).any(|block| block["block_id"] == **name);
    let errors: BTreeMap<String, String> = serde_json::from_value(errors.clone()).ok()?;
    (!errors.is_empty() && errors.keys().all(known)).then_some(errors)
}
