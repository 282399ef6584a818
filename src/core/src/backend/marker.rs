//! The mark by which the bot knows its own messages again.

use std::fmt;

use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};

/// Letters of a marker: lower case and digits that nobody mistakes, 32 of them, so that a byte's low five bits choose.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
const LENGTH: usize = 26;

/// An unguessable text, 26 letters and digits, that is stored with a message and in the ledger before the message is
/// posted. Whoever posts again after a crash posts with the same marker, and finds by it what was posted before.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Marker(String);

impl Marker {
    /// A fresh marker: 130 random bits.
    ///
    /// # Panics
    /// If the operating system has no random numbers to give, in which case nothing is safe any more.
    pub fn random() -> Self {
        let mut bytes = [0_u8; LENGTH];
        #[expect(clippy::expect_used, reason = "without random numbers no marker can be trusted, nor any TLS session")]
        SystemRandom::new().fill(&mut bytes).expect("the operating system gives random numbers");
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
    fn markers_differ_and_survive_their_text_form() {
        let (one, two) = (Marker::random(), Marker::random());
        assert_ne!(one, two);
        assert_eq!(Marker::try_from(one.to_string()), Ok(one));
        assert!(Marker::try_from(String::new()).is_err());
        assert!(Marker::try_from("a/b".to_owned()).is_err());
    }
}
