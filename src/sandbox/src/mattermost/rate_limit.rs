//! The server's rate limit.

use std::time::Duration;

use accessbot_core::clock::Timestamp;
use http::{HeaderMap, HeaderValue};

/// How much the server takes before it answers 429. It is off unless it is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Calls a second in the long run.
    pub per_second: u32,
    /// Calls at once.
    pub burst: u32,
}

impl Default for RateLimit {
    /// What the server has when it is merely switched on.
    fn default() -> Self {
        Self { per_second: 10, burst: 100 }
    }
}

/// A bucket that leaks: every call fills it by one interval, time empties it.
#[derive(Debug)]
pub(crate) struct RateLimiter {
    limit: RateLimit,
    /// When the bucket will be empty.
    empty_at: Timestamp,
}

/// What became of a call.
#[derive(Debug)]
pub(crate) struct Ticket {
    limit: RateLimit,
    remaining: u32,
    reset: Duration,
    /// Set if the call is refused: when to come again.
    pub(crate) retry_after: Option<Duration>,
}

impl RateLimiter {
    pub(crate) fn new(limit: RateLimit) -> Self {
        let limit = RateLimit { per_second: limit.per_second.max(1), burst: limit.burst };
        Self { limit, empty_at: Timestamp::from_millis(i64::MIN) }
    }

    fn interval(&self) -> Duration {
        Duration::from_secs(1) / self.limit.per_second
    }

    /// Counts a call.
    pub(crate) fn take(&mut self, now: Timestamp) -> Ticket {
        let capacity = self.interval() * (self.limit.burst + 1);
        let after = self.empty_at.max(now).plus(self.interval());
        let over = after.since(now).saturating_sub(capacity);
        if over.is_zero() {
            self.empty_at = after;
        }
        let filled = self.empty_at.since(now);
        let room = capacity.saturating_sub(filled).as_millis() / self.interval().as_millis().max(1);
        Ticket {
            limit: self.limit,
            remaining: u32::try_from(room).unwrap_or(u32::MAX),
            reset: filled,
            retry_after: (!over.is_zero()).then_some(over),
        }
    }
}

impl Ticket {
    /// Writes the headers that the server sends with every answer.
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        headers.insert("x-ratelimit-limit", HeaderValue::from(self.limit.burst + 1));
        headers.insert("x-ratelimit-remaining", HeaderValue::from(self.remaining));
        headers.insert("x-ratelimit-reset", HeaderValue::from(whole_seconds(self.reset)));
        if let Some(wait) = self.retry_after {
            headers.insert("retry-after", HeaderValue::from(whole_seconds(wait)));
        }
    }
}

/// Seconds, rounded up.
fn whole_seconds(duration: Duration) -> u64 {
    duration.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_then_it_drips() {
        let mut limiter = RateLimiter::new(RateLimit { per_second: 2, burst: 3 });
        let mut take = |millis| limiter.take(Timestamp::from_millis(millis)).retry_after.is_none();
        assert_eq!((0..6).map(|_| take(0)).collect::<Vec<_>>(), [true, true, true, true, false, false]);
        assert!(!take(400));
        assert!(take(500));
        assert!(!take(501));
    }
}
