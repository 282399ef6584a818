//! From meaning to Mattermost: a short message, which notifications show, and one attachment with everything that
//! changes while the request lives.
//!
//! Two limits hold on every server that we know (chat-side limits are in [`size`]). What does not fit is shortened, and
//! says so, before anything is left out; the least important field is left out first.

mod attachment;
mod card;
mod markdown;
mod note;
mod props;
mod size;
mod value;

#[cfg(test)]
mod tests;

use accessbot_core::backend::{Content, Mark, Marker};
use accessbot_core::request::RequestId;

pub(crate) use card::title_of;
pub(crate) use props::Props;

/// A post's text and properties.
#[derive(Debug)]
pub(crate) struct Rendered {
    pub(crate) message: String,
    pub(crate) props: Props,
}

/// Renders what is said about `request`, marked with `marker`.
pub(crate) fn render(content: &Content, request: &RequestId, marker: &Marker) -> Rendered {
    let mark = Mark::new(request, marker, content);
    match content {
        Content::Card(card) => card::render(card, request, &mark),
        Content::Note(note) => note::render(note, request, mark),
    }
}
