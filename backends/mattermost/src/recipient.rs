//! The forms in which operators write recipients.

use accessbot_core::text::is_mail_address;

use crate::api::Id;

/// A recipient as it was written, sorted by its form. Nothing has been looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `team/channel`: each a handle or a displayed name.
    Channel { team: String, channel: String },
    /// `user@host`.
    Email(String),
    /// `@username`.
    Username(String),
    /// A channel's id.
    Id(Id),
}

impl Form {
    /// Sorts what an operator wrote. `None` if it has no form that we know.
    pub(crate) fn of_configured(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(name) = text.strip_prefix('@') {
            return username(name);
        }
        if let Some((team, channel)) = text.split_once('/') {
            let (team, channel) = (team.trim(), channel.trim());
            let complete = !team.is_empty() && !channel.is_empty() && !channel.contains('/');
            return complete.then(|| Self::Channel { team: team.to_owned(), channel: channel.to_owned() });
        }
        email(text).or_else(|| Id::parse(text).map(Self::Id))
    }

    /// Sorts the name of a Teleport user, which anybody may have chosen. Never a channel.
    pub(crate) fn of_person(name: &str, match_usernames: bool) -> Option<Self> {
        match email(name) {
            None if match_usernames => username(name),
            found => found,
        }
    }
}

/// Whether the text, just as it is written, can be the handle of a team or a channel. Then it means that handle and
/// nothing else: with a hidden channel of this handle, a public one that is *displayed* under the same name would get
/// what is not meant for it.
pub(crate) fn is_handle(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_'))
}

/// Whether the text, in lower case, can be a handle.
pub(crate) fn may_be_handle(text: &str) -> bool {
    is_handle(&text.to_ascii_lowercase())
}

fn email(text: &str) -> Option<Form> {
    is_mail_address(text).then(|| Form::Email(text.to_owned()))
}

/// Mattermost's user names: they begin with a letter, so that no path segment such as `..` is among them.
fn username(text: &str) -> Option<Form> {
    let name = text.to_ascii_lowercase();
    let valid = name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.'));
    valid.then_some(Form::Username(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(team: &str, channel: &str) -> Form {
        Form::Channel { team: team.to_owned(), channel: channel.to_owned() }
    }

    #[test]
    fn what_operators_write() {
        let id = "qieri131h3dy78qy1d9apsto9a";
        for (text, form) in [
            ("lab/access", Some(channel("lab", "access"))),
            (" My Team / Town Square ", Some(channel("My Team", "Town Square"))),
            ("lab/a@b.org", Some(channel("lab", "a@b.org"))),
            ("bob@example.com", Some(Form::Email("bob@example.com".to_owned()))),
            ("@Bob.Smith", Some(Form::Username("bob.smith".to_owned()))),
            (id, Id::parse(id).map(Form::Id)),
            ("", None),
            ("/", None),
            ("lab/", None),
            ("/access", None),
            ("a/b/c", None),
            ("access", None),
            ("QIERI131H3DY78QY1D9APSTO9A", None),
            ("@", None),
            ("@..", None),
            ("@bob/../x", None),
            ("@ann@example.com", None),
            ("bob@", None),
            ("a b@example.com", None),
            ("a@b@example.com", None),
        ] {
            assert_eq!(Form::of_configured(text), form, "{text:?}");
        }
    }

    #[test]
    fn a_person_is_never_a_channel_and_a_bare_name_only_if_allowed() {
        let id = "qieri131h3dy78qy1d9apsto9a";
        for (name, strict, lenient) in [
            ("bob@example.com", "email", "email"),
            ("bob", "none", "username"),
            ("general", "none", "username"),
            ("lab/access", "none", "none"),
            (id, "none", "username"),
            ("@bob", "none", "none"),
            ("b/../c@example.com", "none", "none"),
        ] {
            let form = |allowed| match Form::of_person(name, allowed) {
                Some(Form::Email(_)) => "email",
                Some(Form::Username(_)) => "username",
                Some(_) => "channel",
                None => "none",
            };
            assert_eq!((form(false), form(true)), (strict, lenient), "{name:?}");
        }
    }
}
