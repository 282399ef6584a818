//! How long a server asks to be left alone.

use reqwest::header::HeaderMap;

/// The number of seconds in a header. With several limits at work it comes several times; the longest satisfies all.
pub fn seconds_asked(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get_all(name).iter().filter_map(|value| value.to_str().ok()?.trim().parse::<u64>().ok()).max()
}
