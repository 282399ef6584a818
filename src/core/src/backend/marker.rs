//! The mark by which the bot knows its own messages again.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Letters of a marker: lower case and digits that nobody mistakes, 32 of them, so that a byte's low five bits choose.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// An unguessable text, 26 letters and digits, that is stored with a message and in the ledger before the message is
/// posted. Whoever posts again after a crash posts with the same marker, and finds by it what was posted before.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Marker(String);

impl Marker {
    /// How many random bytes, of which five bits each count, and so how many letters a marker has: 130 bits.
    pub const LENGTH: usize = 26;

    /// The marker that random `bytes` make.
    pub fn from_bytes(bytes: &[u8; Self::LENGTH]) -> Self {
        Self(bytes.iter().map(|b| char::from(ALPHABET[usize::from(b & 31)])).collect())
    }

    /// The marker as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Marker {
    type Error = &'static str;

    /// Takes 1 to 64 ASCII letters and digits; anything else did not come from us.
    fn try_from(text: String) -> Result<Self, Self::Error> {
        let ours = (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
        if ours { Ok(Self(text)) } else { Err("a marker is 1 to 64 letters and digits") }
    }
}

impl From<Marker> for String {
    fn from(marker: Marker) -> Self {
        marker.0
    }
}

impl fmt::Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_survive_their_text_form() {
        let marker = Marker::from_bytes(&[255; Marker::LENGTH]);
        assert_eq!(marker.as_str(), "99999999999999999999999999");
        assert_eq!(Marker::try_from(marker.to_string()), Ok(marker));
        assert!(Marker::try_from(String::new()).is_err());
        assert!(Marker::try_from("a/b".to_owned()).is_err());
    }
}
