//! A sentence that is posted once.

use accessbot_core::backend::{Marker, Note};
use accessbot_core::request::RequestId;

use super::Rendered;
use super::card::{commands, web_link};
use super::props::{Kind, Mark, Props};
use super::size::{self, fitting};
use super::value::{quote, sentence};

/// The room that the quotation may take if it can.
const ROOM: (usize, usize) = (20, 4096);
/// Characters of the sentence.
const LINE_ROOM: usize = 1500;

pub(super) fn render(note: &Note, request: &RequestId, marker: &Marker) -> Rendered {
    let message = fitting(ROOM.0, ROOM.1, |room| message(note, room), |m| m.chars().count() <= size::MESSAGE);
    let mark = Mark::new(request, marker, Kind::Note);
    Rendered { message, props: Props::new(mark, Vec::new()) }
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
    if let Some(url) = web_link(note.link.as_ref()) {
        parts.push(format!("[Open in Teleport]({url})"));
    }
    parts.push(commands(note.link.as_ref()));
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}
