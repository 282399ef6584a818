//! What happens when somebody presses a button or chooses from a menu.

use serde::Deserialize;
use serde_json::{Value, json};

use super::attachment::{Props, decoded};
use super::body::object;
use super::ephemeral::without_slack_links;
use super::error::{ApiError, ApiResult};
use super::integration::IntegrationError;
use super::model::Model;
use super::server::Shared;
use super::trigger::Trigger;
use crate::common::lock::lock;

/// A press that was found to be one: where to call, and with what.
struct Press {
    url: String,
    body: Value,
    client_trigger: String,
}

/// What an integration may answer. A wrong type anywhere makes the whole answer count as none.
#[derive(Debug, Default, Deserialize)]
struct Reply {
    #[serde(default)]
    update: Option<Update>,
    #[serde(default)]
    ephemeral_text: Option<String>,
    #[serde(default)]
    skip_slack_parsing: Option<bool>,
}

/// The new post. Whatever else is in it, only these two are taken.
#[derive(Debug, Deserialize)]
struct Update {
    /// Missing is empty: the trap of those who only want to change the props.
    #[serde(default)]
    message: Option<String>,
    /// Missing leaves the props, with buttons that work, as they are.
    #[serde(default)]
    props: Option<Props>,
}

/// Props that stay when an answer replaces the others.
const KEPT: [&str; 3] = ["from_webhook", "override_username", "override_icon_url"];

/// The user presses: the integration is called, and its answer carried out. Gives the id by which the client will know a
/// dialog that comes of it.
pub(crate) async fn press(
    shared: &Shared,
    user_id: &str,
    post_id: &str,
    action_id: &str,
    selected: &str,
) -> ApiResult<String> {
    let press = {
        let model = lock(&shared.model);
        let trigger = lock(&shared.triggers).make(user_id, model.now());
        find(&model, trigger, user_id, post_id, action_id, selected)?
    };
    let answer = shared.integrations.call(&shared.faults, &press.url, &press.body).await?;
    let reply: Reply = object(&answer, 2).ok_or(IntegrationError)?;
    shared.change(|model| carry_out(model, user_id, post_id, reply))?;
    Ok(press.client_trigger)
}

/// Anybody in the channel may press: people, guests, other bots.
fn find(
    model: &Model,
    trigger: Trigger,
    user_id: &str,
    post_id: &str,
    action_id: &str,
    selected: &str,
) -> ApiResult<Press> {
    let post = model.posts.get(post_id).ok_or_else(ApiError::permissions)?;
    let channel = model.channels.get(&post.channel_id).ok_or_else(ApiError::permissions)?;
    if !model.is_member(user_id, channel) {
        return Err(ApiError::permissions());
    }
    model.visible_post(user_id, post_id)?;
    let actions = decoded(&post.props).into_iter().filter_map(|attachment| attachment.get("actions")?.as_array());
    let action = actions.flatten().find(|action| action["id"] == action_id && action["integration"].is_object());
    let action =
        action.ok_or_else(|| ApiError::not_found("api.post.do_action.action_id.app_error", "Invalid action id."))?;
    let text = |key: &str| action[key].as_str().unwrap_or_default();
    let integration = &action["integration"];
    let mut context = integration["context"].as_object().cloned().unwrap_or_default();
    if text("type") == "select" && !selected.is_empty() {
        context.insert("selected_option".to_owned(), json!(selected));
    }
    let team = model.teams.get(&channel.team_id);
    let mut body = json!({
        "user_id": user_id,
        "user_name": model.users.get(user_id).map(|user| user.username.as_str()).unwrap_or_default(),
        "channel_id": channel.id,
        "channel_name": channel.name,
        "team_id": channel.team_id,
        "team_domain": team.map(|team| team.name.as_str()).unwrap_or_default(),
        "post_id": post_id,
        "trigger_id": trigger.full,
        "type": text("type"),
        "data_source": text("data_source"),
    });
    if !context.is_empty() {
        body["context"] = Value::Object(context);
    }
    let url = integration["url"].as_str().unwrap_or_default().to_owned();
    Ok(Press { url, body, client_trigger: trigger.client })
}

/// The change needs nobody's permission; only the limits hold. What one user is to see comes last.
fn carry_out(model: &mut Model, user_id: &str, post_id: &str, reply: Reply) -> ApiResult<()> {
    let post = model.posts.get(post_id).ok_or_else(ApiError::permissions)?;
    let channel_id = post.channel_id.clone();
    let archived = model.channels.get(&channel_id).is_some_and(|channel| channel.delete_at != 0);
    let root_id = if post.root_id.is_empty() { post_id } else { &post.root_id }.to_owned();
    if let Some(update) = reply.update {
        if archived {
            let id = "api.post.update_post.can_not_update_post_in_deleted.error";
            return Err(ApiError::bad_request(id, "Can not update a post in a deleted channel."));
        }
        let props = update.props.map_or_else(|| post.props.clone(), |new| keep(&post.props, new));
        model.change_post(post_id, update.message.unwrap_or_default(), props)?;
    }
    let text = reply.ephemeral_text.unwrap_or_default();
    if !text.is_empty() {
        let skip = reply.skip_slack_parsing == Some(true);
        model.show_ephemeral(user_id, user_id, &channel_id, |post| {
            post.message = if skip { text } else { without_slack_links(&text) };
            post.root_id = root_id;
        });
    }
    Ok(())
}

/// The new props, with those of the old ones that stay.
fn keep(old: &Props, mut new: Props) -> Props {
    for key in KEPT {
        match old.get(key) {
            Some(value) => new.insert(key.to_owned(), value.clone()),
            None => new.remove(key),
        };
    }
    new
}
