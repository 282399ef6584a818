//! What is stored with a message, beside what people see, so that the bot knows it again.

use serde::{Deserialize, Serialize};

use super::content::{Audience, Content};
use super::marker::Marker;
use crate::request::RequestId;

/// The mark by which we know our messages again, for chats that store data with a message. Members of the channel may be
/// able to read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    v: u32,
    req: String,
    marker: String,
    /// What the message is.
    #[serde(default)]
    pub kind: MarkKind,
}

/// What a marked message is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MarkKind {
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
    /// The mark of a message that says `content` about `request`.
    pub fn new(request: &RequestId, marker: &Marker, content: &Content) -> Self {
        let kind = match content {
            Content::Card(card) if card.audience == Audience::Reviewers => MarkKind::Card,
            Content::Card(_) => MarkKind::Requester,
            Content::Note(_) => MarkKind::Note,
        };
        Self { v: 1, req: short_name(request).to_owned(), marker: marker.as_str().to_owned(), kind }
    }

    /// The request that the message is about, by its name as far as a mark has room for it.
    pub fn request(&self) -> RequestId {
        RequestId::new(self.req.clone())
    }

    /// Whether the message is about this request.
    pub fn is_about(&self, request: &RequestId) -> bool {
        self.req == short_name(request)
    }

    /// Whether it is the very message that was to carry this marker.
    pub fn is_of(&self, request: &RequestId, marker: &Marker) -> bool {
        self.is_about(request) && self.marker == marker.as_str()
    }
}

fn short_name(request: &RequestId) -> &str {
    let name = request.as_str();
    name.char_indices().nth(NAME_ROOM).map_or(name, |(end, _)| &name[..end])
}
