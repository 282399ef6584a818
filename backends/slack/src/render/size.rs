//! How large a message may be. Slack counts characters; whether a character beyond the first 65536 counts once or twice
//! is not known, so it counts twice here, and a tenth of every limit is left free.

use super::block::{Block, Text};

/// Blocks of a message; Slack allows 50.
const BLOCKS: usize = 45;
/// Characters of a section's text; Slack allows 3000.
pub(super) const SECTION: usize = 2700;
/// Characters of a field; Slack allows 2000.
const FIELD: usize = 1800;
/// Fields of a section; Slack allows this many.
const FIELDS: usize = 10;
/// Characters of all blocks together. Slack documents no limit, and refused a message of 11341.
const ALL: usize = 7200;
/// Characters of the text beside the blocks. Slack refuses 4000 when a message is changed.
pub(super) const TEXT: usize = 2700;

/// Characters as Slack may count them.
pub(super) fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Whether Slack takes these blocks.
pub(super) fn fits(blocks: &[Block]) -> bool {
    let mut all = 0;
    let mut within = |text: &str, most: usize| {
        all += length(text);
        (1..=most).contains(&length(text))
    };
    let mut every = |texts: &[Text], most: usize| texts.iter().all(|text| within(&text.words, most));
    let each = blocks.iter().all(|block| match block {
        Block::Section { text } => every(std::slice::from_ref(text), SECTION),
        Block::Fields { fields } => (1..=FIELDS).contains(&fields.len()) && every(fields, FIELD),
        Block::Context { elements } => (1..=FIELDS).contains(&elements.len()) && every(elements, SECTION),
        Block::RichText { .. } => true,
    });
    let runs = |block: &Block| match block {
        Block::RichText { elements } => elements.iter().flat_map(|part| &part.elements).map(|e| length(&e.text)).sum(),
        _ => 0,
    };
    let rich: usize = blocks.iter().map(runs).sum();
    each && blocks.len() <= BLOCKS && all + rich <= ALL
}
