//! The OpenSSH certificate in an identity file. Nothing here speaks SSH; the line is there because readers of such files
//! expect it, so it is a real one.

use accessbot_core::clock::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{KeyPair, PublicKeyData as _, SigningKey as _};

use crate::common::error::SandboxError;
use crate::common::ids::random;

const KEY: &str = "ecdsa-sha2-nistp256";
/// Old readers of identity files know this line by its first letters, `ssh`; hence no ECDSA.
const CERTIFICATE: &str = "ssh-ed25519-cert-v01@openssh.com";
const CURVE: &str = "nistp256";

/// Fields in SSH's encoding.
#[derive(Default)]
struct Blob(Vec<u8>);

impl Blob {
    fn string(mut self, bytes: impl AsRef<[u8]>) -> Self {
        let bytes = bytes.as_ref();
        self.0.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
        self.0.extend(bytes);
        self
    }

    fn u32(mut self, number: u32) -> Self {
        self.0.extend(number.to_be_bytes());
        self
    }

    fn u64(mut self, number: u64) -> Self {
        self.0.extend(number.to_be_bytes());
        self
    }

    fn ecdsa_key(self, key: &KeyPair) -> Self {
        self.string(CURVE).string(key.der_bytes())
    }
}

/// The public key of an authority as it stands in `authorized_keys`, without a comment.
pub(crate) fn public_key(key: &KeyPair) -> String {
    format!("{KEY} {}", STANDARD.encode(Blob::default().string(KEY).ecdsa_key(key).0))
}

/// A user certificate for the Ed25519 key `key`, as a line.
pub(crate) fn sign(
    key: &KeyPair,
    authority: &KeyPair,
    user: &str,
    from: Timestamp,
    until: Timestamp,
) -> Result<String, SandboxError> {
    const USER: u32 = 1;
    let seconds = |time: Timestamp| u64::try_from(time.as_millis() / 1000).unwrap_or_default();
    let blob = Blob::default()
        .string(CERTIFICATE)
        .string(random::<32>())
        .string(key.der_bytes())
        .u64(0)
        .u32(USER)
        .string(user)
        .string(Blob::default().string(user).0)
        .u64(seconds(from))
        .u64(seconds(until))
        .string([])
        .string(Blob::default().string("permit-pty").string([]).0)
        .string([])
        .string(Blob::default().string(KEY).ecdsa_key(authority).0);
    let (r, s) = numbers(&authority.sign(&blob.0)?)
        .ok_or_else(|| SandboxError::Certificate("the signature is no pair of numbers".to_owned()))?;
    let signature = Blob::default().string(KEY).string(Blob::default().string(r).string(s).0);
    Ok(format!("{CERTIFICATE} {}", STANDARD.encode(blob.string(signature.0).0)))
}

/// The two numbers of an ECDSA signature in DER. Both encodings write a number alike: signed, big-endian, shortest.
fn numbers(der: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let [0x30, _, rest @ ..] = der else { return None };
    let (r, rest) = number(rest)?;
    let (s, rest) = number(rest)?;
    rest.is_empty().then(|| (r.to_vec(), s.to_vec()))
}

fn number(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let [0x02, length, rest @ ..] = der else { return None };
    rest.split_at_checked(usize::from(*length))
}
