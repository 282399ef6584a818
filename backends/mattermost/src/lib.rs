//! Mattermost for accessbot.
//!
//! [`BACKEND`] is all that a program needs. Inside, from the wire up: `client` makes calls and says what went wrong
//! (`failure`), `api` knows the server's endpoints, `recipient` and `directory` turn what operators write into
//! channels, `render` turns meaning into Markdown that cannot be broken out of, `history` finds our own posts again,
//! `people` says who somebody is, `decisions` takes presses and forms to the sink and answers back to people, `live` does
//! the same with replies and reactions that it hears of over a websocket, and `backend` puts them together.
//!
//! What was learnt about Mattermost 5.x to 11.x the hard way, and holds everywhere here:
//!
//! * A post is patched with all its properties rendered anew. What the server returns lacks parts; never send it back.
//! * The bot must be a member of the channel. With the role `post:all` it could post without, and not edit its post.
//! * `403` on a patch may mean that the post was deleted.
//! * Backslashes do not stop `@channel`; code does, and so does a character of no width behind the `@`.
//! * A button's context is shown to nobody, a dialog's address and state to whoever it is opened for. Of the calls that come
//!   of either only a press holds something that the server has signed: the trigger id, which names the person and the time.
//! * Whatever is in a post of somebody else may be there to deceive: only posts of our own account count.

mod api;
mod backend;
mod checkup;
mod client;
mod decisions;
mod definition;
mod directory;
mod failure;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod history;
mod identity;
mod live;
mod people;
mod recipient;
mod render;

pub use definition::BACKEND;
