//! Slack's rate limits: messages per channel, calls per method.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use accessbot_core::clock::Timestamp;

/// How much the stand-in takes before it answers 429. Nothing is limited unless it is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct RateLimits {
    /// Messages to one channel within a second.
    pub messages_a_second: Option<usize>,
    /// Whether each method has the tier of its documentation: 20, 50 or 100 calls a minute.
    pub tiers: bool,
}

/// Calls that count, by what they count for.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    pub(crate) limits: RateLimits,
    taken: BTreeMap<String, VecDeque<Timestamp>>,
}

impl Limits {
    /// Counts a message to `channel`; how long to wait if it is one too many.
    pub(crate) fn message(&mut self, channel: &str, now: Timestamp) -> Option<u64> {
        let most = self.limits.messages_a_second?;
        self.take(format!("message {channel}"), most, Duration::from_secs(1), now)
    }

    /// Counts a call of `method`.
    pub(crate) fn call(&mut self, method: &str, a_minute: usize, now: Timestamp) -> Option<u64> {
        if !self.limits.tiers {
            return None;
        }
        self.take(format!("call {method}"), a_minute, Duration::from_secs(60), now)
    }

    fn take(&mut self, key: String, most: usize, within: Duration, now: Timestamp) -> Option<u64> {
        let taken = self.taken.entry(key).or_default();
        while taken.front().is_some_and(|first| now.since(*first) >= within) {
            taken.pop_front();
        }
        if taken.len() < most {
            taken.push_back(now);
            return None;
        }
        let left = taken.front().map_or(within, |first| within.saturating_sub(now.since(*first)));
        Some(left.as_secs() + u64::from(left.subsec_nanos() > 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_a_second_in_each_channel() {
        let mut limits = Limits::default();
        let at = Timestamp::from_millis;
        assert_eq!(limits.message("C1", at(0)), None);
        assert_eq!(limits.message("C1", at(0)), None, "nothing is limited unless it is set");
        limits.limits.messages_a_second = Some(1);
        assert_eq!(limits.message("C1", at(10)), None);
        assert_eq!(limits.message("C1", at(500)), Some(1));
        assert_eq!(limits.message("C2", at(500)), None);
        assert_eq!(limits.message("C1", at(1010)), None);
    }
}
