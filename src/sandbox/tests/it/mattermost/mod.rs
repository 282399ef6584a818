//! The Mattermost stand-in.

mod client;
mod faults;
mod lists;
mod lookups;
mod posts;
