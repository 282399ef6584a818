//! The values of fields as text.

use accessbot_core::backend::{FieldValue, Span};
use accessbot_core::clock::Timestamp;
use accessbot_core::request::Progress;

use super::excerpt::{excerpt, remark};
use super::markdown::{block, code, lines, plain};

/// Lines of a quotation, at most: what follows the quotation must stay in sight.
const QUOTED_LINES: usize = 60;
/// Characters of a name in a sentence.
const NAME_IN_LINE: usize = 80;

/// A field's value, with about `room` characters for each text from outside.
pub(super) fn value(value: &FieldValue, room: usize) -> String {
    match value {
        FieldValue::Name(name) => name_of(name, room),
        FieldValue::Names(all) => names(all, room),
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

/// As many names as there is room for.
fn names(all: &[String], room: usize) -> String {
    if all.is_empty() {
        return "none".to_owned();
    }
    let (mut shown, mut used): (Vec<String>, usize) = (Vec::new(), 0);
    for name in all {
        // Each name brings its backticks, a comma and a space.
        used += name.chars().count().max(1) + 4;
        if used > room && !shown.is_empty() {
            break;
        }
        shown.push(name_of(name, room));
    }
    let list = shown.join(", ");
    if shown.len() < all.len() { format!("{list} … (truncated, {} in all)", all.len()) } else { list }
}

/// `2026-11-21 09:30 UTC`.
fn moment(time: Timestamp) -> String {
    let text = time.to_string();
    match (text.get(..10), text.get(11..16)) {
        (Some(day), Some(minute)) => format!("{day} {minute} UTC"),
        _ => text,
    }
}

fn progress(reviews: Progress) -> String {
    let count = |n: usize, one: &str, more: &str| format!("{n} {}", if n == 1 { one } else { more });
    let denials = count(reviews.denials, "denial", "denials");
    let approvals = match reviews.needed {
        Some(needed) => format!("{} of {}", reviews.approvals, count(needed as usize, "approval", "approvals")),
        None if reviews.approvals == 0 && reviews.denials == 0 => "none yet".to_owned(),
        None if reviews.approvals == 0 => return denials,
        None => count(reviews.approvals, "approval", "approvals"),
    };
    if reviews.denials == 0 { approvals } else { format!("{approvals}, {denials}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_said_in_one_number_only_where_one_decides() {
        for (approvals, denials, needed, text) in [
            (0, 0, None, "none yet"),
            (1, 0, None, "1 approval"),
            (2, 1, None, "2 approvals, 1 denial"),
            (0, 2, None, "2 denials"),
            (0, 0, Some(2), "0 of 2 approvals"),
            (1, 0, Some(1), "1 of 1 approval"),
            (1, 1, Some(2), "1 of 2 approvals, 1 denial"),
        ] {
            assert_eq!(progress(Progress { approvals, denials, needed }), text);
        }
    }

    #[test]
    fn a_moment_has_its_zone() {
        assert_eq!(moment(Timestamp::from_millis(1_795_218_811_029)), "2026-11-20 23:53 UTC");
    }

    #[test]
    fn a_list_of_names_says_how_many_are_missing() {
        let roles: Vec<String> = (1..=5).map(|n| format!("role-{n}")).collect();
        assert_eq!(names(&roles, 1000), "`role-1`, `role-2`, `role-3`, `role-4`, `role-5`");
        assert_eq!(names(&roles, 25), "`role-1`, `role-2` … (truncated, 5 in all)");
        assert_eq!(names(&roles, 3), "`rol`… (truncated, 6 characters in all) … (truncated, 5 in all)");
        assert_eq!(names(&[], 3), "none");
    }
}
