//! Slack's signature on its calls to us, version 0: an HMAC of the moment and of the body as it came.

use std::time::Duration;

use accessbot_core::clock::Timestamp;
use accessbot_core::secret::Secret;
use http::HeaderMap;
use ring::hmac;

/// How far the moment of a call may be from ours.
const TOLERANCE: Duration = Duration::from_secs(300);
/// Digits of a moment in seconds: enough for the next thousand years.
const DIGITS: usize = 11;
const SIGNATURE: &str = "x-slack-signature";
const MOMENT: &str = "x-slack-request-timestamp";

/// Why a call is not Slack's, or not one of now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadSignature {
    /// It does not claim to be.
    #[error("it is not signed as Slack signs")]
    Missing,
    /// It may have been, once. Or one of the clocks is wrong.
    #[error("it was signed more than five minutes before or after now")]
    Stale,
    /// Made with another secret, or for another body.
    #[error("it is not signed with the app's signing secret")]
    Wrong,
}

/// What tells one signed call from all others.
pub(crate) type Signature = [u8; 32];

/// Verifies that a call with this body was signed with `secret` just now.
pub(crate) fn verify(
    secret: &Secret,
    headers: &HeaderMap,
    body: &[u8],
    now: Timestamp,
) -> Result<Signature, BadSignature> {
    let moment = only(headers, MOMENT).filter(|moment| (1..=DIGITS).contains(&moment.len()));
    let moment = moment.filter(|moment| moment.bytes().all(|b| b.is_ascii_digit())).ok_or(BadSignature::Missing)?;
    let signature = only(headers, SIGNATURE).and_then(|text| unhex(text.strip_prefix("v0=")?));
    let signature = signature.ok_or(BadSignature::Missing)?;
    let signed = Timestamp::from_millis(moment.parse::<i64>().map_err(|_| BadSignature::Missing)?.saturating_mul(1000));
    if now.since(signed).max(signed.since(now)) > TOLERANCE {
        return Err(BadSignature::Stale);
    }
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
    let base = [b"v0:", moment.as_bytes(), b":", body].concat();
    // In constant time.
    hmac::verify(&key, &base, &signature).map_err(|_| BadSignature::Wrong)?;
    Ok(signature)
}

/// A header that stands there once.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut all = headers.get_all(name).iter();
    match (all.next(), all.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

fn unhex(text: &str) -> Option<Signature> {
    let digits: Vec<u8> =
        text.chars().map(|c| c.to_digit(16).and_then(|d| d.try_into().ok())).collect::<Option<_>>()?;
    let (pairs, []) = digits.as_chunks::<2>() else { return None };
    let bytes: Vec<u8> = pairs.iter().map(|[high, low]| high << 4 | low).collect();
    bytes.try_into().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The example in Slack's documentation.
    const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";
    const AT: &str = "1531420618";
    const BODY: &str = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&\
         channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&\
         response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&\
         trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    const SIGNED: &str = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";

    fn call(headers: &[(&'static str, &str)], body: &str, now: i64) -> Result<Signature, BadSignature> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        verify(&Secret::new(SECRET), &map, body.as_bytes(), Timestamp::from_millis(now * 1000))
    }

    #[test]
    fn slacks_own_example_is_slacks() {
        let now = 1_531_420_618;
        for now in [now - 300, now, now + 300] {
            assert!(call(&[(SIGNATURE, SIGNED), (MOMENT, AT)], BODY, now).is_ok(), "{now}");
        }
        let upper = SIGNED.to_uppercase().replace("V0", "v0");
        let same = call(&[(SIGNATURE, &upper), (MOMENT, AT)], BODY, now);
        assert_eq!(same, call(&[(SIGNATURE, SIGNED), (MOMENT, AT)], BODY, now), "a replay is known as one");
    }

    #[test]
    fn whatever_is_forged_old_or_doubled_is_not() {
        use BadSignature::{Missing, Stale, Wrong};
        let now = 1_531_420_618;
        let signed = [(SIGNATURE, SIGNED), (MOMENT, AT)];
        assert_eq!(call(&signed, BODY, now + 301), Err(Stale));
        assert_eq!(call(&signed, BODY, now - 301), Err(Stale));
        assert_eq!(call(&signed, &BODY.replace("roadrunner", "coyote"), now), Err(Wrong));
        assert_eq!(call(&signed, &format!("{BODY} "), now), Err(Wrong));
        assert_eq!(call(&signed, "", now), Err(Wrong));
        assert_eq!(call(&[(SIGNATURE, SIGNED), (MOMENT, "1531420619")], BODY, now), Err(Wrong));
        assert_eq!(call(&[(SIGNATURE, SIGNED), (MOMENT, "01531420618")], BODY, now), Err(Wrong));
        for (signature, moment) in [
            ("", AT),
            ("v0=", AT),
            (&SIGNED[3..], AT),
            (&SIGNED.replace("v0", "v1"), AT),
            (&SIGNED[..SIGNED.len() - 1], AT),
            (&SIGNED[..SIGNED.len() - 2], AT),
            (&format!("{SIGNED}00"), AT),
            (&SIGNED.replace("a2", "g2"), AT),
            (SIGNED, ""),
            (SIGNED, "-1531420618"),
            (SIGNED, "+1531420618"),
            (SIGNED, "1531420618.0"),
            (SIGNED, "999999999999"),
        ] {
            assert_eq!(
                call(&[(SIGNATURE, signature), (MOMENT, moment)], BODY, now),
                Err(Missing),
                "{signature} {moment}"
            );
        }
        assert_eq!(call(&[(SIGNATURE, SIGNED)], BODY, now), Err(Missing));
        assert_eq!(call(&[(MOMENT, AT)], BODY, now), Err(Missing));
        let twice = [(SIGNATURE, SIGNED), (SIGNATURE, SIGNED), (MOMENT, AT)];
        assert_eq!(call(&twice, BODY, now), Err(Missing));
        assert_eq!(call(&[(SIGNATURE, SIGNED), (MOMENT, AT), (MOMENT, AT)], BODY, now), Err(Missing));
    }

    proptest! {
        #[test]
        fn nobody_guesses_a_signature(signature in "\\PC{0,70}|v0=[0-9a-f]{64}", moment in "[0-9]{1,12}", body: Vec<u8>) {
            let mut headers = HeaderMap::new();
            for (name, value) in [(SIGNATURE, &signature), (MOMENT, &moment)] {
                if let Ok(value) = value.parse() {
                    headers.insert(name, value);
                }
            }
            let now = Timestamp::from_millis(moment.parse::<i64>().unwrap() * 1000);
            prop_assert!(verify(&Secret::new(SECRET), &headers, &body, now).is_err());
        }
    }
}
