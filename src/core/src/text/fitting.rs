//! As much as fits.

/// The rendering with the most room that fits, of those with `least` to `most` room; the one with `least` if none fits.
pub fn fitting<T>(least: usize, most: usize, render: impl Fn(usize) -> T, fits: impl Fn(&T) -> bool) -> T {
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
    fn the_largest_that_fits_is_taken() {
        for limit in [3, 5, 49, 50, 51, 100, 1000] {
            let got = fitting(3, 100, |room| room, |room| *room <= limit);
            assert_eq!(got, limit.min(100));
        }
        assert_eq!(fitting(3, 100, |room| room, |_| false), 3);
    }
}
