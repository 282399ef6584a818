//! Text as Markdown that shows exactly this text.
//!
//! Text from outside stands in code, where nothing has a meaning but the end of the code, and the end is chosen so that
//! the text does not hold it. As Mattermost has more than one parser, none of which is the reference, a character of no
//! width behind every `@` makes sure that nobody is mentioned even if one of them sees no code there.

use accessbot_core::text::{push_visible, visible_lines};

/// Breaks what looks like a mention, without being seen.
const NO_WIDTH: char = '\u{200b}';

/// Words of our own, in a line of text.
pub(crate) fn plain(text: &str) -> String {
    let mut markdown = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '#' | '!' | '>' | '~' | '|' => {
                markdown.extend(['\\', c]);
            }
            '@' => markdown.extend([c, NO_WIDTH]),
            // `:smile:`, `https://…` and `<b>`; a backslash would be shown.
            ':' | '<' if rest.peek().is_some_and(|next| !next.is_whitespace()) => markdown.extend([c, NO_WIDTH]),
            _ => push_visible(&mut markdown, c),
        }
    }
    markdown
}

/// A line from outside, such as a name. What cannot be seen is shown by its number, because two names that look the
/// same must be the same.
pub(super) fn code(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        push_visible(&mut shown, c);
        if c == '@' {
            shown.push(NO_WIDTH);
        }
    }
    if shown.trim().is_empty() {
        return "(empty)".to_owned();
    }
    let fence = "`".repeat(longest_run_of_backticks(&shown) + 1);
    let space = if shown.starts_with('`') || shown.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{shown}{space}{fence}")
}

/// Lines from outside, such as a reason, as a block that begins and ends on lines of its own.
pub(super) fn block(text: &str) -> String {
    let shown = visible_lines(text).replace('@', &format!("@{NO_WIDTH}"));
    let fence = "`".repeat(longest_run_of_backticks(&shown).max(2) + 1);
    format!("{fence}\n{shown}\n{fence}")
}

fn longest_run_of_backticks(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use accessbot_core::text::lines;

    use super::*;

    #[test]
    fn a_name_is_shown_as_it_is() {
        for (name, markdown) in [
            ("alice", "`alice`"),
            ("", "(empty)"),
            ("  ", "(empty)"),
            ("a`b", "``a`b``"),
            ("`", "`` ` ``"),
            ("``x``", "``` ``x`` ```"),
            ("**Status**: APPROVED", "`**Status**: APPROVED`"),
            ("a\nb\tc\r\0", r"`a\nb\tc\r\u{0}`"),
            ("gnp.\u{202e}exe", r"`gnp.\u{202e}exe`"),
            ("ad\u{200b}min", r"`ad\u{200b}min`"),
            ("@channel", "`@\u{200b}channel`"),
            ("bob@example.com", "`bob@\u{200b}example.com`"),
            ("名前 عربي", "`名前 عربي`"),
        ] {
            assert_eq!(code(name), markdown, "{name:?}");
        }
    }

    #[test]
    fn a_block_cannot_be_closed_from_inside() {
        for (text, markdown) in [
            ("why", "```\nwhy\n```"),
            ("```\n@channel", "````\n```\n@\u{200b}channel\n````"),
            ("a\n`````\nb", "``````\na\n`````\nb\n``````"),
            ("~~~\n# x", "```\n~~~\n# x\n```"),
            ("x\u{202e}y\u{1b}[0m", "```\nx\\u{202e}y\\u{1b}[0m\n```"),
            ("👩‍💻 می‌خواهم", "```\n👩‍💻 می‌خواهم\n```"),
        ] {
            assert_eq!(block(&lines(text)), markdown, "{text:?}");
        }
    }

    #[test]
    fn our_own_words_have_no_markup_either() {
        assert_eq!(plain("asks for 2 roles, at 10: now - (soon)."), "asks for 2 roles, at 10: now - (soon).");
        assert_eq!(plain("*a* _b_ `c` [d](e) #f ~g @h"), "\\*a\\* \\_b\\_ \\`c\\` \\[d\\](e) \\#f \\~g @\u{200b}h");
        assert_eq!(plain(":x: <b>"), ":\u{200b}x: <\u{200b}b\\>");
        assert_eq!(plain("a\nb"), "a\\nb");
    }
}
