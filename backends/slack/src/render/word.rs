//! A word to whoever decided, which nobody else sees.

use accessbot_core::text::{excerpt, lines, visible_lines};
use serde_json::{Value, json};

use super::block::{Block, Plain};
use super::mrkdwn::escape;

/// Characters of it. Escaped, each may become five.
const ROOM: usize = 500;

/// A sentence as a message.
#[derive(Debug)]
pub(crate) struct Word {
    /// What notifications show.
    pub(crate) text: String,
    /// What the person sees.
    pub(crate) blocks: Vec<Block>,
    /// What tells it from an announcement, where it is kept.
    pub(crate) metadata: Value,
}

impl Word {
    /// A sentence in which names of others may stand.
    pub(crate) fn new(sentence: &str) -> Self {
        let sentence = plain(sentence);
        let metadata = json!({"event_type": "accessbot_answer", "event_payload": {}});
        Self { text: escape(&sentence), blocks: vec![Block::Words { text: Plain::new(sentence) }], metadata }
    }
}

/// A sentence for a place where nothing has a meaning, never empty.
pub(crate) fn plain(sentence: &str) -> String {
    let sentence = lines(sentence);
    let excerpt = excerpt(&sentence, ROOM, usize::MAX);
    let shown = visible_lines(excerpt.text);
    match shown.trim() {
        "" => "(nothing)".to_owned(),
        _ if excerpt.cut_from.is_some() => format!("{shown}…"),
        _ => shown,
    }
}

#[cfg(test)]
mod tests {
    use accessbot_sandbox::slack::examine;
    use proptest::prelude::*;

    use super::super::samples::hostile;
    use super::*;

    proptest! {
        #[test]
        fn no_sentence_mentions_anybody_or_is_too_long(sentence in hostile()) {
            let word = Word::new(&sentence);
            prop_assert_eq!(examine(&word.text, &json!(word.blocks)).map(|who| who.len()), Ok(0));
            prop_assert!(!word.text.is_empty() && word.text.len() < 4 * 5 * (ROOM + 100));
        }
    }
}
