//! At most one message a second in each channel, as Slack wants it, in the order of those who asked.
//!
//! Whoever must wait long does not wait here, where it would keep others from their work: it gets a place in the queue
//! and comes back when it is due. Channels do not wait for each other.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Between two messages in one channel. A little more than Slack's second, because what counts is when they arrive.
const INTERVAL: Duration = Duration::from_millis(1050);
/// The longest that a message waits here.
const PATIENCE: Duration = Duration::from_millis(2500);
/// How long a place in the queue is kept for somebody who does not come back.
const KEPT: Duration = Duration::from_secs(60);
/// More channels than a bot posts to; beyond it the memory starts anew rather than growing.
const MOST: usize = 10_000;

/// The queues of all channels.
#[derive(Debug, Default)]
pub(crate) struct Pace(Mutex<HashMap<String, Lane>>);

/// The queue of one channel.
#[derive(Debug)]
struct Lane {
    /// The first place that nobody has.
    free: Instant,
    /// When the last message was let through.
    last: Option<Instant>,
    /// Places of those who were sent away.
    booked: HashMap<String, Instant>,
}

/// What to do.
enum Turn {
    Now,
    Wait(Duration),
    Return(Duration),
}

impl Pace {
    /// Returns when the message `marker` may be posted in `channel`.
    ///
    /// # Errors
    /// In how long to come back, if that is too long to wait for. The place is kept.
    pub(crate) async fn turn(&self, channel: &str, marker: &str) -> Result<(), Duration> {
        loop {
            match self.step(channel, marker) {
                Turn::Now => return Ok(()),
                Turn::Wait(left) => tokio::time::sleep(left).await,
                Turn::Return(left) => return Err(left),
            }
        }
    }

    fn step(&self, channel: &str, marker: &str) -> Turn {
        let mut lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if lanes.len() >= MOST && !lanes.contains_key(channel) {
            lanes.clear();
        }
        let new = || Lane { free: now, last: None, booked: HashMap::new() };
        let lane = lanes.entry(channel.to_owned()).or_insert_with(new);
        lane.booked.retain(|_, place| now.saturating_duration_since(*place) < KEPT);
        let place = lane.booked.get(marker).copied().unwrap_or_else(|| {
            let place = lane.free.max(now);
            lane.free = place + INTERVAL;
            lane.booked.insert(marker.to_owned(), place);
            place
        });
        // Somebody who came back late may have been let through a moment ago.
        let due = lane.last.map_or(place, |last| place.max(last + INTERVAL));
        let left = due.saturating_duration_since(now);
        if left.is_zero() {
            lane.booked.remove(marker);
            lane.last = Some(now);
            lane.free = lane.free.max(now + INTERVAL);
            Turn::Now
        } else if left <= PATIENCE {
            Turn::Wait(left)
        } else {
            Turn::Return(left)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_crowd_passes_one_a_second_and_holds_nobody_else_up() {
        let (pace, start) = (Arc::new(Pace::default()), Instant::now());
        let crowd = (0..30).map(|n| {
            let pace = Arc::clone(&pace);
            tokio::spawn(async move {
                // As the engine does: it comes back when it was told to, a little later.
                while let Err(left) = pace.turn("C1", &format!("m{n}")).await {
                    tokio::time::sleep(left + Duration::from_millis(n * 7)).await;
                }
                start.elapsed()
            })
        });
        let crowd: Vec<_> = crowd.collect();
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert_eq!(pace.turn("C2", "other").await, Ok(()));
        assert!(start.elapsed() < Duration::from_millis(2), "another channel does not wait");
        let mut times = Vec::new();
        for one in crowd {
            times.push(one.await.unwrap());
        }
        times.sort();
        assert!(times.windows(2).all(|pair| pair[1] >= pair[0] + INTERVAL), "{times:?}");
        assert!(times[29] < Duration::from_secs(45), "the channel is not idle meanwhile: {times:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_place_is_kept_and_given_up_by_those_who_do_not_come_back() {
        let pace = Pace::default();
        for n in 0..3 {
            assert_eq!(pace.turn("C1", &format!("m{n}")).await, Ok(()));
        }
        let busy: Vec<_> = (0..5).map(|n| pace.step("C1", &format!("b{n}"))).collect();
        assert!(matches!(busy[4], Turn::Return(left) if left == 5 * INTERVAL));
        tokio::time::sleep(Duration::from_secs(120)).await;
        assert_eq!(pace.turn("C1", "b4").await, Ok(()));
        let lanes = pace.0.lock().unwrap();
        assert!(lanes["C1"].booked.is_empty());
    }
}
