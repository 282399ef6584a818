//! Names as the servers make them.

use accessbot_core::clock::Timestamp;
use ring::rand::{SecureRandom, SystemRandom};

use super::hex::hex;

/// The letters of a Mattermost id.
const Z_BASE_32: &[u8; 32] = b"ybndrfg8ejkmcpqxot1uwisza345h769";

/// Random bytes.
///
/// # Panics
/// If the operating system has no random numbers, in which case no TLS session works either.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0_u8; N];
    #[expect(clippy::expect_used, reason = "without random numbers nothing else in here works")]
    SystemRandom::new().fill(&mut bytes).expect("the operating system gives random numbers");
    bytes
}

/// A Mattermost id: 26 letters and digits.
pub(crate) fn mattermost_id() -> String {
    random::<26>().iter().map(|b| char::from(Z_BASE_32[usize::from(b & 31)])).collect()
}

/// Whether `text` has the form of a Mattermost id.
pub(crate) fn is_mattermost_id(text: &str) -> bool {
    text.len() == 26 && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// So long is a UUID in letters.
pub(crate) const UUID_LENGTH: usize = 36;

/// A random UUID, version 4.
pub(crate) fn uuid() -> String {
    uuid_of(random(), 4)
}

/// A UUID of version 7, which begins with the time: those of one moment look alike at first sight.
pub(crate) fn uuid_since(time: Timestamp) -> String {
    let mut bytes = random::<16>();
    bytes[..6].copy_from_slice(&time.as_millis().to_be_bytes()[2..]);
    uuid_of(bytes, 7)
}

fn uuid_of(mut bytes: [u8; 16], version: u8) -> String {
    bytes[6] = (bytes[6] & 0x0f) | (version << 4);
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex = hex(&bytes);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_the_servers_forms() {
        assert!(is_mattermost_id(&mattermost_id()));
        let uuid = uuid();
        assert_eq!((uuid.len(), uuid.as_bytes()[14], uuid.matches('-').count()), (UUID_LENGTH, b'4', 4), "{uuid}");
        let uuid = uuid_since(Timestamp::from_millis(0x0123_4567_89ab));
        assert!(uuid.starts_with("01234567-89ab-7"), "{uuid}");
    }
}
