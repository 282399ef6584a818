//! The Teleport stand-in.

mod client;
mod credentials;
mod deciding;
mod decisions;
mod lists;
mod people;
mod permissions;
mod plugin_data;
mod proxy;
mod trouble;
mod watches;
