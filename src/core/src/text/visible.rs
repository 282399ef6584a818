//! Making visible what cannot be seen.

/// The lines of a text, however they were ended; without NUL, which no database takes, and without empty lines around
/// the text.
pub fn lines(text: &str) -> String {
    let unified = text.replace("\r\n", "\n").replace(['\r', '\u{85}', '\u{2028}', '\u{2029}', '\u{b}', '\u{c}'], "\n");
    unified.replace('\0', "").trim_matches('\n').trim_end().to_owned()
}

/// Lines from outside as they can be shown in a block of text: without what would change the text around it.
pub fn visible_lines(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => shown.push(c),
            // Direction overrides turn what follows around, beyond the block; what else is invisible is left in, as
            // many scripts and emoji are made with it.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}' => push_visible(&mut shown, c),
            _ if c.is_control() => push_visible(&mut shown, c),
            _ => shown.push(c),
        }
    }
    shown
}

/// Adds `c` to `shown`; by its number if it shows nothing, because two names that look the same must be the same.
pub fn push_visible(shown: &mut String, c: char) {
    if c.is_control() || is_invisible(c) {
        shown.extend(c.escape_default());
    } else {
        shown.push(c);
    }
}

/// Characters that show nothing, or change how others are shown.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_alike() {
        assert_eq!(lines("\n\na\r\nb\rc\u{2028}d\0\n \n"), "a\nb\nc\nd");
        assert_eq!(lines("  indented\n"), "  indented");
    }

    #[test]
    fn a_block_keeps_its_lines_and_its_emoji() {
        assert_eq!(visible_lines("x\u{202e}y\u{1b}[0m\n\tz"), "x\\u{202e}y\\u{1b}[0m\n\tz");
        assert_eq!(visible_lines("👩‍💻 می‌خواهم"), "👩‍💻 می‌خواهم");
    }

    #[test]
    fn what_cannot_be_seen_is_shown_by_its_number() {
        let mut shown = String::new();
        "a\u{200b}\u{202e}\nb名".chars().for_each(|c| push_visible(&mut shown, c));
        assert_eq!(shown, r"a\u{200b}\u{202e}\nb名");
    }
}
