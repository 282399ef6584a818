//! The plan: from what is known to what to say, and from what was to be said to what to do next.
//!
//! Both halves are pure. [`intend()`] turns a sighting of the request and the ledger into the ledger as it should be:
//! which messages, replies and words to the requester there ought to be. [`next()`] turns that ledger and the memory of
//! earlier attempts into the steps that can be taken now, and the moment to look again. All policy is here; the engine
//! only carries it out.

mod intend;
mod settled;
mod steps;
#[cfg(test)]
mod tests;

pub use intend::{Policy, Sighting, absorb_go, adopt, facts, intend, is_another, lowers};
pub use settled::is_settled;
pub use steps::{Attempt, Attempts, Next, REVISIT, Step, StepKind, next};
