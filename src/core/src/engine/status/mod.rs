//! What the engine can say of itself while it runs: connections, what waits for what, what was given up, what failed.
//!
//! A [`Monitor`] is handed to [`run`](super::run) in its [`Options`](super::Options) and asked from outside. Workers leave
//! on the board what they could not finish ([`Leftover`]); everything else is read where it is kept anyway, only when
//! somebody asks, and no lock is held while anything is waited for.
//!
//! No secret and no text of a message or a request gets in here: ids, recipients, and the words of failed calls.

mod leftover;
mod link;
mod monitor;
mod report;
mod survey;

pub(super) use leftover::{Leftover, all_given_up, left_over, note_failed_removal, note_failure, note_unremovable};
pub(super) use link::Link;
pub use monitor::Monitor;
pub use report::{BackendStatus, Connection, Failure, GivenUp, Moment, Status, Task, Waiting, WaitsFor};
