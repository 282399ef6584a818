//! The few bytes of DER that it takes to write a private key down.

/// An unsigned INTEGER of big-endian bytes, with or without leading zeros.
pub(crate) fn unsigned(bytes: &[u8]) -> Vec<u8> {
    let digits = &bytes[bytes.iter().take_while(|b| **b == 0).count()..];
    // A leading one bit would make it negative, and no digit at all is not zero.
    let padded = match digits.first() {
        Some(first) if *first < 0x80 => digits.to_vec(),
        _ => [&[0], digits].concat(),
    };
    tagged(0x02, &padded)
}

/// A SEQUENCE of `items`, which are DER already.
pub(crate) fn sequence(items: &[Vec<u8>]) -> Vec<u8> {
    tagged(0x30, &items.concat())
}

/// An OCTET STRING.
pub(crate) fn octets(bytes: &[u8]) -> Vec<u8> {
    tagged(0x04, bytes)
}

/// A BIT STRING of whole bytes.
pub(crate) fn bits(bytes: &[u8]) -> Vec<u8> {
    tagged(0x03, &[&[0], bytes].concat())
}

/// An OBJECT IDENTIFIER, from its encoded arcs.
pub(crate) fn oid(encoded: &[u8]) -> Vec<u8> {
    tagged(0x06, encoded)
}

/// `item` under the explicit tag `[number]`.
pub(crate) fn explicit(number: u8, item: &[u8]) -> Vec<u8> {
    tagged(0xa0 | number, item)
}

fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let length = content.len().to_be_bytes();
    let digits = &length[length.iter().take_while(|b| **b == 0).count()..];
    match (digits, content.len()) {
        (_, 0) => out.push(0),
        (&[one], ..0x80) => out.push(one),
        (digits, _) => {
            // At most eight digits: a usize.
            out.push(0x80 | digits.len().to_le_bytes()[0]);
            out.extend_from_slice(digits);
        }
    }
    out.extend_from_slice(content);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_minimal_and_positive() {
        assert_eq!(unsigned(&[]), [2, 1, 0]);
        assert_eq!(unsigned(&[0, 0]), [2, 1, 0]);
        assert_eq!(unsigned(&[0, 0x7f]), [2, 1, 0x7f]);
        assert_eq!(unsigned(&[0x80]), [2, 2, 0, 0x80]);
    }

    #[test]
    fn lengths_take_the_short_form_where_they_can() {
        assert_eq!(octets(&[7; 127])[..2], [4, 127]);
        assert_eq!(octets(&[7; 128])[..3], [4, 0x81, 128]);
        assert_eq!(octets(&[7; 256])[..4], [4, 0x82, 1, 0]);
        assert_eq!(sequence(&[]), [0x30, 0]);
    }
}
