//! The properties of our posts: the attachment that people see, and the mark by which we know the post again.

use accessbot_core::backend::Marker;
use accessbot_core::request::RequestId;
use serde::{Deserialize, Serialize};

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

/// The mark by which we know our posts again. Members of the channel can read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    v: u32,
    req: String,
    marker: String,
    #[serde(default)]
    pub(crate) kind: Kind,
}

/// What a marked post is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// The standing message for those who decide.
    Card,
    /// The standing message for whoever asked.
    Requester,
    /// A sentence that stays as it is.
    Note,
    /// What later versions may have.
    #[default]
    #[serde(other)]
    Other,
}

/// Characters of a request's name in a mark. Teleport's have 36; what is longer must not take the place of the message.
const NAME_ROOM: usize = 120;

impl Mark {
    pub(super) fn new(request: &RequestId, marker: &Marker, kind: Kind) -> Self {
        Self { v: 1, req: short_name(request).to_owned(), marker: marker.as_str().to_owned(), kind }
    }

    /// Whether the post is about this request.
    pub(crate) fn is_about(&self, request: &RequestId) -> bool {
        self.req == short_name(request)
    }

    /// Whether it is the very post that was to carry this marker.
    pub(crate) fn is_of(&self, request: &RequestId, marker: &Marker) -> bool {
        self.is_about(request) && self.marker == marker.as_str()
    }
}

fn short_name(request: &RequestId) -> &str {
    let name = request.as_str();
    name.char_indices().nth(NAME_ROOM).map_or(name, |(end, _)| &name[..end])
}
