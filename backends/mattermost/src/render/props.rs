//! The properties of our posts: the attachment that people see, and the mark by which we know the post again.

use accessbot_core::backend::Mark;
use serde::Serialize;

use super::attachment::Attachment;

/// All properties of a post. A patch replaces them as a whole, so that they are always rendered as a whole.
#[derive(Debug, Serialize)]
pub(crate) struct Props {
    /// The server sets this when a bot posts, and drops it when a patch does not bring it.
    from_bot: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) attachments: Vec<Attachment>,
    accessbot: Mark,
}

impl Props {
    pub(super) fn new(mark: Mark, attachments: Vec<Attachment>) -> Self {
        Self { from_bot: "true", attachments, accessbot: mark }
    }
}
