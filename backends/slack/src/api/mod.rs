//! Slack's methods, as far as we call them, with types.
//!
//! Of every answer only what we use is decoded; whatever else is there, or is there next year, is passed over.

mod channels;
mod messages;
mod sockets;
mod users;
mod views;
mod word;

pub(crate) use channels::{Channel, Room};
#[cfg(feature = "fuzzing")]
pub(crate) use messages::Page;
pub(crate) use messages::{Message, NewMessage, Place, Posted};
pub(crate) use users::{Me, User};
