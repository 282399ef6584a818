//! Forms: `application/x-www-form-urlencoded`.

use std::fmt::Write as _;

/// The fields of a form, in their order.
pub(crate) fn decode(form: &[u8]) -> impl Iterator<Item = (String, String)> {
    form.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).map(|pair| {
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let mut half = || decoded(halves.next().unwrap_or_default());
        (half(), half())
    })
}

/// A form of these fields.
pub(crate) fn encode(fields: &[(&str, &str)]) -> String {
    let pairs: Vec<String> =
        fields.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
    pairs.join("&")
}

fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' => encoded.push(char::from(byte)),
            b' ' => encoded.push('+'),
            _ => {
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

fn decoded(bytes: &[u8]) -> String {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, behind)) = rest.split_first() {
        let hex = behind.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        rest = match (first, hex.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            (b'%', Some(byte)) => {
                plain.push(byte);
                &behind[2..]
            }
            (b'+', _) => {
                plain.push(b' ');
                behind
            }
            (byte, _) => {
                plain.push(*byte);
                behind
            }
        };
    }
    String::from_utf8_lossy(&plain).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded() {
        for text in ["", "a b", "<&> ünï 😀 \n+%=", "{\"a\": [1]}"] {
            let form = encode(&[("payload", text), ("x", "y")]);
            assert!(form.bytes().all(|byte| byte.is_ascii_graphic()), "{form}");
            let fields: Vec<_> = decode(form.as_bytes()).collect();
            assert_eq!(fields, [("payload".to_owned(), text.to_owned()), ("x".to_owned(), "y".to_owned())]);
        }
    }
}
