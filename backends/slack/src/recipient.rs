//! The forms in which operators write recipients.

use accessbot_core::text::is_mail_address;

/// Characters of a channel's name, the most that Slack allows.
const NAME_ROOM: usize = 80;

/// A recipient as it was written, sorted by its form. Nothing has been looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `user@host`.
    Email(String),
    /// A user's id: `U0123ABCD`, `W0123ABCD`.
    User(String),
    /// A channel's id: `C0123ABCD`, `G0123ABCD`.
    Channel(String),
    /// The id of our conversation with somebody: `D0123ABCD`.
    Direct(String),
    /// A channel's name, without `#`.
    Name(String),
}

impl Form {
    /// Sorts what an operator wrote. `None` if it has no form that we know.
    pub(crate) fn of_configured(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(name) = text.strip_prefix('#') {
            return channel_name(name);
        }
        if is_mail_address(text) {
            return Some(Self::Email(text.to_owned()));
        }
        if is_id(text) {
            return match text.as_bytes().first() {
                Some(b'U' | b'W') => Some(Self::User(text.to_owned())),
                Some(b'C' | b'G') => Some(Self::Channel(text.to_owned())),
                Some(b'D') => Some(Self::Direct(text.to_owned())),
                _ => None,
            };
        }
        channel_name(text)
    }

    /// Sorts the name of a Teleport user, which anybody may have chosen. Never a channel, and never an id: with the name
    /// of somebody else's one could read along.
    pub(crate) fn of_person(name: &str) -> Option<Self> {
        is_mail_address(name).then(|| Self::Email(name.to_owned()))
    }
}

/// Whether the text is an id of Slack's: upper case, which channels' names never have, and digits.
pub(crate) fn is_id(text: &str) -> bool {
    (9..=24).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// Whether the text is the id of a conversation.
pub(crate) fn is_conversation_id(text: &str) -> bool {
    is_id(text) && text.starts_with(['C', 'G', 'D'])
}

/// Whether the text is the id of a person, or of a bot.
pub(crate) fn is_user_id(text: &str) -> bool {
    is_id(text) && text.starts_with(['U', 'W'])
}

/// Slack's channel names, in any script: no space, no punctuation but `-` and `_`.
fn channel_name(text: &str) -> Option<Form> {
    let name = text.to_lowercase();
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_') || !c.is_ascii();
    let valid = !name.is_empty()
        && name.chars().count() <= NAME_ROOM
        && name.chars().all(|c| allowed(c) && !c.is_whitespace() && !c.is_control());
    valid.then_some(Form::Name(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_operators_write() {
        for (text, form) in [
            ("access-requests", "Name(\"access-requests\")"),
            ("#Access_Requests", "Name(\"access_requests\")"),
            ("#名前", "Name(\"名前\")"),
            (" general ", "Name(\"general\")"),
            ("bob@example.com", "Email(\"bob@example.com\")"),
            ("U0123ABCD", "User(\"U0123ABCD\")"),
            ("W0123ABCDEF", "User(\"W0123ABCDEF\")"),
            ("C0123ABCD", "Channel(\"C0123ABCD\")"),
            ("G0123ABCD", "Channel(\"G0123ABCD\")"),
            ("D0123ABCD", "Direct(\"D0123ABCD\")"),
            ("#C0123ABCD", "Name(\"c0123abcd\")"),
            ("CABCDEFGHI", "Channel(\"CABCDEFGHI\")"),
            ("COMPLY", "Name(\"comply\")"),
        ] {
            let got = Form::of_configured(text).map(|form| format!("{form:?}"));
            assert_eq!(got.as_deref(), Some(form), "{text:?}");
        }
        for text in ["", "#", "a b", "team/channel", "a.b", "@bob", "<!channel>", "T0123ABCD", "bob@", &"x".repeat(81)]
        {
            assert_eq!(Form::of_configured(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_person_is_an_address_and_nothing_else() {
        assert_eq!(Form::of_person("bob@example.com"), Some(Form::Email("bob@example.com".to_owned())));
        for name in ["general", "#general", "U0123ABCD", "C0123ABCD", "bob", "", "<@U0123ABCD>"] {
            assert_eq!(Form::of_person(name), None, "{name}");
        }
    }
}
