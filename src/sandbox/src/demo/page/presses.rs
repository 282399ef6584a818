//! What people do in the chat of the page: press buttons, fill in forms, and lay out buttons of their own.

use std::sync::Arc;

use accessbot_core::request::RequestState;
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::acts::{answer, refused};
use super::{Shared, picture};
use crate::demo::chat::{Before, Forgery};
use crate::demo::world::{DemoWorld, PEOPLE};

const STRANGER: &str = "Only alice, ivan and bob are here.";

/// A click on a button.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Press {
    who: String,
    place: String,
    message: String,
    button: String,
}

/// Somebody presses a button. Whether they may is for the chat to say, and for the bot.
pub(super) async fn press(State(shared): State<Arc<Shared>>, Json(press): Json<Press>) -> Response {
    let Some(place) = DemoWorld::places().find(|place| picture::place_id(*place) == press.place) else {
        return refused("There is no such place here.");
    };
    if !PEOPLE.contains(&press.who.as_str()) {
        return refused(STRANGER);
    }
    let at = Before { who: &press.who, place, message: &press.message };
    answer(shared.world.chat.press(at, &press.button).await.map(|form| json!({ "form": form })))
}

/// A form, filled in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Submission {
    who: String,
    form: String,
    reason: String,
}

/// Somebody sends a form.
pub(super) async fn submit(State(shared): State<Arc<Shared>>, Json(sent): Json<Submission>) -> Response {
    if !PEOPLE.contains(&sent.who.as_str()) {
        return refused(STRANGER);
    }
    let submitted = shared.world.chat.submit(&sent.who, &sent.form, &sent.reason).await;
    answer(submitted.map(|wrong| json!({ "wrong": wrong })))
}

/// A button that is not the bot's.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Forging {
    kind: Forgery,
}

/// Alice lays out a button that claims to approve the newest request that waits.
pub(super) async fn forge(State(shared): State<Arc<Shared>>, Json(forging): Json<Forging>) -> Response {
    let requests = shared.world.teleport.requests();
    let pending = requests.iter().filter(|request| request.state == RequestState::Pending);
    let Some(newest) = pending.max_by_key(|request| (request.created, &request.id)) else {
        return refused("Nothing waits for a decision: ask for something first.");
    };
    answer(shared.world.chat.forge(newest.id.as_str(), forging.kind).map(|_| json!({})))
}
