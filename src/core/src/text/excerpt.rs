//! Shortening text without splitting what people see as one character.

/// The beginning of a text, or the whole of it.
#[derive(Debug, PartialEq, Eq)]
pub struct Excerpt<'a> {
    /// What is shown.
    pub text: &'a str,
    /// The characters of the whole text, if this is not the whole.
    pub cut_from: Option<usize>,
}

/// At most `most` characters and `lines` lines of `text`.
pub fn excerpt(text: &str, most: usize, lines: usize) -> Excerpt<'_> {
    let by_chars = text.char_indices().nth(most).map_or(text.len(), |(at, _)| at);
    let by_lines = text.match_indices('\n').nth(lines.saturating_sub(1)).map_or(text.len(), |(at, _)| at);
    let end = by_chars.min(by_lines);
    if end == text.len() {
        return Excerpt { text, cut_from: None };
    }
    let kept = text[..whole_until(text, end)].trim_end();
    Excerpt { text: kept, cut_from: Some(text.chars().count()) }
}

/// `excerpt`, remarked upon: what stands behind a text that was cut.
pub fn remark(cut_from: Option<usize>) -> String {
    cut_from.map_or_else(String::new, |all| format!("… (truncated, {all} characters in all)"))
}

/// The last place up to `end` where `text` can be cut between two characters as people see them. Where a text goes on
/// and on without such a place, in the middle of them after all.
fn whole_until(text: &str, end: usize) -> usize {
    let mut at = end;
    for _ in 0..32 {
        let behind = text[at..].chars().next();
        let Some(before) = text[..at].chars().next_back() else { return at };
        let joined = behind.is_some_and(continues) || before == ZERO_WIDTH_JOINER || splits_flag(&text[..at], behind);
        if !joined {
            return at;
        }
        at -= before.len_utf8();
    }
    end
}

const ZERO_WIDTH_JOINER: char = '\u{200d}';

/// Whether `c` belongs to the character before it: accents, vowel signs, variants, skin tones, joiners.
fn continues(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}' | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6dc}' | '\u{900}'..='\u{903}' | '\u{93a}'..='\u{93c}'
        | '\u{93e}'..='\u{94f}' | '\u{981}'..='\u{983}' | '\u{9bc}'..='\u{9cd}' | '\u{b82}' | '\u{bbe}'..='\u{bcd}'
        | '\u{e31}' | '\u{e34}'..='\u{e3a}' | '\u{e47}'..='\u{e4e}' | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}' | '\u{200c}' | ZERO_WIDTH_JOINER | '\u{20d0}'..='\u{20ff}' | '\u{3099}' | '\u{309a}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{fe20}'..='\u{fe2f}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0020}'..='\u{e007f}'
        | '\u{e0100}'..='\u{e01ef}')
}

/// Whether the cut would fall between the two letters of a flag.
fn splits_flag(before: &str, behind: Option<char>) -> bool {
    let letter = |c: &char| matches!(c, '\u{1f1e6}'..='\u{1f1ff}');
    behind.as_ref().is_some_and(letter) && before.chars().rev().take_while(letter).count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_stay_whole() {
        for (text, most, kept) in [
            ("hello", 5, "hello"),
            ("hello", 4, "hell"),
            ("hello", 0, ""),
            ("", 0, ""),
            ("né", 1, "n"),
            ("ne\u{301}x", 2, "n"),
            ("a👩‍💻b", 2, "a"),
            ("a👩‍💻b", 3, "a"),
            ("a👩‍💻b", 4, "a👩‍💻"),
            ("a👍🏽b", 2, "a"),
            ("🇩🇪🇫🇷", 3, "🇩🇪"),
            ("🇩🇪🇫🇷", 2, "🇩🇪"),
            ("❤️!", 1, ""),
            ("one two", 4, "one"),
        ] {
            assert_eq!(excerpt(text, most, 9).text, kept, "{text:?} to {most}");
        }
        // Forty accents on one letter are no reason to drop the text before them, nor to go on.
        let tower = format!("abc{}", "\u{301}".repeat(40));
        assert_eq!(excerpt(&tower, 39, 9).text.chars().count(), 39);
    }

    #[test]
    fn a_cut_knows_how_long_the_whole_was() {
        assert_eq!(excerpt("hello", 4, 9).cut_from, Some(5));
        assert_eq!(excerpt("hello", 5, 9).cut_from, None);
        assert_eq!(excerpt("a\nb\nc", 9, 2), Excerpt { text: "a\nb", cut_from: Some(5) });
        assert_eq!(excerpt("a\nb", 9, 2), Excerpt { text: "a\nb", cut_from: None });
        assert_eq!(remark(Some(4096)), "… (truncated, 4096 characters in all)");
        assert_eq!(remark(None), "");
    }
}
