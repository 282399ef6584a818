//! The Teleport stand-in.

mod client;
mod credentials;
mod decisions;
mod lists;
mod plugin_data;
mod proxy;
mod trouble;
mod watches;
