//! The values of fields as text.

use accessbot_core::backend::Span;
use accessbot_core::clock::Timestamp;
use accessbot_core::text::{excerpt, lines, moment, remark, visible_lines};

use super::block::Block;
use super::mrkdwn::{code, escape};

/// Lines of a quotation, at most: what follows the quotation must stay in sight.
const QUOTED_LINES: usize = 60;
/// Characters of a name in a sentence.
const NAME_IN_LINE: usize = 80;

/// Where a moment is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Times {
    /// As each reader's Slack shows times.
    Local,
    /// With its zone, where Slack shows the text as it is.
    Plain,
}

/// A sentence in which others have their words.
pub(super) fn sentence(spans: &[Span], times: Times) -> String {
    let span = |span: &Span| match span {
        Span::Ours(text) => escape(text),
        Span::Theirs(text) => name_in_line(text),
        Span::Time(time) if times == Times::Local => local(*time),
        Span::Time(time) => moment(*time),
    };
    spans.iter().map(span).collect()
}

/// A moment in the reader's own time.
pub(super) fn local(time: Timestamp) -> String {
    let seconds = time.as_millis().div_euclid(1000);
    format!("<!date^{seconds}^{{date_short_pretty}} {{time}}|{}>", moment(time))
}

/// Words of others as a block, with about `room` characters; `None` if they say nothing.
pub(super) fn quote(label: &str, text: &str, room: usize) -> Option<Block> {
    let text = lines(text);
    let excerpt = excerpt(&text, room, QUOTED_LINES);
    let shown = visible_lines(excerpt.text);
    if shown.trim().is_empty() {
        return None;
    }
    Some(Block::quotation(label, &shown, &remark(excerpt.cut_from)))
}

/// A name, and how much of it is missing.
pub(super) fn name(name: &str, room: usize) -> String {
    let excerpt = excerpt(name, room, usize::MAX);
    format!("{}{}", code(excerpt.text), remark(excerpt.cut_from))
}

/// A name in a sentence, which has no room to say how much of it is missing.
fn name_in_line(name: &str) -> String {
    let excerpt = excerpt(name, NAME_IN_LINE, usize::MAX);
    format!("{}{}", code(excerpt.text), if excerpt.cut_from.is_some() { "…" } else { "" })
}
