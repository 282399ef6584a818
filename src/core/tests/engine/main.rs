//! The engine as a whole, on virtual time, against a cluster and a chat that live in memory.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod attacks;
mod chaos;
mod chat;
mod cluster;
mod copies;
mod court;
mod crowd;
mod decisions;
mod elections;
mod fate;
mod hour;
mod invariants;
#[cfg(debug_assertions)]
mod mutants;
mod people;
mod poll;
mod replica;
mod several;
mod simulation;
mod slow;
mod status;
mod stories;
mod takeover;
mod trail;
mod trouble;
mod votes;
mod weather;
mod world;
