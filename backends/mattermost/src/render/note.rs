//! A sentence that is posted once.

use accessbot_core::backend::{Mark, Note};
use accessbot_core::request::RequestId;
use accessbot_core::text::{fitting, web_link};

use super::Rendered;
use super::attachment::{Attachment, color};
use super::card::{commands, title_of};
use super::props::Props;
use super::size;
use super::value::{quote, sentence};

/// The room that the quotation may take if it can.
const ROOM: (usize, usize) = (20, 4096);
/// Characters of the sentence.
const LINE_ROOM: usize = 1500;

pub(super) fn render(note: &Note, request: &RequestId, mark: Mark) -> Rendered {
    let message = fitting(ROOM.0, ROOM.1, |room| message(note, room), |m| m.chars().count() <= size::MESSAGE);
    Rendered { message, props: Props::new(mark, link(note, request).into_iter().collect()) }
}

/// A link in the text would make the server fetch the page, for a preview, before it answers our call. It fetches
/// nothing for an attachment.
fn link(note: &Note, request: &RequestId) -> Option<Attachment> {
    let title = title_of(request);
    Some(Attachment {
        fallback: title.clone(),
        color: color(note.state),
        title_link: web_link(note.link.as_ref())?.to_owned(),
        title,
        ..Attachment::default()
    })
}

fn message(note: &Note, room: usize) -> String {
    let line = match sentence(&note.line) {
        long if long.chars().count() > LINE_ROOM => note.state.word().to_owned(),
        line => line,
    };
    let mut parts = vec![format!("{} {line}", note.state.emoji())];
    if let Some(words) = note.quote.as_deref().filter(|words| !words.trim().is_empty()) {
        parts.push(quote(words, room));
    }
    parts.push(commands(note.link.as_ref()));
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}
