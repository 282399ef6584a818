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
mod review_support;
mod trouble;
mod watches;
