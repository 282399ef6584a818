//! Decisions as people write them into a thread.

use super::Action;

/// A decision that somebody wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// What they want.
    pub action: Action,
    /// Why, if they said so.
    pub reason: Option<String>,
}

/// Reads `approve [reason]` or `deny [reason]`, in any case; the reason may begin after a colon, a comma or a dash, and
/// may have several lines. Anything else, such as a sentence in which the word occurs, is no command.
pub fn command(text: &str) -> Option<Command> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let action = Action::of_word(word)?;
    // "approved", "approve-all" or "deny?" are something else.
    if !rest.is_empty()
        && !rest.starts_with(|c: char| c.is_whitespace() || matches!(c, ':' | ',' | '.' | '!' | '\u{2014}'))
    {
        return None;
    }
    let reason = rest.trim_start_matches(|c: char| {
        c.is_whitespace() || matches!(c, ':' | ',' | '.' | '!' | '-' | '\u{2013}' | '\u{2014}')
    });
    Some(Command { action, reason: Some(reason.to_owned()).filter(|r| !r.is_empty()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_the_word_alone_or_with_a_reason() {
        let read = |text: &str| command(text).map(|c| (c.action, c.reason.unwrap_or_default()));
        let approve = |reason: &str| Some((Action::Approve, reason.to_owned()));
        let deny = |reason: &str| Some((Action::Deny, reason.to_owned()));
        for (text, meant) in [
            ("approve", approve("")),
            ("  Approve  ", approve("")),
            ("DENY not today", deny("not today")),
            ("deny: not today", deny("not today")),
            ("deny - see INC-7\nand INC-8", deny("see INC-7\nand INC-8")),
            ("approve!", approve("")),
            ("approve, go ahead", approve("go ahead")),
            ("approved", None),
            ("approve?", None),
            ("approve-all", None),
            ("I approve", None),
            ("not approve", None),
            ("/approve", None),
            ("@accessbot approve", None),
            ("", None),
            ("\u{0430}pprove", None),
        ] {
            assert_eq!(read(text), meant, "{text:?}");
        }
    }
}
