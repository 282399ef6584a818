//! How large a post may be, and how its properties are counted.

use serde::Serialize;

/// Characters of all properties together. Servers before 6 allow 8000, to which they count what they add themselves.
pub(super) const PROPS: usize = 7000;
/// Characters of the message. Servers whose database began long ago allow 4000; leave some for what is not foreseen.
pub(super) const MESSAGE: usize = 3900;

/// Characters of `value` as the server counts them: as JSON in which Go has escaped what might be HTML.
pub(super) fn in_json(value: &impl Serialize) -> usize {
    let json = serde_json::to_string(value).unwrap_or_default();
    let escaped = |c: char| matches!(c, '<' | '>' | '&' | '\u{2028}' | '\u{2029}');
    json.chars().map(|c| if escaped(c) { r"\u0000".len() } else { 1 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_counted_as_go_writes_it() {
        assert_eq!(in_json(&"ab"), 4);
        assert_eq!(in_json(&"é🎉"), 4);
        assert_eq!(in_json(&"<&>\n\""), 2 + 18 + 4);
    }
}
