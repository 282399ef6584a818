//! How large a message may be. Slack counts characters; whether a character beyond the first 65536 counts once or twice
//! is not known, so it counts twice here, and a tenth of every limit is left free.

use super::block::{Block, Button, Text};
use crate::button;

/// Blocks of a message; Slack allows 50.
const BLOCKS: usize = 45;
/// Characters of a section's text; Slack allows 3000.
pub(super) const SECTION: usize = 2700;
/// Characters of a field; Slack allows 2000.
const FIELD: usize = 1800;
/// Fields of a section; Slack allows this many.
const FIELDS: usize = 10;
/// Buttons in a row; Slack allows 25.
const BUTTONS: usize = 5;
/// Characters on a button; Slack allows 75.
const LABEL: usize = 67;
/// Characters of all blocks together. Slack documents no limit, and refused a message of 11341.
const ALL: usize = 7200;
/// Characters of the text beside the blocks. Slack refuses 4000 when a message is changed.
pub(super) const TEXT: usize = 2700;

/// Characters as Slack may count them.
pub(super) fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Whether Slack takes these blocks in a message.
pub(super) fn fits(blocks: &[Block]) -> bool {
    let all: usize = blocks.iter().flat_map(texts).map(length).sum();
    blocks.len() <= BLOCKS && all <= ALL && blocks.iter().all(each_fits)
}

fn each_fits(block: &Block) -> bool {
    let within = |text: &str, most: usize| (1..=most).contains(&length(text));
    let every = |texts: &[Text], most: usize| texts.iter().all(|text| within(&text.words, most));
    match block {
        Block::Section { text } => within(&text.words, SECTION),
        Block::Words { text } => within(&text.words, SECTION),
        Block::Fields { fields } => (1..=FIELDS).contains(&fields.len()) && every(fields, FIELD),
        Block::Context { elements } => (1..=FIELDS).contains(&elements.len()) && every(elements, SECTION),
        Block::Actions { elements, .. } => {
            let fits = |button: &Button| within(&button.text.words, LABEL) && within(&button.value, button::ROOM);
            (1..=BUTTONS).contains(&elements.len()) && elements.iter().all(fits)
        }
        Block::RichText { .. } => true,
        // For forms alone.
        Block::Input { .. } => false,
    }
}

/// All that counts as text of a block.
fn texts(block: &Block) -> Vec<&str> {
    match block {
        Block::Section { text } => vec![&text.words],
        Block::Words { text } => vec![&text.words],
        Block::Fields { fields: texts } | Block::Context { elements: texts } => {
            texts.iter().map(|text| text.words.as_str()).collect()
        }
        Block::RichText { elements } => elements.iter().flat_map(|part| &part.elements).map(|run| &*run.text).collect(),
        // Whether what a button carries counts is not known.
        Block::Actions { elements, .. } => elements.iter().flat_map(|b| [&*b.text.words, &*b.value]).collect(),
        Block::Input { label, .. } => vec![&label.words],
    }
}
