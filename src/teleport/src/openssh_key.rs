//! Private keys in OpenSSH's own container, turned into the forms that TLS libraries read.
//!
//! Container and key fields as in OpenSSH's PROTOCOL.key and RFC 8709 (Ed25519), RFC 5656 (ECDSA), RFC 4251 (wire types);
//! the results as in RFC 8017 (PKCS#1), RFC 5915 (SEC1), RFC 8410 (PKCS#8 for Ed25519).

use rustls_pki_types::{PrivateKeyDer, PrivatePkcs1KeyDer, PrivatePkcs8KeyDer, PrivateSec1KeyDer};

use crate::der;

/// Why a key in an OpenSSH container cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OpensshKeyError {
    /// It is protected by a passphrase.
    Encrypted,
    /// It is of a type that has no place in TLS, or that we do not know.
    UnknownType(String),
    /// The bytes are no such container.
    Malformed,
}

const MAGIC: &[u8] = b"openssh-key-v1\0";

/// The largest RSA number that is taken, in bytes. Teleport's keys have 256.
const LARGEST_NUMBER: usize = 2048;

/// Reads the content of an `OPENSSH PRIVATE KEY` block.
pub(crate) fn convert(container: &[u8]) -> Result<PrivateKeyDer<'static>, OpensshKeyError> {
    let mut outer = Reader(container.strip_prefix(MAGIC).ok_or(OpensshKeyError::Malformed)?);
    let (cipher, _kdf, _kdf_options) = (outer.string()?, outer.string()?, outer.string()?);
    if cipher != b"none" {
        return Err(OpensshKeyError::Encrypted);
    }
    if outer.number()? != 1 {
        return Err(OpensshKeyError::Malformed);
    }
    let _public = outer.string()?;
    let mut key = Reader(outer.string()?);
    // The same random number twice: how a wrong passphrase is noticed. Here it tells a damaged file.
    if key.number()? != key.number()? {
        return Err(OpensshKeyError::Malformed);
    }
    match key.string()? {
        b"ssh-ed25519" => ed25519(&mut key),
        b"ecdsa-sha2-nistp256" => ecdsa(&mut key, b"nistp256", 32, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]),
        b"ecdsa-sha2-nistp384" => ecdsa(&mut key, b"nistp384", 48, &[0x2b, 0x81, 0x04, 0x00, 0x22]),
        b"ssh-rsa" => rsa(&mut key),
        other => Err(OpensshKeyError::UnknownType(String::from_utf8_lossy(other).into_owned())),
    }
}

fn ed25519(key: &mut Reader<'_>) -> Result<PrivateKeyDer<'static>, OpensshKeyError> {
    let _public = key.string()?;
    // The seed, and the public key once more.
    let seed = key.string()?.first_chunk::<32>().ok_or(OpensshKeyError::Malformed)?;
    let algorithm = der::sequence(&[der::oid(&[0x2b, 0x65, 0x70])]);
    let pkcs8 = der::sequence(&[der::unsigned(&[0]), algorithm, der::octets(&der::octets(seed))]);
    Ok(PrivatePkcs8KeyDer::from(pkcs8).into())
}

fn ecdsa(
    key: &mut Reader<'_>,
    curve: &[u8],
    size: usize,
    curve_oid: &[u8],
) -> Result<PrivateKeyDer<'static>, OpensshKeyError> {
    if key.string()? != curve {
        return Err(OpensshKeyError::Malformed);
    }
    let public = key.string()?;
    let secret = key.unsigned()?;
    let missing = size.checked_sub(secret.len()).ok_or(OpensshKeyError::Malformed)?;
    let secret = [&vec![0; missing], secret].concat();
    let sec1 = der::sequence(&[
        der::unsigned(&[1]),
        der::octets(&secret),
        der::explicit(0, &der::oid(curve_oid)),
        der::explicit(1, &der::bits(public)),
    ]);
    Ok(PrivateSec1KeyDer::from(sec1).into())
}

fn rsa(key: &mut Reader<'_>) -> Result<PrivateKeyDer<'static>, OpensshKeyError> {
    let (modulus, public, private) = (key.unsigned()?, key.unsigned()?, key.unsigned()?);
    let (coefficient, prime1, prime2) = (key.unsigned()?, key.unsigned()?, key.unsigned()?);
    // PKCS#1 holds two more numbers than OpenSSH keeps.
    let exponent1 = remainder(private, &predecessor(prime1)?);
    let exponent2 = remainder(private, &predecessor(prime2)?);
    let fields = [modulus, public, private, prime1, prime2, &exponent1, &exponent2, coefficient];
    let mut numbers = vec![der::unsigned(&[0])];
    numbers.extend(fields.map(der::unsigned));
    Ok(PrivatePkcs1KeyDer::from(der::sequence(&numbers)).into())
}

/// One less than an odd number, as primes are.
fn predecessor(odd: &[u8]) -> Result<Vec<u8>, OpensshKeyError> {
    match odd {
        [front @ .., last] if last % 2 == 1 && odd != [1] => Ok([front, &[last - 1]].concat()),
        _ => Err(OpensshKeyError::Malformed),
    }
}

/// `number` modulo `modulus`, which is not zero; both are big-endian. Long division, bit by bit: it runs once for a key.
fn remainder(number: &[u8], modulus: &[u8]) -> Vec<u8> {
    // One digit more, since doubling may overflow what is less than the modulus.
    let modulus = [&[0], modulus].concat();
    let mut rest = vec![0; modulus.len()];
    for bit in number.iter().flat_map(|byte| (0..8).rev().map(move |i| byte >> i & 1)) {
        let mut carry = bit;
        for digit in rest.iter_mut().rev() {
            (*digit, carry) = (*digit << 1 | carry, *digit >> 7);
        }
        // Big-endian numbers of one length compare as bytes do.
        if rest >= modulus {
            let mut borrow = false;
            for (digit, less) in rest.iter_mut().zip(&modulus).rev() {
                let (first, underflow) = digit.overflowing_sub(*less);
                let (second, again) = first.overflowing_sub(u8::from(borrow));
                *digit = second;
                borrow = underflow || again;
            }
        }
    }
    rest
}

/// Reads SSH's wire types one after the other.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn number(&mut self) -> Result<u32, OpensshKeyError> {
        let (bytes, rest) = self.0.split_first_chunk::<4>().ok_or(OpensshKeyError::Malformed)?;
        self.0 = rest;
        Ok(u32::from_be_bytes(*bytes))
    }

    fn string(&mut self) -> Result<&'a [u8], OpensshKeyError> {
        let length = usize::try_from(self.number()?).map_err(|_| OpensshKeyError::Malformed)?;
        let (bytes, rest) = self.0.split_at_checked(length).ok_or(OpensshKeyError::Malformed)?;
        self.0 = rest;
        Ok(bytes)
    }

    /// A positive integer without its leading zeros.
    fn unsigned(&mut self) -> Result<&'a [u8], OpensshKeyError> {
        let bytes = self.string()?;
        let digits = &bytes[bytes.iter().take_while(|b| **b == 0).count()..];
        if digits.is_empty() || digits.len() > LARGEST_NUMBER { Err(OpensshKeyError::Malformed) } else { Ok(digits) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remainders_are_right() {
        let check = |number: u64, modulus: u64| {
            let rest = remainder(&number.to_be_bytes(), &modulus.to_be_bytes());
            let rest = rest.iter().fold(0_u64, |sum, digit| sum << 8 | u64::from(*digit));
            assert_eq!(rest, number % modulus, "{number} % {modulus}");
        };
        for (number, modulus) in
            [(0, 1), (7, 7), (6, 7), (u64::MAX, 0xffff_ffff_ffff_fffe), (u64::MAX, 255), (1 << 63, 3)]
        {
            check(number, modulus);
        }
        assert_eq!(remainder(&[0xff; 40], &[0xff; 2]), [0, 0, 0]);
    }

    #[test]
    fn anything_cut_short_is_malformed() {
        assert_eq!(convert(b"").unwrap_err(), OpensshKeyError::Malformed);
        let mut whole = MAGIC.to_vec();
        for field in [&b"none"[..], b"none", b""] {
            whole.extend(u32::try_from(field.len()).unwrap().to_be_bytes());
            whole.extend(field);
        }
        for end in 0..=whole.len() {
            assert_eq!(convert(&whole[..end]).unwrap_err(), OpensshKeyError::Malformed);
        }
    }
}
