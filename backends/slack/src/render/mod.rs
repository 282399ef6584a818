//! From meaning to blocks, of messages, and of the form that asks for a reason.
//!
//! Text from outside stands in inline code, where it is escaped and nothing else has a meaning, or in preformatted rich
//! text, which Slack does not parse at all. What does not fit is shortened, and says so, before anything is left out;
//! the least important field is left out first.

mod block;
mod card;
mod form;
mod metadata;
mod mrkdwn;
mod note;
mod size;
mod value;
mod word;

#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;

use accessbot_core::backend::{Content, Marker};
use accessbot_core::request::RequestId;

pub(crate) use block::Block;
pub(crate) use form::{FORM, Form, REASON, REASON_BYTES};
pub(crate) use metadata::Metadata;
pub(crate) use word::{Word, plain};

/// A message.
#[derive(Debug)]
pub(crate) struct Rendered {
    /// What notifications show, and what stands for the blocks where they are not shown.
    pub(crate) text: String,
    /// What people see.
    pub(crate) blocks: Vec<Block>,
    /// What people see if Slack refuses the blocks.
    pub(crate) plain: String,
    pub(crate) metadata: Metadata,
}

/// Renders what is said about `request`, marked with `marker`.
pub(crate) fn render(content: &Content, request: &RequestId, marker: &Marker) -> Rendered {
    let (text, blocks) = match content {
        Content::Card(card) => card::render(card, request),
        Content::Note(note) => note::render(note),
    };
    let plain = mrkdwn::fitting_text(&format!("{text}\n{}", card::title(request)), &text);
    Rendered { text, blocks, plain, metadata: Metadata::new(request, marker, content) }
}
