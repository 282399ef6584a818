//! Who calls.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;

use super::super::error::ApiError;
use super::super::server::{Shared, bearer};
use crate::common::lock::lock;

/// The caller, by the access token.
pub(super) struct Session {
    pub(super) user_id: String,
}

impl Session {
    /// The user that a path means: `me` is the caller.
    pub(super) fn resolve<'a>(&'a self, user_id: &'a str) -> &'a str {
        if user_id == "me" { &self.user_id } else { user_id }
    }
}

impl FromRequestParts<Arc<Shared>> for Session {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, ApiError> {
        let model = lock(&shared.model);
        let user =
            bearer(&parts.headers).and_then(|token| model.session_user(token)).ok_or_else(ApiError::session_expired)?;
        Ok(Self { user_id: user.id.clone() })
    }
}
