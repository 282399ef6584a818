//! The Teleport stand-in.

mod client;
mod credentials;
mod decisions;
mod lists;
mod plugin_data;
mod trouble;
mod watches;
