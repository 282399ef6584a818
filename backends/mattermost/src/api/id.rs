//! The server's names for things.

use std::fmt;

use serde::Deserialize;

/// A name that the server gave to a user, a channel, a team or a post: 26 letters and digits.
///
/// Whatever is put into a path is one of these, or was looked at for its kind: records and answers can be forged.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Id(String);

impl Id {
    /// `text`, if it can be the name of something.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let valid = text.len() == 26 && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        valid.then(|| Self(text.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Id {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not an id of Mattermost")
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
