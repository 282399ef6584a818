//! `accessbot status`: asks a running bot how it fares, over a socket that only its own user can reach.
//!
//! One connection is one question: the line [`QUESTION`], answered by one JSON object, a [`Status`], at whose end the bot
//! hangs up.

mod client;
mod server;
mod socket;
mod text;

use std::path::PathBuf;

use accessbot_core::backend::BackendDef;
use accessbot_core::engine::status::Status;

use super::config::{self, Sources};
use super::exit::{self, Failure};
use super::{arguments, start};

pub(super) use self::client::AskError;
pub(super) use self::server::serve;
pub(super) use self::socket::{SocketError, SocketFile, bind};

/// What is asked. The number is the version of question and answer.
const QUESTION: &str = "accessbot status 1\n";
/// Where the socket is when nothing says so: where the systemd unit has it.
const USUAL_PLACE: &str = "/run/accessbot/status.sock";

/// Asks the bot, prints what it answers, and tells whether all is well by the exit code.
pub(super) fn status(backends: &[BackendDef], arguments: arguments::Status) -> Result<u8, Failure> {
    let json = arguments.json;
    let path = place(backends, arguments)?;
    let answer = start::runtime()?.block_on(client::ask(&path));
    let status = answer.map_err(|source| Failure::NoStatus { path, source })?;
    exit::say(&if json { as_json(&status) } else { text::render(&status) })?;
    Ok(if status.is_well() { exit::DONE } else { exit::OTHER })
}

/// Where the bot listens: as the arguments say, or its configuration, or where it usually does.
fn place(backends: &[BackendDef], arguments: arguments::Status) -> Result<PathBuf, Failure> {
    if let Some(socket) = arguments.socket {
        return Ok(socket);
    }
    let named = arguments.config.is_some();
    match config::read(backends, &Sources::of_process(arguments.config)) {
        Ok(draft) => Ok(draft.status_socket().unwrap_or_else(|| PathBuf::from(USUAL_PLACE))),
        Err(mistakes) if named => Err(Failure::Config(mistakes)),
        // Nothing is configured here, which is no reason why there should be no bot.
        Err(_) => Ok(PathBuf::from(USUAL_PLACE)),
    }
}

/// The answer as it came, and `ok`: whether all is well.
fn as_json(status: &Status) -> String {
    let mut whole = serde_json::json!(status);
    if let Some(object) = whole.as_object_mut() {
        object.insert("ok".to_owned(), status.is_well().into());
    }
    format!("{whole:#}\n")
}
