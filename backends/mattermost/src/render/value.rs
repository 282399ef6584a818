//! The values of fields as text.

use accessbot_core::backend::{FieldValue, Span};
use accessbot_core::text::{excerpt, lines, moment, names, progress, remark};

use super::markdown::{block, code, plain};

/// Lines of a quotation, at most: what follows the quotation must stay in sight.
const QUOTED_LINES: usize = 60;
/// Characters of a name in a sentence.
const NAME_IN_LINE: usize = 80;

/// A field's value, with about `room` characters for each text from outside.
pub(super) fn value(value: &FieldValue, room: usize) -> String {
    match value {
        FieldValue::Name(name) => name_of(name, room),
        FieldValue::Names(all) => names(all, room, |name| name_of(name, room)),
        FieldValue::Quote(text) => quote(text, room),
        FieldValue::Time(time) => moment(*time),
        FieldValue::Progress(reviews) => progress(*reviews),
        FieldValue::Status(state, reason) => {
            let status = format!("{} {}", state.emoji(), state.word());
            if lines(reason).is_empty() { status } else { format!("{status}\n{}", quote(reason, room)) }
        }
    }
}

/// A sentence in which others have their words.
pub(super) fn sentence(spans: &[Span]) -> String {
    let span = |span: &Span| match span {
        Span::Ours(text) => plain(text),
        Span::Theirs(text) => name_in_line(text),
        Span::Time(time) => moment(*time),
    };
    spans.iter().map(span).collect()
}

/// Words of others, on lines of their own.
pub(super) fn quote(text: &str, room: usize) -> String {
    let text = lines(text);
    let excerpt = excerpt(&text, room, QUOTED_LINES);
    match remark(excerpt.cut_from) {
        whole if whole.is_empty() => block(excerpt.text),
        remark => format!("{}\n{remark}", block(excerpt.text)),
    }
}

/// A name in a sentence, which has no room to say how much of it is missing.
fn name_in_line(name: &str) -> String {
    let excerpt = excerpt(name, NAME_IN_LINE, usize::MAX);
    format!("{}{}", code(excerpt.text), if excerpt.cut_from.is_some() { "…" } else { "" })
}

fn name_of(name: &str, room: usize) -> String {
    let excerpt = excerpt(name, room, usize::MAX);
    match remark(excerpt.cut_from) {
        whole if whole.is_empty() => code(excerpt.text),
        remark => format!("{}{remark}", code(excerpt.text)),
    }
}
