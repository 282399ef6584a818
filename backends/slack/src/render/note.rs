//! A sentence that is posted once.

use accessbot_core::backend::Note;
use accessbot_core::text::fitting;

use super::block::Block;
use super::card::link;
use super::size;
use super::value::{Times, quote, sentence};

/// The room that the quotation may take if it can.
const ROOM: (usize, usize) = (20, 2600);
/// Characters of the sentence.
const LINE_ROOM: usize = 1500;

pub(super) fn render(note: &Note) -> (String, Vec<Block>) {
    let blocks = fitting(ROOM.0, ROOM.1, |room| blocks(note, room), |blocks| size::fits(blocks));
    (line(note, Times::Plain), blocks)
}

fn blocks(note: &Note, room: usize) -> Vec<Block> {
    let mut blocks = vec![Block::section(line(note, Times::Local))];
    blocks.extend(note.quote.as_deref().and_then(|words| quote("", words, room)));
    blocks.extend(link(note.link.as_ref()));
    blocks
}

fn line(note: &Note, times: Times) -> String {
    let line = match sentence(&note.line, times) {
        long if size::length(&long) > LINE_ROOM => note.state.word().to_owned(),
        line => line,
    };
    format!("{} {line}", note.state.emoji())
}
