//! The Slack stand-in over the wire.

mod answers;
mod app;
mod chat;
mod client;
mod conversations;
mod faults;
mod history;
mod people;
mod request_url;
mod shapes;
mod socket_mode;
mod views;
mod wire;
