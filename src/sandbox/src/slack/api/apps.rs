//! `apps.*`

use serde_json::json;

use super::super::args::Args;
use super::super::model::{Grant, Model};
use super::super::reply::{Outcome, Refusal};

/// What an app-level token must be allowed.
const SCOPE: &str = "connections:write";

pub(super) fn connections_open(model: &mut Model, grant: &Grant, _: &Args) -> Outcome {
    if !grant.may(SCOPE) {
        return Err(Refusal::missing_scope(SCOPE, grant));
    }
    Ok(json!({"url": model.make_ticket(&grant.app_id)}))
}
