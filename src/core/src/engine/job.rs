//! What goes between the board and the workers.

use tokio::time::Instant;

use super::case::Memory;
use super::status::Leftover;
use crate::clock::Timestamp;
use crate::plan::Sighting;
use crate::teleport::Record;

/// What is remembered of a request about which there is nothing to do: enough to see whether it changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quiet {
    /// Name of the request's content when it was last worked on; `None` if it was gone.
    pub(super) request: Option<u64>,
    /// Name of the record's content as it was last written or read.
    pub(super) record: u64,
    /// Whether it still waits for reviews.
    pub(super) pending: bool,
}

/// What a worker knows of a request's record beforehand.
#[derive(Debug, Default)]
pub(super) enum Recorded {
    /// Nothing: there was no listing since it was last worked on.
    #[default]
    Unknown,
    /// It was listed, and is this.
    As(Record),
    /// It was listed, and must be read.
    Unread,
}

/// What a worker gets to work on.
#[derive(Debug, Default)]
pub(super) struct Job {
    /// How the request was last seen; `None`: ask.
    pub(super) sighting: Option<Sighting>,
    /// What is known of its record.
    pub(super) record: Recorded,
    /// Since when the record is known to be as it was listed, if it was.
    pub(super) record_since: Option<Instant>,
    /// What it was when it was quiet.
    pub(super) quiet: Option<Quiet>,
    /// What earlier attempts left behind.
    pub(super) memory: Option<Box<Memory>>,
    /// When the request was made, if it was seen waiting, was never worked on, and waits no longer.
    pub(super) untold: Option<Timestamp>,
}

/// What a worker leaves.
#[derive(Debug)]
pub(super) struct Done {
    /// Set when nothing is left to do; otherwise the memory is.
    pub(super) quiet: Option<Quiet>,
    /// What the next attempt must know.
    pub(super) memory: Option<Box<Memory>>,
    /// When to look again although nothing happens.
    pub(super) again: Option<Instant>,
    /// Whether the request can be forgotten.
    pub(super) forget: bool,
    /// How it was seen, if it must be taken up with the same sighting again.
    pub(super) sighting: Option<Sighting>,
    /// What is left to be told about it; `None`: what was left before.
    pub(super) left: Option<Leftover>,
}
