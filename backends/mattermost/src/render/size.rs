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

/// The rendering with the most room that fits, of those with `least` to `most` room; the one with `least` if none fits.
pub(super) fn fitting<T>(least: usize, most: usize, render: impl Fn(usize) -> T, fits: impl Fn(&T) -> bool) -> T {
    let whole = render(most);
    if fits(&whole) {
        return whole;
    }
    let (mut best, mut low, mut high) = (render(least), least, most);
    while high - low > 1 {
        let middle = low.midpoint(high);
        let tried = render(middle);
        if fits(&tried) {
            (best, low) = (tried, middle);
        } else {
            high = middle;
        }
    }
    best
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

    #[test]
    fn the_largest_that_fits_is_taken() {
        for limit in [3, 5, 49, 50, 51, 100, 1000] {
            let got = fitting(3, 100, |room| room, |room| *room <= limit);
            assert_eq!(got, limit.min(100));
        }
        assert_eq!(fitting(3, 100, |room| room, |_| false), 3);
    }
}
