//! The Slack stand-in over the wire.

mod chat;
mod client;
mod conversations;
mod faults;
mod history;
mod shapes;
mod wire;
