//! Decisions that people make here: what the operator switched on, buttons and their forms, and what people are told.
//!
//! Nothing is decided here. Who somebody is, the server says; who pressed, its signature; that a button or a form is ours,
//! the sink; everything else in a callback is the word of whoever found the address.

mod answer;
mod button;
mod callback;
mod click;
mod emoji;
mod form;
mod inputs;
mod server_key;
mod trigger;
mod vouch;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use accessbot_core::backend::decision::DecisionSink;
use accessbot_core::clock::SharedClock;
use accessbot_http::Rest;

use crate::client::Client;
use crate::identity::Identity;
use crate::live::Seen;

pub(crate) use button::ButtonContext;
pub(crate) use callback::PATHS;
#[cfg(test)]
pub(crate) use emoji::Emoji;
#[cfg(test)]
pub(crate) use inputs::Callbacks;
pub(crate) use inputs::{INPUT_KEYS, Inputs};
pub(crate) use server_key::{NO_KEY, NO_KEY_HINT, Published, ServerKey};
#[cfg(feature = "fuzzing")]
pub(crate) use trigger::{PublicKey, verify};

/// How long a decision may take. The server waits 30 seconds for an answer to a press.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Takes what people decide to the sink, and the answer back to them.
pub(crate) struct Decisions {
    pub(crate) client: Arc<Client>,
    pub(crate) identity: Arc<Identity>,
    pub(crate) inputs: Inputs,
    pub(crate) sink: Arc<dyn DecisionSink>,
    pub(crate) clock: SharedClock,
    /// What was heard and dealt with.
    pub(crate) seen: Mutex<Seen>,
    /// What the server signs presses with.
    pub(crate) server_key: ServerKey,
    /// How often the log tells of presses of another time.
    pub(crate) untimely: Rest,
}
