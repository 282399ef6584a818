//! Slack for accessbot.
//!
//! [`BACKEND`] is all that a program needs. Inside, from the wire up: `client` makes calls and says what went wrong
//! (`failure`, `code`), `pace` keeps to a message a second in each channel, `method` lists Slack's methods, `api` calls them, `recipient`,
//! `listing` and `directory` turn what operators write into conversations, `render` turns meaning into blocks that cannot
//! be broken out of, `history` finds our own messages again, and `backend` puts them together. Where people decide in
//! Slack, what they do comes in by `socket`, or by `callback` with a `signature`, is handed on by `interact`, and rests on
//! what a `button` carries; `person` and `group` tell who somebody is.
//!
//! What holds everywhere here:
//!
//! * Slack answers 200 to nearly everything; `ok` in the body tells.
//! * What the token may do differs from workspace to workspace. Where a scope is missing that only serves comfort, the
//!   bot does without, and `accessbot check` says what the scope would give.
//! * A message is `channel` and `ts`, and `ts` is a text. Only the id of a conversation will do to change a message, not
//!   the name or the person that it was posted to; so what comes back is what is kept.
//! * Only angle brackets mention anybody, in code as well: text from outside is escaped, or stands where nothing is
//!   parsed.
//! * What people do is authentic, because Slack signs it or tells it over a connection of ours; what it says of people is
//!   not believed but asked for.
//! * Metadata can be read by every member, and posted by every app: only messages of our own bot count.

mod api;
mod backend;
mod button;
mod callback;
mod check;
mod client;
mod code;
mod definition;
mod directory;
mod failure;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod group;
mod history;
mod identity;
mod interact;
mod listing;
mod method;
mod pace;
mod person;
mod recipient;
#[cfg(test)]
mod reference_tests;
mod render;
#[cfg(test)]
mod sdk_tests;
mod signature;
mod socket;

pub use definition::BACKEND;
