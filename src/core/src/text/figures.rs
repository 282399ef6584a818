//! Times, counts and lists in words.

use crate::clock::Timestamp;
use crate::request::Progress;

/// `2026-11-21 09:30 UTC`.
pub fn moment(time: Timestamp) -> String {
    let text = time.to_string();
    match (text.get(..10), text.get(11..16)) {
        (Some(day), Some(minute)) => format!("{day} {minute} UTC"),
        _ => text,
    }
}

/// What the reviewers said so far: `1 of 2 approvals, 1 denial`.
pub fn progress(reviews: Progress) -> String {
    let count = |n: usize, one: &str, more: &str| format!("{n} {}", if n == 1 { one } else { more });
    let denials = count(reviews.denials, "denial", "denials");
    let approvals = match reviews.needed {
        Some(needed) => format!("{} of {}", reviews.approvals, count(needed as usize, "approval", "approvals")),
        None if reviews.approvals == 0 && reviews.denials == 0 => "none yet".to_owned(),
        None if reviews.approvals == 0 => return denials,
        None => count(reviews.approvals, "approval", "approvals"),
    };
    if reviews.denials == 0 { approvals } else { format!("{approvals}, {denials}") }
}

/// As many of `all` names as there is room for, each as `show` shows it, and how many there are if that is not all.
pub fn names(all: &[String], room: usize, show: impl Fn(&str) -> String) -> String {
    if all.is_empty() {
        return "none".to_owned();
    }
    let (mut shown, mut used): (Vec<String>, usize) = (Vec::new(), 0);
    for name in all {
        // Each name brings its quotes, a comma and a space.
        used += name.chars().count().max(1) + 4;
        if used > room && !shown.is_empty() {
            break;
        }
        shown.push(show(name));
    }
    let list = shown.join(", ");
    if shown.len() < all.len() { format!("{list} … (truncated, {} in all)", all.len()) } else { list }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_said_in_one_number_only_where_one_decides() {
        for (approvals, denials, needed, text) in [
            (0, 0, None, "none yet"),
            (1, 0, None, "1 approval"),
            (2, 1, None, "2 approvals, 1 denial"),
            (0, 2, None, "2 denials"),
            (0, 0, Some(2), "0 of 2 approvals"),
            (1, 0, Some(1), "1 of 1 approval"),
            (1, 1, Some(2), "1 of 2 approvals, 1 denial"),
        ] {
            assert_eq!(progress(Progress { approvals, denials, needed }), text);
        }
    }

    #[test]
    fn a_moment_has_its_zone() {
        assert_eq!(moment(Timestamp::from_millis(1_795_218_811_029)), "2026-11-20 23:53 UTC");
    }

    #[test]
    fn a_list_of_names_says_how_many_are_missing() {
        let roles: Vec<String> = (1..=5).map(|n| format!("role-{n}")).collect();
        let names = |all: &[String], room| names(all, room, |name| format!("<{name}>"));
        assert_eq!(names(&roles, 1000), "<role-1>, <role-2>, <role-3>, <role-4>, <role-5>");
        assert_eq!(names(&roles, 25), "<role-1>, <role-2> … (truncated, 5 in all)");
        assert_eq!(names(&roles, 3), "<role-1> … (truncated, 5 in all)");
        assert_eq!(names(&[], 3), "none");
    }
}
