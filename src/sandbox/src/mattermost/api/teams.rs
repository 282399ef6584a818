//! `/teams`

use std::sync::Arc;

use axum::extract::{Path, State};
use http::Uri;
use serde_json::{Value, json};

use super::super::channel::Team;
use super::super::error::{ApiError, ApiResult};
use super::super::model::Model;
use super::super::server::Shared;
use super::session::Session;
use super::{id_param, name_param, ok};
use crate::common::lock::lock;

pub(super) fn is_member(model: &Model, session: &Session, team: &Team) -> bool {
    team.members.contains(&session.user_id) || model.is_admin(&session.user_id)
}

pub(super) fn missing() -> ApiError {
    ApiError::not_found("app.team.get_by_name.missing.app_error", "Unable to find the existing team.")
}

pub(super) async fn by_name(
    State(shared): State<Arc<Shared>>,
    session: Session,
    Path(name): Path<String>,
    uri: Uri,
) -> ApiResult {
    let model = lock(&shared.model);
    let team = model.team_named(&name_param(&name, &uri)?).ok_or_else(missing)?;
    if !is_member(&model, &session, team) {
        return Err(ApiError::permissions());
    }
    Ok(ok(&team.json()))
}

pub(super) async fn of_user(
    State(shared): State<Arc<Shared>>,
    session: Session,
    Path(user_id): Path<String>,
    uri: Uri,
) -> ApiResult {
    let model = lock(&shared.model);
    let id = id_param(session.resolve(&user_id), "user_id", &uri)?;
    if id != session.user_id && !model.is_admin(&session.user_id) {
        return Err(ApiError::permissions());
    }
    let teams: Vec<Value> = model
        .team_ids
        .values()
        .filter_map(|t| model.teams.get(t))
        .filter(|t| t.members.contains(id))
        .map(Team::json)
        .collect();
    Ok(ok(&json!(teams)))
}
