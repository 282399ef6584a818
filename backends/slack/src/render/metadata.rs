//! The mark by which we know our messages again, where Slack keeps such things.

use accessbot_core::backend::{Content, Mark, Marker};
use accessbot_core::request::RequestId;
use serde::{Deserialize, Serialize};

/// The kind of event that our messages are, in Slack's words.
const EVENT: &str = "accessbot_request";

/// A message's metadata.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Metadata {
    event_type: String,
    event_payload: Mark,
}

impl Metadata {
    pub(super) fn new(request: &RequestId, marker: &Marker, content: &Content) -> Self {
        Self { event_type: EVENT.to_owned(), event_payload: Mark::new(request, marker, content) }
    }

    /// The mark, if the metadata is ours.
    pub(crate) fn mark(self) -> Option<Mark> {
        (self.event_type == EVENT).then_some(self.event_payload)
    }
}
