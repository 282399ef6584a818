//! How often one account may decide.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::backend::decision::ChatUserId;

/// Decisions that may come at once.
const BURST: u32 = 20;
/// How long until one more may come.
const REFILL: Duration = Duration::from_secs(3);
/// Accounts that are remembered; the ones that were quiet longest are forgotten first.
const MOST: usize = 10_000;

/// Counts what each account does.
#[derive(Debug, Default)]
pub struct Pace {
    accounts: HashMap<ChatUserId, (f64, Instant)>,
}

impl Pace {
    /// Whether this account may decide once more now.
    pub fn allows(&mut self, who: &ChatUserId, now: Instant) -> bool {
        if self.accounts.len() >= MOST && !self.accounts.contains_key(who) {
            let full = f64::from(BURST);
            self.accounts.retain(|_, (left, seen)| refilled(*left, *seen, now) < full);
            if self.accounts.len() >= MOST {
                return false;
            }
        }
        let (left, seen) = self.accounts.entry(who.clone()).or_insert((f64::from(BURST), now));
        *left = refilled(*left, *seen, now);
        *seen = now;
        if *left < 1.0 {
            return false;
        }
        *left -= 1.0;
        true
    }
}

fn refilled(left: f64, seen: Instant, now: Instant) -> f64 {
    (left + now.duration_since(seen).as_secs_f64() / REFILL.as_secs_f64()).min(f64::from(BURST))
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
