//! Growing pauses between attempts.

use std::time::Duration;

use crate::random::Random;

/// The pause after the first failure, and the longest one, for anything that concerns one request.
pub(super) const FIRST: Duration = Duration::from_secs(1);
/// See [`FIRST`].
pub(super) const LONGEST: Duration = Duration::from_secs(60);

/// The pause after `failures` failures in a row, doubled each time up to `longest`, with jitter.
pub(super) fn pause(failures: u32, first: Duration, longest: Duration, random: &Random) -> Duration {
    let doubled = first.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1).min(16)));
    random.jitter(doubled.min(longest))
}

/// A sequence of growing pauses.
#[derive(Debug)]
pub(super) struct Backoff {
    first: Duration,
    longest: Duration,
    failures: u32,
}

impl Backoff {
    pub(super) fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest, failures: 0 }
    }

    /// The next pause.
    pub(super) fn next(&mut self, random: &Random) -> Duration {
        self.failures = self.failures.saturating_add(1);
        pause(self.failures, self.first, self.longest, random)
    }

    /// Forgets the failures: it worked.
    pub(super) fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_start_again_after_a_success() {
        let random = Random::seeded(3);
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(8));
        for around in [1, 2, 4, 8, 8, 8] {
            let drawn = backoff.next(&random);
            assert!(drawn >= Duration::from_millis(around * 500), "{drawn:?}");
            assert!(drawn <= Duration::from_millis(around * 1500), "{drawn:?}");
        }
        backoff.reset();
        assert!(backoff.next(&random) <= Duration::from_millis(1500));
    }
}
