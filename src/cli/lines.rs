//! Lines for people, with words from outside in them.

/// Servers have a say in such texts, and a line is a line.
pub(super) fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// `no THINGs`, `1 THING`, `2 THINGs`.
pub(super) fn plural(count: usize, what: &str) -> String {
    match count {
        0 => format!("no {what}s"),
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}
