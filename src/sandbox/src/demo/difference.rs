//! What was expected and what is there, for people to read.

use std::fmt::Write as _;

use super::chat::message::Message;

/// The message as it is, with what should be in it: lines that are missing marked by `-`, lines that stand in their place
/// by `+`.
pub(crate) fn in_field(message: Option<&Message>, title: &str, expected: &str) -> String {
    let Some(message) = message else {
        return format!("- {title}: … {expected} …\n+ (there is no message about this request)\n");
    };
    let start = format!("{title}:");
    let mut shown = String::new();
    let mut seen = false;
    for line in message.lines_with_thread() {
        if line.starts_with(&start) && !seen {
            seen = true;
            let _ = writeln!(shown, "- {title}: … {expected} …\n+ {line}");
        } else {
            let _ = writeln!(shown, "  {line}");
        }
    }
    if !seen {
        let _ = writeln!(shown, "- {title}: … {expected} …");
    }
    shown
}

/// The messages that are there, where one with this text should be.
pub(crate) fn in_messages(messages: &[Message], expected: &str) -> String {
    let mut shown = format!("- … {expected} …\n");
    if messages.is_empty() {
        shown.push_str("+ (there is no message about this request)\n");
    }
    for line in messages.iter().flat_map(Message::lines_with_thread) {
        let _ = writeln!(shown, "+ {line}");
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::super::chat::message::{Card, Field};
    use super::*;

    fn message(fields: &[(&str, &str)]) -> Message {
        let field = |(title, value): &(&str, &str)| Field {
            title: (*title).to_owned(),
            value: (*value).to_owned(),
            short: false,
        };
        let card = Card { fields: fields.iter().map(field).collect(), ..Card::default() };
        Message { text: "`bob` asks".to_owned(), cards: vec![card], ..Message::default() }
    }

    #[test]
    fn what_is_missing_stands_beside_what_is_there() {
        let there = message(&[("User", "`bob`"), ("Status", "PENDING")]);
        let shown = in_field(Some(&there), "Status", "APPROVED");
        assert_eq!(shown, "  `bob` asks\n  User: `bob`\n- Status: … APPROVED …\n+ Status: PENDING\n");
        let shown = in_field(Some(&message(&[])), "Status", "APPROVED");
        assert_eq!(shown, "  `bob` asks\n- Status: … APPROVED …\n");
        assert!(in_field(None, "Status", "APPROVED").contains("no message"));
        assert_eq!(in_messages(&[message(&[])], "was denied"), "- … was denied …\n+ `bob` asks\n");
    }
}
