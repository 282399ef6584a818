//! How often something may happen: a few times at once, then once in a while.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::backend::decision::ChatUserId;

/// What may happen at once.
const BURST: u32 = 20;
/// How long until it may happen once more.
const REFILL: Duration = Duration::from_secs(3);
/// Accounts that are remembered; the ones that were quiet longest are forgotten first.
const MOST: usize = 10_000;

/// What is left of the times that something may happen.
#[derive(Debug)]
pub struct Bucket {
    left: f64,
    seen: Instant,
}

impl Bucket {
    /// A full one.
    pub fn full(now: Instant) -> Self {
        Self { left: f64::from(BURST), seen: now }
    }

    /// Whether it may happen once more now, which then counts.
    pub fn take(&mut self, now: Instant) -> bool {
        self.left = self.left_at(now);
        self.seen = now;
        let allowed = self.left >= 1.0;
        if allowed {
            self.left -= 1.0;
        }
        allowed
    }

    fn left_at(&self, now: Instant) -> f64 {
        let refilled = now.duration_since(self.seen).as_secs_f64() / REFILL.as_secs_f64();
        (self.left + refilled).min(f64::from(BURST))
    }
}

/// Counts what each account does.
#[derive(Debug, Default)]
pub struct Pace {
    accounts: HashMap<ChatUserId, Bucket>,
}

impl Pace {
    /// Whether this account may decide once more now.
    pub fn allows(&mut self, who: &ChatUserId, now: Instant) -> bool {
        if self.accounts.len() >= MOST && !self.accounts.contains_key(who) {
            let full = f64::from(BURST);
            self.accounts.retain(|_, bucket| bucket.left_at(now) < full);
            if self.accounts.len() >= MOST {
                return false;
            }
        }
        self.accounts.entry(who.clone()).or_insert_with(|| Bucket::full(now)).take(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_crowd_of_clicks_is_slowed_down_for_that_account_alone() {
        let mut pace = Pace::default();
        let (alice, bob) = (ChatUserId("alice".into()), ChatUserId("bob".into()));
        let allowed = (0..100).filter(|_| pace.allows(&alice, Instant::now())).count();
        assert_eq!(allowed, usize::try_from(BURST).unwrap());
        assert!(pace.allows(&bob, Instant::now()));
        tokio::time::advance(REFILL).await;
        assert!(pace.allows(&alice, Instant::now()));
        assert!(!pace.allows(&alice, Instant::now()));
    }

    #[tokio::test(start_paused = true)]
    async fn it_does_not_grow_without_end() {
        let mut pace = Pace::default();
        for n in 0..2 * MOST {
            pace.allows(&ChatUserId(n.to_string()), Instant::now());
        }
        assert_eq!(pace.accounts.len(), MOST);
        tokio::time::advance(REFILL).await;
        assert!(pace.allows(&ChatUserId("late".into()), Instant::now()), "the quiet ones are forgotten");
    }
}
