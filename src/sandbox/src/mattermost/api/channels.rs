//! `/channels`

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::response::Response;
use bytes::Bytes;
use http::Uri;
use serde_json::{Value, json};

use super::super::channel::{Channel, ChannelKind};
use super::super::error::{ApiError, ApiResult};
use super::super::event::Event;
use super::super::model::Model;
use super::super::server::Shared;
use super::session::Session;
use super::{created, id_param, name_param, ok, teams};
use crate::common::ids::is_mattermost_id;
use crate::common::lock::lock;

/// The parameters of a query, in the order in which they came.
pub(super) type Params = Query<Vec<(String, String)>>;

/// The last parameter of that name.
pub(super) fn param<'a>(params: &'a Params, name: &str) -> Option<&'a str> {
    params.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// A number that is missing, negative or none at all counts as `default`, one that is too large as `most`.
pub(super) fn number(params: &Params, name: &str, default: usize, most: usize) -> usize {
    param(params, name).and_then(|value| value.parse().ok()).unwrap_or(default).min(most)
}

fn existing<'a>(model: &'a Model, id: &str) -> ApiResult<&'a Channel> {
    model.channels.get(id).ok_or_else(|| {
        ApiError::not_found("app.channel.get.existing.app_error", "Unable to find the existing channel.")
    })
}

fn no_such_name() -> ApiError {
    ApiError::not_found("app.channel.get_by_name.missing.app_error", "Channel does not exist.")
}

/// A channel that the caller may see. Foreign private ones are "not there", and archived ones unless they are asked for.
fn find_named(model: &Model, session: &Session, team_id: &str, name: &str, query: &Params) -> ApiResult {
    let archived_too = param(query, "include_deleted") == Some("true");
    let there = |channel: &&Channel| archived_too || channel.delete_at == 0;
    let channel = model.channel_named(team_id, name).filter(there).ok_or_else(no_such_name)?;
    if model.may_see(&session.user_id, channel) {
        Ok(ok(&channel.json()))
    } else if channel.kind == ChannelKind::Private {
        Err(no_such_name())
    } else {
        Err(ApiError::permissions())
    }
}

pub(super) async fn by_names(
    State(shared): State<Arc<Shared>>,
    session: Session,
    Path((team, name)): Path<(String, String)>,
    query: Params,
    uri: Uri,
) -> ApiResult {
    let model = lock(&shared.model);
    let (team, name) = (name_param(&team, &uri)?, name_param(&name, &uri)?);
    let team = model.team_named(&team).ok_or_else(teams::missing)?;
    find_named(&model, &session, &team.id, &name, &query)
}

pub(super) async fn by_name(
    State(shared): State<Arc<Shared>>,
    session: Session,
    Path((team_id, name)): Path<(String, String)>,
    query: Params,
    uri: Uri,
) -> ApiResult {
    let model = lock(&shared.model);
    let team_id = id_param(&team_id, "team_id", &uri)?;
    find_named(&model, &session, team_id, &name_param(&name, &uri)?, &query)
}

pub(super) async fn get(
    State(shared): State<Arc<Shared>>,
    session: Session,
    Path(id): Path<String>,
    uri: Uri,
) -> ApiResult {
    let model = lock(&shared.model);
    let channel = existing(&model, id_param(&id, "channel_id", &uri)?)?;
    if model.may_see(&session.user_id, channel) { Ok(ok(&channel.json())) } else { Err(ApiError::permissions()) }
}

/// How many are in it.
pub(super) async fn stats(
    State(shared): State<Arc<Shared>>,
    session: Session,
    Path(id): Path<String>,
    uri: Uri,
) -> ApiResult {
    let model = lock(&shared.model);
    let channel = existing(&model, id_param(&id, "channel_id", &uri)?)?;
    if !model.may_see(&session.user_id, channel) {
        return Err(ApiError::permissions());
    }
    let is_guest = |id: &&String| model.users.get(*id).is_some_and(|user| user.is_guest);
    Ok(ok(&json!({
        "channel_id": channel.id,
        "member_count": channel.members.len(),
        "guest_count": channel.members.iter().filter(is_guest).count(),
        "pinnedpost_count": 0,
    })))
}

fn sorted_by_display_name(mut channels: Vec<&Channel>) -> Vec<&Channel> {
    channels.sort_by(|a, b| (&a.display_name, &a.name).cmp(&(&b.display_name, &b.name)));
    channels
}

/// The public channels of a team, by pages.
pub(super) async fn public(
    State(shared): State<Arc<Shared>>,
    session: Session,
    Path(team_id): Path<String>,
    params: Params,
    uri: Uri,
) -> ApiResult {
    let model = lock(&shared.model);
    let team = model.teams.get(id_param(&team_id, "team_id", &uri)?).ok_or_else(ApiError::permissions)?;
    if !teams::is_member(&model, &session, team) {
        return Err(ApiError::permissions());
    }
    let is_public = |c: &&Channel| c.team_id == team.id && c.kind == ChannelKind::Public && c.delete_at == 0;
    let per_page = number(&params, "per_page", 60, 200);
    let page = number(&params, "page", 0, usize::MAX);
    let channels = sorted_by_display_name(model.channels.values().filter(is_public).collect());
    let shown = channels.into_iter().skip(page.saturating_mul(per_page)).take(per_page);
    Ok(ok(&json!(shown.map(Channel::json).collect::<Vec<_>>())))
}

/// The channels of a team that a user is in, and the user's direct messages, all at once.
pub(super) async fn of_user(
    State(shared): State<Arc<Shared>>,
    session: Session,
    Path((user_id, team_id)): Path<(String, String)>,
    uri: Uri,
) -> ApiResult {
    let model = lock(&shared.model);
    let user_id = id_param(session.resolve(&user_id), "user_id", &uri)?;
    let team = model.teams.get(id_param(&team_id, "team_id", &uri)?).ok_or_else(ApiError::permissions)?;
    let other = user_id != session.user_id && !model.is_admin(&session.user_id);
    if other || !teams::is_member(&model, &session, team) {
        return Err(ApiError::permissions());
    }
    let mine = |c: &&Channel| {
        (c.team_id == team.id || c.team_id.is_empty()) && c.delete_at == 0 && c.members.contains(user_id)
    };
    let channels = sorted_by_display_name(model.channels.values().filter(mine).collect());
    Ok(ok(&json!(channels.into_iter().map(Channel::json).collect::<Vec<_>>())))
}

pub(super) async fn member(
    State(shared): State<Arc<Shared>>,
    session: Session,
    Path((channel_id, user_id)): Path<(String, String)>,
    uri: Uri,
) -> ApiResult {
    let model = lock(&shared.model);
    let channel_id = id_param(&channel_id, "channel_id", &uri)?;
    let user_id = id_param(session.resolve(&user_id), "user_id", &uri)?;
    let channel = model.channels.get(channel_id).ok_or_else(ApiError::permissions)?;
    if !model.may_see(&session.user_id, channel) {
        return Err(ApiError::permissions());
    }
    if !channel.members.contains(user_id) {
        return Err(ApiError::not_found(
            "app.channel.get_member.missing.app_error",
            "No channel member found for that user ID and channel ID.",
        ));
    }
    Ok(ok(&channel.member_json(user_id)))
}

/// Joining a public channel of one's team.
pub(super) async fn join(
    State(shared): State<Arc<Shared>>,
    session: Session,
    Path(channel_id): Path<String>,
    uri: Uri,
    body: Bytes,
) -> ApiResult {
    let channel_id = id_param(&channel_id, "channel_id", &uri)?.to_owned();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let user_id = body["user_id"].as_str().unwrap_or_default().to_owned();
    shared.change(|model| {
        let channel = existing(model, &channel_id)?;
        let allowed = match channel.kind {
            ChannelKind::Public => user_id == session.user_id && model.may_see(&session.user_id, channel),
            _ => false,
        };
        if !allowed && !model.is_member(&session.user_id, channel) {
            return Err(ApiError::permissions());
        }
        let channel = model.channels.get_mut(&channel_id).ok_or_else(ApiError::permissions)?;
        let new = channel.members.insert(user_id.clone());
        let (answer, event) = (created(&channel.member_json(&user_id)), Event::user_added(channel, &user_id));
        if new {
            model.publish(&event);
        }
        Ok(answer)
    })
}

/// Opens the direct messages between the caller and somebody, as often as one likes.
pub(super) async fn direct(State(shared): State<Arc<Shared>>, session: Session, body: Bytes) -> ApiResult<Response> {
    let ids: Vec<String> = serde_json::from_slice(&body).unwrap_or_default();
    let [a, b] = ids.as_slice() else { return Err(ApiError::body_param("user_ids")) };
    if !is_mattermost_id(a) || !is_mattermost_id(b) {
        return Err(ApiError::body_param("user_id"));
    }
    if *a != session.user_id && *b != session.user_id {
        return Err(ApiError::permissions());
    }
    shared.change(|model| {
        if !model.users.contains_key(a) || !model.users.contains_key(b) {
            return Err(ApiError::bad_request(
                "api.channel.create_direct_channel.invalid_user.app_error",
                "Invalid user ID for direct channel creation.",
            ));
        }
        let other = if *a == session.user_id { b } else { a };
        let id = model.direct_channel(&session.user_id, other);
        Ok(created(&existing(model, &id)?.json()))
    })
}
