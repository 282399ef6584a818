//! Finding a name in a text.

/// Whether `word` stands in `text` with nothing of a name before and behind it.
pub fn has_word(text: &str, word: &str) -> bool {
    let of_a_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    !word.is_empty()
        && text.match_indices(word).any(|(at, found)| {
            let before = text[..at].chars().next_back();
            let behind = text[at + found.len()..].chars().next();
            !before.is_some_and(of_a_name) && !behind.is_some_and(of_a_name)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_name_is_not_the_name() {
        for (text, found) in [
            ("see f7a02cf7.", true),
            ("see xf7a02cf7", false),
            ("see f7a02cf7-2c95", false),
            ("f7a02cf7-2c95 f7a02cf7", true),
            ("", false),
        ] {
            assert_eq!(has_word(text, "f7a02cf7"), found, "{text}");
        }
        assert!(!has_word("anything", ""));
    }
}
