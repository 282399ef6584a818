//! `pending_post_id`: how the server knows a post that is sent twice.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use accessbot_core::clock::Timestamp;

/// How long a value is known after it was last written.
const LIFE: Duration = Duration::from_secs(30);
/// How many values are known.
const CAPACITY: usize = 25_000;

/// What is known of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pending {
    /// Never seen, or too long ago.
    New,
    /// A post with it is being made.
    InFlight,
    /// This post was made with it.
    Made(String),
}

/// The server's memory of pending post ids: by the raw text, whoever sent it and wherever to. Lost on a restart.
#[derive(Debug, Default)]
pub(crate) struct PendingPosts {
    known: HashMap<String, (Timestamp, Option<String>)>,
    order: VecDeque<(Timestamp, String)>,
}

impl PendingPosts {
    /// What is known of `value`. If it is new, it is in flight from now on.
    pub(crate) fn begin(&mut self, value: &str, now: Timestamp) -> Pending {
        self.forget_old(now);
        match self.known.get(value) {
            Some((_, None)) => Pending::InFlight,
            Some((_, Some(post))) => Pending::Made(post.clone()),
            None => {
                self.write(value, now, None);
                Pending::New
            }
        }
    }

    /// A post was made with `value`.
    pub(crate) fn made(&mut self, value: &str, post: &str, now: Timestamp) {
        self.write(value, now, Some(post.to_owned()));
    }

    /// No post came of `value`.
    pub(crate) fn failed(&mut self, value: &str) {
        self.known.remove(value);
    }

    fn write(&mut self, value: &str, now: Timestamp, post: Option<String>) {
        self.known.insert(value.to_owned(), (now, post));
        self.order.push_back((now, value.to_owned()));
        while self.known.len() > CAPACITY {
            let Some((at, value)) = self.order.pop_front() else { break };
            self.drop_if_written_at(at, &value);
        }
    }

    fn forget_old(&mut self, now: Timestamp) {
        while let Some((at, _)) = self.order.front()
            && now.since(*at) >= LIFE
            && let Some((at, value)) = self.order.pop_front()
        {
            self.drop_if_written_at(at, &value);
        }
    }

    /// A value that was written again later has a later place in the order.
    fn drop_if_written_at(&mut self, at: Timestamp, value: &str) {
        if self.known.get(value).is_some_and(|(written, _)| *written == at) {
            self.known.remove(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_lives_thirty_seconds_from_its_last_writing() {
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1000);
        let mut pending = PendingPosts::default();
        assert_eq!(pending.begin("a", at(0)), Pending::New);
        assert_eq!(pending.begin("a", at(1)), Pending::InFlight);
        pending.made("a", "post", at(2));
        assert_eq!(pending.begin("a", at(31)), Pending::Made("post".into()));
        assert_eq!(pending.begin("a", at(32)), Pending::New);
        pending.failed("a");
        assert_eq!(pending.begin("a", at(33)), Pending::New);
    }
}
