//! Random numbers as something that is handed in, so that a simulation can repeat itself from a seed.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ring::rand::{SecureRandom, SystemRandom};

use crate::backend::Marker;
use crate::request::RequestId;

/// A source of random numbers, shared by everything in one engine.
#[derive(Clone)]
pub struct Random(Arc<Fill>);

type Fill = dyn Fn(&mut [u8]) + Send + Sync;

impl Random {
    /// The operating system's random numbers: unguessable. What production uses.
    ///
    /// # Panics
    /// When the operating system has none to give, at their first use.
    pub fn system() -> Self {
        let system = SystemRandom::new();
        Self(Arc::new(move |bytes| {
            #[expect(
                clippy::expect_used,
                reason = "without random numbers no marker can be trusted, nor any TLS session"
            )]
            system.fill(bytes).expect("the operating system gives random numbers");
        }))
    }

    /// A sequence that `seed` determines, for simulations. Anybody can guess it.
    pub fn seeded(seed: u64) -> Self {
        let state = AtomicU64::new(seed);
        Self(Arc::new(move |bytes| {
            for chunk in bytes.chunks_mut(8) {
                // SplitMix64: each call adds a constant and mixes.
                let mut z =
                    state.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed).wrapping_add(0x9E37_79B9_7F4A_7C15);
                z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
                z ^= z >> 31;
                chunk.copy_from_slice(&z.to_le_bytes()[..chunk.len()]);
            }
        }))
    }

    /// A fresh marker.
    pub fn marker(&self) -> Marker {
        let mut bytes = [0_u8; Marker::LENGTH];
        (self.0)(&mut bytes);
        Marker::from_bytes(&bytes)
    }

    /// The id of a request that nobody has made: a random UUID (RFC 9562, version 4), as Teleport names requests.
    pub fn request_id(&self) -> RequestId {
        let mut bytes = [0_u8; 16];
        (self.0)(&mut bytes);
        let version_4 = (u128::from_be_bytes(bytes) & !(0xF << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
        let hex = format!("{version_4:032x}");
        RequestId::new(format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]))
    }

    /// A duration from half of `around` to one and a half of it, so that many waiters do not wake together.
    pub fn jitter(&self, around: Duration) -> Duration {
        let mut bytes = [0_u8; 8];
        (self.0)(&mut bytes);
        let permille = u32::try_from(u64::from_le_bytes(bytes) % 1001).unwrap_or(0);
        around.saturating_mul(500 + permille) / 1000
    }
}

impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Random")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_itself_and_the_system_does_not() {
        let draw = |r: &Random| (r.marker(), r.marker(), r.jitter(Duration::from_secs(10)));
        assert_eq!(draw(&Random::seeded(7)), draw(&Random::seeded(7)));
        assert_ne!(Random::seeded(7).marker(), Random::seeded(8).marker());
        assert_ne!(Random::system().marker(), Random::system().marker());
    }

    #[test]
    fn an_id_of_nobody_has_the_form_of_an_id() {
        for seed in 0..100 {
            let id = Random::seeded(seed).request_id();
            let id = id.as_str();
            let shape: String = id.chars().map(|c| if c.is_ascii_hexdigit() { 'x' } else { c }).collect();
            assert_eq!(shape, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", "{id}");
            assert!(id[14..].starts_with('4') && id[19..].starts_with(['8', '9', 'a', 'b']), "{id}");
        }
        assert_ne!(Random::system().request_id(), Random::system().request_id());
    }

    #[test]
    fn jitter_stays_within_half_and_one_and_a_half() {
        let random = Random::seeded(1);
        for _ in 0..1000 {
            let drawn = random.jitter(Duration::from_secs(10));
            assert!((Duration::from_secs(5)..=Duration::from_secs(15)).contains(&drawn), "{drawn:?}");
        }
    }
}
