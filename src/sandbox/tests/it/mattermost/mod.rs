//! The Mattermost stand-in.

mod buttons;
mod client;
mod dialogs;
mod faults;
mod hook;
mod listener;
mod lists;
mod lookups;
mod posts;
mod reactions;
mod websocket;
