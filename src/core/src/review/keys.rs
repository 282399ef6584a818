//! Keys for what passes through hands that are not ours.

use std::fmt;

use ring::hkdf::{HKDF_SHA256, Salt};
use ring::hmac;

use crate::secret::Secret;
use crate::text::hex;

/// The shortest secret that is taken, in bytes.
const SHORTEST: usize = 32;
/// Different characters that a secret must have: a repeated word is no secret.
const VARIETY: usize = 10;
/// What stands in example files in place of a secret.
const PLACEHOLDERS: [&str; 8] =
    ["change", "example", "placeholder", "secret", "replace", "password", "your-", "xxxxxxxx"];
/// Where the keys come from, so that the same secret elsewhere makes other keys.
const SALT: &[u8] = b"accessbot review keys v1";

/// What a key is used for. A seal made for one purpose is worthless for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Button,
    Form,
    Vote,
}

impl Purpose {
    const ALL: [Self; 3] = [Self::Button, Self::Form, Self::Vote];

    fn info(self) -> &'static [u8] {
        match self {
            Self::Button => b"button",
            Self::Form => b"form",
            Self::Vote => b"vote",
        }
    }
}

/// A seal: which secret it was made with, and the code itself in hexadecimal letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seal {
    pub(super) key_id: String,
    pub(super) mac: String,
}

/// Why a secret is not taken. Never says what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Too short to be safe.
    #[error("has {0} bytes, which is too short")]
    TooShort(usize),
    /// It looks like the text of an example file.
    #[error("looks like a placeholder from an example")]
    Placeholder,
    /// It repeats few characters.
    #[error("repeats a few characters")]
    Monotonous,
}

impl KeyError {
    /// What would be right.
    pub const HINT: &str = "make one with `openssl rand -hex 32`, the same for all replicas";
}

/// The keys that proofs, forms and votes are sealed with: one set made from the secret, and one from the secret before
/// it, which only verifies.
pub struct Keys {
    current: KeySet,
    previous: Option<KeySet>,
}

struct KeySet {
    id: String,
    keys: [hmac::Key; 3],
}

impl Keys {
    /// The keys that these secrets make.
    ///
    /// # Errors
    /// When one of the secrets is not fit to be one.
    pub fn new(secret: &Secret, previous: Option<&Secret>) -> Result<Self, KeyError> {
        Ok(Self { current: KeySet::new(secret)?, previous: previous.map(KeySet::new).transpose()? })
    }

    pub(super) fn seal(&self, purpose: Purpose, fields: &[&[u8]]) -> Seal {
        let tag = hmac::sign(self.current.key(purpose), &encode(fields));
        Seal { key_id: self.current.id.clone(), mac: hex(tag.as_ref()) }
    }

    /// Whether the seal was made by us, for this purpose and these fields. Takes the same time wherever it differs.
    pub(super) fn verifies(&self, purpose: Purpose, seal: &Seal, fields: &[&[u8]]) -> bool {
        let Some(set) = self.set(&seal.key_id) else { return false };
        let Some(mac) = unhex(&seal.mac) else { return false };
        hmac::verify(set.key(purpose), &encode(fields), &mac).is_ok()
    }

    /// Whether the secret of this id is one of ours.
    pub(super) fn knows(&self, key_id: &str) -> bool {
        self.set(key_id).is_some()
    }

    fn set(&self, key_id: &str) -> Option<&KeySet> {
        [Some(&self.current), self.previous.as_ref()].into_iter().flatten().find(|set| set.id == key_id)
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[keys]")
    }
}

impl KeySet {
    fn new(secret: &Secret) -> Result<Self, KeyError> {
        let text = secret.expose();
        if text.len() < SHORTEST {
            return Err(KeyError::TooShort(text.len()));
        }
        let lower = text.to_lowercase();
        if PLACEHOLDERS.iter().any(|word| lower.contains(word)) {
            return Err(KeyError::Placeholder);
        }
        let variety: std::collections::BTreeSet<char> = text.chars().collect();
        if variety.len() < VARIETY {
            return Err(KeyError::Monotonous);
        }
        let root = Salt::new(HKDF_SHA256, SALT).extract(text.as_bytes());
        let derive = |info: &[u8]| {
            #[expect(clippy::expect_used, reason = "fails only for more than 255 times the length of the hash")]
            let okm = root.expand(&[info], hmac::HMAC_SHA256).map(hmac::Key::from).expect("32 bytes can be derived");
            okm
        };
        // The id says nothing about the secret: it is what a key of its own makes of a constant.
        let id = hex(&hmac::sign(&derive(b"key id"), b"key id").as_ref()[..4]);
        Ok(Self { id, keys: Purpose::ALL.map(|purpose| derive(purpose.info())) })
    }

    fn key(&self, purpose: Purpose) -> &hmac::Key {
        let [button, form, vote] = &self.keys;
        match purpose {
            Purpose::Button => button,
            Purpose::Form => form,
            Purpose::Vote => vote,
        }
    }
}

/// The fields, each with its length before it: no two lists of fields read the same.
fn encode(fields: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for field in fields {
        bytes.extend(u64::try_from(field.len()).unwrap_or(u64::MAX).to_be_bytes());
        bytes.extend_from_slice(field);
    }
    bytes
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if digits.len() != 64 {
        return None;
    }
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
    digits.chunks(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Keys for tests.
    pub(in crate::review) fn keys(seed: u8) -> Keys {
        Keys::new(&secret(seed), None).unwrap()
    }

    pub(in crate::review) fn secret(seed: u8) -> Secret {
        Secret::new(hex(ring::digest::digest(&ring::digest::SHA256, &[seed]).as_ref()))
    }

    #[test]
    fn a_seal_is_good_for_its_purpose_its_fields_and_its_secret_only() {
        let keys = keys(1);
        let seal = keys.seal(Purpose::Vote, &[b"a", b"bc"]);
        assert!(keys.verifies(Purpose::Vote, &seal, &[b"a", b"bc"]));
        for fields in [&[b"ab".as_slice(), b"c"][..], &[b"a", b"bd"], &[b"abc"], &[b"a", b"bc", b""], &[]] {
            assert!(!keys.verifies(Purpose::Vote, &seal, fields));
        }
        assert!(!keys.verifies(Purpose::Button, &seal, &[b"a", b"bc"]));
        assert!(!self::keys(2).verifies(Purpose::Vote, &seal, &[b"a", b"bc"]));
        for mac in ["", "00", &"0".repeat(64), &"é".repeat(32), &seal.mac[1..]] {
            assert!(!keys.verifies(Purpose::Vote, &Seal { mac: mac.to_owned(), ..seal.clone() }, &[b"a", b"bc"]));
        }
    }

    #[test]
    fn the_secret_before_only_verifies() {
        let old = keys(1);
        let rotated = Keys::new(&secret(2), Some(&secret(1))).unwrap();
        let seal = old.seal(Purpose::Form, &[b"x"]);
        assert!(rotated.verifies(Purpose::Form, &seal, &[b"x"]));
        assert!(!old.verifies(Purpose::Form, &rotated.seal(Purpose::Form, &[b"x"]), &[b"x"]));
        assert!(!keys(2).verifies(Purpose::Form, &seal, &[b"x"]), "the old one is gone for good");
    }

    #[test]
    fn what_is_no_secret_is_refused_and_never_shown() {
        for (text, problem) in [
            ("hunter2", KeyError::TooShort(7)),
            ("change-me-change-me-change-me-change-me", KeyError::Placeholder),
            ("0123456789abcdef-this-is-an-EXAMPLE-value", KeyError::Placeholder),
            ("abababababababababababababababababababab", KeyError::Monotonous),
        ] {
            let error = Keys::new(&Secret::new(text), None).unwrap_err();
            assert_eq!(error, problem);
            assert!(!error.to_string().contains(text));
        }
        assert_eq!(Keys::new(&secret(1), Some(&Secret::new("x"))).unwrap_err(), KeyError::TooShort(1));
        assert_eq!(format!("{:?}", keys(1)), "[keys]");
    }
}
