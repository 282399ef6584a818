//! Trigger ids: the one thing in a press that the server signs.
//!
//! A trigger id is base64 of `client trigger id:user id:milliseconds:` and the signature, which is base64 itself: ECDSA over
//! P-256 with SHA-256 of just these bytes, in ASN.1. The server publishes the key as base64 of a `SubjectPublicKeyInfo`, and
//! keeps it in its database, so that all nodes of a cluster have the same. Seen on 5.36; both texts are in the standard
//! alphabet, with padding.
//!
//! It says that a person pressed a button, and when; not which one. Whoever made the button gets it.

use std::time::Duration;

use accessbot_core::clock::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};

use crate::api::Id;

/// The longest trigger id, in bytes; the server's have about 220.
pub(super) const LONGEST: usize = 400;
/// How far its time may be from ours: the press takes its time to come in, and the clocks of two machines differ.
pub(super) const TOLERANCE: Duration = Duration::from_secs(5 * 60);
/// The most digits of a time in milliseconds: enough until the year 5138.
const DIGITS: usize = 14;
/// What stands before the point of a P-256 key in a `SubjectPublicKeyInfo` (RFC 5480).
const SPKI_OF_P256: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
/// Bytes of a point that is not compressed.
const POINT: usize = 65;

/// The key to verify the server's signatures with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PublicKey([u8; POINT]);

impl PublicKey {
    /// Reads what the server publishes; `None` if it is no key over P-256.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let info = STANDARD.decode(text).ok()?;
        let point: [u8; POINT] = info.strip_prefix(&SPKI_OF_P256)?.try_into().ok()?;
        // A point that is not compressed. That it is on the curve is looked at with each signature.
        (point[0] == 4).then_some(Self(point))
    }

    fn has_signed(&self, text: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &self.0).verify(text, signature).is_ok()
    }
}

/// What is wrong with a trigger id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadTrigger {
    /// It has not the form of one.
    Malformed,
    /// This key has not signed it.
    NotSigned,
    /// Another person pressed.
    SomebodyElses,
    /// It was made too long ago, or at a time that has not come yet.
    Untimely {
        /// When the server says that it made it.
        made: Timestamp,
    },
}

/// Whether the server says, in this trigger id, that `who` has pressed a button about `now`.
///
/// # Errors
/// If it does not.
pub(crate) fn verify(key: &PublicKey, trigger: &str, who: &Id, now: Timestamp) -> Result<(), BadTrigger> {
    let Parts { signed, user, made, signature } = Parts::of(trigger).ok_or(BadTrigger::Malformed)?;
    if !key.has_signed(signed.as_bytes(), &signature) {
        return Err(BadTrigger::NotSigned);
    }
    if user != *who {
        return Err(BadTrigger::SomebodyElses);
    }
    let distance = now.since(made).max(made.since(now));
    if distance <= TOLERANCE { Ok(()) } else { Err(BadTrigger::Untimely { made }) }
}

/// A trigger id, taken apart.
struct Parts {
    signed: String,
    user: Id,
    made: Timestamp,
    signature: Vec<u8>,
}

impl Parts {
    fn of(trigger: &str) -> Option<Self> {
        if trigger.len() > LONGEST {
            return None;
        }
        let mut signed = String::from_utf8(STANDARD.decode(trigger).ok()?).ok()?;
        let signature = signed.split_off(signed.rfind(':')? + 1);
        let [client, user, made] = signed.strip_suffix(':')?.split(':').collect::<Vec<_>>().try_into().ok()?;
        Id::parse(client)?;
        let is_time = (1..=DIGITS).contains(&made.len()) && made.bytes().all(|byte| byte.is_ascii_digit());
        let made = Timestamp::from_millis(made.parse().ok().filter(|_| is_time)?);
        let (user, signature) = (Id::parse(user)?, STANDARD.decode(signature).ok()?);
        Some(Self { signed, user, made, signature })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};

    use super::*;

    /// What a server 5.36.2 published, and what it sent when somebody pressed a button, of whom, and when.
    const KEY: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEsLcJl+J/45ECJWJg38Dfy2R8Oz7QLhKYFiUZT1/6ui74zGdZeb1KSlG5ZKkytsNfRpwy99fB3CTZN2/34/P9nw==";
    const TRIGGER: &str = "Y3ptOXA5Z2I0N3k0MzhraDhqeWJhd3N6c2M6NXlxaXNhcDc5M2JybWU4Njl5bm0xZmZ5NWg6MTc5NTI5MDc4NDc3NzpNRVlDSVFDTkwvNm9qRDlObUE5VEJtZEJlR0h5Slp2WDdLbkdXbWVDZ0xvYkNQc2J1QUloQUtEZG13Nk1VYzF6cWd4dUhmcXhNRDAvU3FrMDkvZXNVeDI1S1B5Tk1rQnk=";
    const ALICE: &str = "5yqisap793brme869ynm1ffy5h";
    const MADE: Timestamp = Timestamp::from_millis(1_795_290_784_777);

    fn key() -> PublicKey {
        PublicKey::parse(KEY).unwrap()
    }

    fn id(text: &str) -> Id {
        Id::parse(text).unwrap()
    }

    fn judged(trigger: &str) -> Result<(), BadTrigger> {
        verify(&key(), trigger, &id(ALICE), MADE)
    }

    #[test]
    fn a_press_on_a_real_server_is_known_as_that_persons_for_five_minutes() {
        assert_eq!(judged(TRIGGER), Ok(()));
        let ivan = id("aaaaaaaaaaaaaaaaaaaaaaaaaa");
        assert_eq!(verify(&key(), TRIGGER, &ivan, MADE), Err(BadTrigger::SomebodyElses));
        let beyond = TOLERANCE + Duration::from_millis(1);
        for (now, judged) in [
            (MADE.plus(TOLERANCE), Ok(())),
            (MADE.minus(TOLERANCE), Ok(())),
            (MADE.plus(beyond), Err(BadTrigger::Untimely { made: MADE })),
            (MADE.minus(beyond), Err(BadTrigger::Untimely { made: MADE })),
        ] {
            assert_eq!(verify(&key(), TRIGGER, &id(ALICE), now), judged, "{now}");
        }
    }

    #[test]
    fn only_a_key_over_p256_is_one() {
        let bytes = STANDARD.decode(KEY).unwrap();
        let with = |place: usize, byte: u8| {
            let mut bytes = bytes.clone();
            bytes[place] = byte;
            STANDARD.encode(bytes)
        };
        for (text, why) in [
            (String::new(), "nothing"),
            (" ".to_owned() + KEY, "a blank before it"),
            (KEY.trim_end_matches('=').to_owned(), "no padding"),
            (KEY.replace('/', "_"), "another alphabet"),
            (STANDARD.encode(&bytes[..90]), "too short"),
            (STANDARD.encode([&bytes[..], &[0]].concat()), "too long"),
            (STANDARD.encode(&bytes[26..]), "the point alone"),
            (with(22, 0x22), "another curve"),
            (with(26, 2), "a compressed point"),
        ] {
            assert_eq!(PublicKey::parse(&text), None, "{why}");
        }
        // What is no point of the curve has signed nothing.
        let astray = PublicKey::parse(&with(90, 0)).unwrap();
        assert_eq!(verify(&astray, TRIGGER, &id(ALICE), MADE), Err(BadTrigger::NotSigned));
    }

    #[test]
    fn what_is_no_trigger_id_is_known_as_such() {
        let text = String::from_utf8(STANDARD.decode(TRIGGER).unwrap()).unwrap();
        let [client, user, made, signature] = text.split(':').collect::<Vec<_>>().try_into().unwrap();
        let of = |parts: &[&str]| STANDARD.encode(parts.join(":"));
        for (trigger, why) in [
            (String::new(), "nothing"),
            ("trigger".to_owned(), "no base64"),
            (TRIGGER.trim_end_matches('=').to_owned(), "no padding"),
            (format!("{TRIGGER}\n"), "a line break behind it"),
            (format!("{TRIGGER}{}", "A".repeat(400)), "longer than any"),
            (STANDARD.encode([0xff, b':', b':', b':']), "no text"),
            (STANDARD.encode("::::"), "nothing between the colons"),
            (of(&[client, user, signature]), "no time"),
            (of(&[client, user, made, "0", signature]), "more than there is"),
            (of(&[user, made, signature]), "no client"),
            (of(&["", user, made, signature]), "an empty client"),
            (of(&[client, "alice", made, signature]), "a name"),
            (of(&[client, user, "", signature]), "an empty time"),
            (of(&[client, user, "-1", signature]), "a negative time"),
            (of(&[client, user, "+1", signature]), "a sign"),
            (of(&[client, user, "999999999999999", signature]), "a time that is far too long"),
            (of(&[client, user, made, "%%%"]), "a signature that is no base64"),
        ] {
            assert_eq!(judged(&trigger), Err(BadTrigger::Malformed), "{why}");
        }
        for (trigger, why) in [
            (of(&[client, user, made, ""]), "no signature"),
            (of(&[client, user, made, "AAAA"]), "another signature"),
            (of(&[user, client, made, signature]), "parts that were swapped"),
            (of(&[client, user, &made.replace('7', "8"), signature]), "another time"),
            (of(&[client, user, &format!("0{made}"), signature]), "the same time, written otherwise"),
        ] {
            assert_eq!(judged(&trigger), Err(BadTrigger::NotSigned), "{why}");
        }
    }

    #[test]
    fn what_another_server_has_signed_is_not_believed() {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        let theirs = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, document.as_ref(), &random).unwrap();
        let text = format!("{ALICE}:{ALICE}:{}:", MADE.as_millis());
        let signature = STANDARD.encode(theirs.sign(&random, text.as_bytes()).unwrap());
        let trigger = STANDARD.encode(text + &signature);
        let published = STANDARD.encode([&SPKI_OF_P256, theirs.public_key().as_ref()].concat());
        assert_eq!(verify(&PublicKey::parse(&published).unwrap(), &trigger, &id(ALICE), MADE), Ok(()));
        assert_eq!(judged(&trigger), Err(BadTrigger::NotSigned));
    }

    proptest! {
        #[test]
        fn with_any_bit_flipped_it_is_refused(place in 0..TRIGGER.len(), bit in 0..8_u8) {
            let mut bytes = TRIGGER.as_bytes().to_vec();
            bytes[place] ^= 1 << bit;
            let bent = String::from_utf8_lossy(&bytes);
            prop_assert!(judged(&bent).is_err(), "{}", bent);
        }

        #[test]
        fn with_any_bit_flipped_inside_it_is_refused(place in 0..164_usize, bit in 0..8_u8) {
            let mut bytes = STANDARD.decode(TRIGGER).unwrap();
            let place = place % bytes.len();
            bytes[place] ^= 1 << bit;
            prop_assert!(judged(&STANDARD.encode(bytes)).is_err());
        }

        #[test]
        fn no_text_makes_it_panic(text: String, inside: String) {
            prop_assert!(judged(&text).is_err());
            prop_assert!(judged(&STANDARD.encode(inside)).is_err());
            let _ = PublicKey::parse(&text);
        }
    }
}
