//! What `accessbot demo` shows: a cluster and a chat, the people in them, and a story that they play.
//!
//! [`DemoWorld`] is a Teleport stand-in and a chat stand-in, set up so that dual authorization can be seen. [`play`] is
//! the story for a terminal, checked at every step; [`Page`] is the same world for a browser. The bot itself is not here:
//! whoever shows the demo runs it with the configuration that [`DemoWorld::write_config`] writes, and hands over what it
//! logs as a [`BotLog`].
//!
//! Futures that leave this crate are boxed. The compiler makes the body of an `async fn` where it is awaited, so the
//! servers would be in the program twice: once for this crate, once for that of the caller.

mod bot_log;
mod chat;
mod difference;
mod page;
mod stage;
mod story;
mod trouble;
mod world;

pub use bot_log::{AUDIT, BotLog, LogLine};
pub use chat::block::{Block, Look, Run};
pub use chat::message::{Button, Card, Field, Form, Message, Reaction};
pub use chat::{Before, CHATS, ChatDef, DemoChat, Forgery, Place};
pub use page::Page;
pub use stage::StoryError;
pub use story::play;
pub use world::DemoWorld;
