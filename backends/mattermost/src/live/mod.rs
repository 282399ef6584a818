//! Listening to what people do: replies and reactions, as the server tells them over a websocket that we open.
//!
//! What comes that way is authentic: who replied or reacted, the server knows from their session. What was missed, while
//! there was no connection or more came than could be kept, is looked up afterwards: events are hints, posts are truth.

mod act;
mod answered;
mod card;
mod catch_up;
mod frame;
mod lanes;
mod listen;
mod seen;
mod socket;
mod task;

#[cfg(feature = "fuzzing")]
pub(crate) use frame::read;
pub(crate) use seen::Seen;
pub(crate) use socket::{ListenError, Socket};
