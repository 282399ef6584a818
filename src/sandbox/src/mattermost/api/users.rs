//! `/users`

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use http::Uri;

use super::super::error::{ApiError, ApiResult};
use super::super::model::Model;
use super::super::server::Shared;
use super::super::user::User;
use super::session::Session;
use super::{id_param, ok};
use crate::common::lock::lock;

/// The user as the caller may see them.
fn show(model: &Model, session: &Session, user: &User) -> Response {
    let all = model.show_email || user.id == session.user_id || model.is_admin(&session.user_id);
    ok(&user.json(all))
}

fn missing() -> ApiError {
    ApiError::not_found("app.user.missing_account.const", "Unable to find the user.")
}

pub(super) async fn get(
    State(shared): State<Arc<Shared>>,
    session: Session,
    Path(user_id): Path<String>,
    uri: Uri,
) -> ApiResult {
    let model = lock(&shared.model);
    let id = id_param(session.resolve(&user_id), "user_id", &uri)?;
    let user = model.users.get(id).ok_or_else(missing)?;
    Ok(show(&model, &session, user))
}

pub(super) async fn by_email(
    State(shared): State<Arc<Shared>>,
    session: Session,
    Path(email): Path<String>,
) -> ApiResult {
    let model = lock(&shared.model);
    let email = email.to_lowercase();
    if !email.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty()) {
        return Err(ApiError::url_param("email"));
    }
    if !model.show_email && !model.is_admin(&session.user_id) {
        return Err(ApiError::email_hidden());
    }
    let user = model.users.values().find(|user| user.email.to_lowercase() == email).ok_or_else(missing)?;
    Ok(show(&model, &session, user))
}

pub(super) async fn by_username(
    State(shared): State<Arc<Shared>>,
    session: Session,
    Path(username): Path<String>,
    uri: Uri,
) -> ApiResult {
    let model = lock(&shared.model);
    let in_route = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if !username.bytes().all(in_route) {
        return Err(ApiError::no_route(uri.path()));
    }
    if username.bytes().any(|b| b.is_ascii_uppercase()) {
        return Err(ApiError::body_param("username"));
    }
    let user = model.user_named(&username).ok_or_else(|| {
        ApiError::not_found(
            "app.user.get_by_username.app_error",
            "Unable to find an existing account matching your username for this team. This team may require an invite \
             from the team owner to join.",
        )
    })?;
    Ok(show(&model, &session, user))
}
