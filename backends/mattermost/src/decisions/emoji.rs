//! Emoji that mean a decision.

use accessbot_core::backend::decision::Action;

/// What people may react with, by the names of emoji, without colons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Emoji {
    approve: Vec<String>,
    deny: Vec<String>,
}

const APPROVE: [&str; 3] = ["white_check_mark", "+1", "thumbsup"];
const DENY: [&str; 3] = ["x", "-1", "thumbsdown"];
/// The longest name of an emoji.
const LONGEST: usize = 64;
/// What a name ends with if people have chosen the colour of the hand.
const SKIN_TONES: [&str; 5] =
    ["_light_skin_tone", "_medium_light_skin_tone", "_medium_skin_tone", "_medium_dark_skin_tone", "_dark_skin_tone"];

impl Default for Emoji {
    fn default() -> Self {
        let names = |names: [&str; 3]| names.map(str::to_owned).to_vec();
        Self { approve: names(APPROVE), deny: names(DENY) }
    }
}

impl Emoji {
    /// The default, but for the lists that are given.
    ///
    /// # Errors
    /// What is wrong with them.
    pub(crate) fn of(approve: Option<Vec<String>>, deny: Option<Vec<String>>) -> Result<Self, String> {
        let default = Self::default();
        let emoji =
            Self { approve: approve.map_or(Ok(default.approve), names)?, deny: deny.map_or(Ok(default.deny), names)? };
        match emoji.approve.iter().find(|name| emoji.deny.contains(name)) {
            Some(both) => Err(format!("names {both}, which would deny as well")),
            None => Ok(emoji),
        }
    }

    /// What a reaction with this emoji means, if anything.
    pub(crate) fn action(&self, name: &str) -> Option<Action> {
        let plain = SKIN_TONES.iter().filter_map(|tone| name.strip_suffix(tone)).min_by_key(|rest| rest.len());
        let means = |list: &[String]| list.iter().any(|listed| listed == name || Some(listed.as_str()) == plain);
        if means(&self.approve) {
            Some(Action::Approve)
        } else if means(&self.deny) {
            Some(Action::Deny)
        } else {
            None
        }
    }

    /// The emoji to recommend for an action.
    pub(crate) fn first(&self, action: Action) -> &str {
        let list = match action {
            Action::Approve => &self.approve,
            Action::Deny => &self.deny,
        };
        list.first().map_or("", String::as_str)
    }
}

fn names(list: Vec<String>) -> Result<Vec<String>, String> {
    let valid = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-' | '+');
    if list.is_empty() {
        return Err("names no emoji".to_owned());
    }
    list.into_iter()
        .map(|name| match name.trim_matches(':') {
            "" => Err(format!("names \"{name}\", which is no emoji")),
            plain if plain.len() <= LONGEST && plain.chars().all(valid) => Ok(plain.to_owned()),
            _ => Err(format!("names \"{name}\", which is no emoji's name")),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn hands_of_all_colours_mean_the_same() {
        let emoji = Emoji::default();
        for (name, action) in [
            ("white_check_mark", Some(Action::Approve)),
            ("+1", Some(Action::Approve)),
            ("+1_dark_skin_tone", Some(Action::Approve)),
            ("+1_medium_light_skin_tone", Some(Action::Approve)),
            ("x", Some(Action::Deny)),
            ("-1_medium_dark_skin_tone", Some(Action::Deny)),
            ("+1_green_skin_tone", None),
            ("_dark_skin_tone", None),
            ("X", None),
            ("eyes", None),
            ("", None),
        ] {
            assert_eq!(emoji.action(name), action, "{name}");
        }
    }

    #[test]
    fn lists_of_ones_own_replace_the_default() {
        let emoji = Emoji::of(Some(list(&[":ship_it:"])), None).unwrap();
        assert_eq!(emoji.action("ship_it"), Some(Action::Approve));
        assert_eq!(emoji.action("+1"), None);
        assert_eq!(emoji.action("x"), Some(Action::Deny));
        assert_eq!(emoji.first(Action::Approve), "ship_it");
        for (approve, problem) in [
            (list(&[]), "names no emoji"),
            (list(&["✅"]), "names \"✅\", which is no emoji's name"),
            (list(&["::"]), "names \"::\", which is no emoji"),
            (list(&["x"]), "names x, which would deny as well"),
        ] {
            assert_eq!(Emoji::of(Some(approve), None), Err(problem.to_owned()));
        }
    }
}
