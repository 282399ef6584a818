//! From meaning to Mattermost: a short message, which notifications show, and one attachment with everything that
//! changes while the request lives.
//!
//! Two limits hold on every server that we know (chat-side limits are in [`size`]). What does not fit is shortened, and
//! says so, before anything is left out; the least important field is left out first.

mod actions;
mod attachment;
mod card;
mod markdown;
mod note;
mod props;
mod size;
mod value;

#[cfg(test)]
mod actions_tests;
#[cfg(test)]
mod tests;

use accessbot_core::backend::{Content, Mark, Marker};
use accessbot_core::request::RequestId;

use crate::decisions::Inputs;

pub(crate) use card::title_of;
pub(crate) use markdown::plain;
pub(crate) use props::Props;

/// A post's text and properties.
#[derive(Debug)]
pub(crate) struct Rendered {
    pub(crate) message: String,
    pub(crate) props: Props,
}

/// Renders what is said about `request`, marked with `marker`, with the `inputs` for what can be decided on it.
pub(crate) fn render(content: &Content, request: &RequestId, marker: &Marker, inputs: &Inputs) -> Rendered {
    let mark = Mark::new(request, marker, content);
    match content {
        Content::Card(card) => card::render(card, request, &mark, inputs),
        Content::Note(note) => note::render(note, request, mark),
    }
}
