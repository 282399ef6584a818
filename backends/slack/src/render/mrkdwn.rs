//! Text in Slack's markup that shows exactly this text.
//!
//! Only angle brackets mention anybody or make links, and escaping them is all that is needed against that. Emphasis and
//! emoji have no escape: words of others stand in code, and a backtick in them is replaced by one that only looks like
//! it, so that the code ends where we end it.

use accessbot_core::text::push_visible;

use super::size::{self, length};

/// Looks like a backtick, is no letter, and means nothing.
const LOOKS_LIKE_A_BACKTICK: char = '\u{2035}';

/// Escapes all that Slack asks to be escaped, and nothing else.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A line from outside, such as a name. What cannot be seen is shown by its number.
pub(super) fn code(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        push_visible(&mut shown, if c == '`' { LOOKS_LIKE_A_BACKTICK } else { c });
    }
    // Slack knows no code of spaces alone.
    if shown.trim().is_empty() { "(empty)".to_owned() } else { format!("`{}`", escape(&shown)) }
}

/// `best` if it is no longer than the text beside the blocks may be, `else_this` otherwise.
pub(super) fn fitting_text(best: &str, else_this: &str) -> String {
    if length(best) <= size::TEXT { best.to_owned() } else { else_this.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_shown_as_it_is() {
        for (name, mrkdwn) in [
            ("alice", "`alice`"),
            ("", "(empty)"),
            ("  ", "(empty)"),
            ("a`b", "`a‵b`"),
            ("*bold* _it_ :tada:", "`*bold* _it_ :tada:`"),
            ("<!channel>", "`&lt;!channel&gt;`"),
            ("<@U0123ABCD> & <https://x|y>", "`&lt;@U0123ABCD&gt; &amp; &lt;https://x|y&gt;`"),
            ("&lt;", "`&amp;lt;`"),
            ("a\nb", r"`a\nb`"),
            ("gnp.\u{202e}exe", r"`gnp.\u{202e}exe`"),
            ("名前 عربي", "`名前 عربي`"),
        ] {
            assert_eq!(code(name), mrkdwn, "{name:?}");
        }
    }
}
