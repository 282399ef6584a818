//! Refusals that anybody can cause, as often as they like: nothing that they brought was found to be real. Their audit lines
//! are paced, so that nobody fills a disk with them. What is left out is counted, and said in one line.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::trail;
use crate::engine::desk::DeskState;
use crate::review::audit::Entry;
use crate::review::{Bucket, Review};

/// How long it is counted until it is said how much was left out.
const COUNTED_FOR: Duration = Duration::from_secs(60);

/// What there is too much of.
#[derive(Debug, Default)]
pub(in crate::engine) struct Crowd {
    inside: Mutex<Inside>,
    begun: Notify,
}

#[derive(Debug, Default)]
struct Inside {
    bucket: Option<Bucket>,
    left_out: u64,
}

impl Crowd {
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is room for one more line. One that finds none is counted.
    fn has_room(&self) -> bool {
        let now = Instant::now();
        let mut inside = self.inside();
        if inside.bucket.get_or_insert_with(|| Bucket::full(now)).take(now) {
            return true;
        }
        inside.left_out += 1;
        drop(inside);
        self.begun.notify_one();
        false
    }
}

/// Writes the line of such a refusal, or counts it.
pub(super) fn note(desk: &DeskState, review: &Review, entry: &Entry) {
    if desk.crowd.has_room() {
        review.audit.note(entry);
    }
}

/// Says now and then how much was left out, for ever.
pub(in crate::engine) async fn keep(desk: Arc<DeskState>) {
    loop {
        desk.crowd.begun.notified().await;
        tokio::time::sleep(COUNTED_FOR).await;
        say(&desk);
    }
}

/// Says how much was left out since it was said last, if anything was.
pub(in crate::engine) fn say(desk: &DeskState) {
    let Some(review) = &desk.options.review else { return };
    let left_out = std::mem::take(&mut desk.crowd.inside().left_out);
    if left_out > 0 {
        let mut entry = trail::entry(desk, review, "decision");
        entry.result = "left_out";
        entry.detail = Some(format!("{left_out} refusals like those before, too many to be told one by one"));
        review.audit.note(&entry);
    }
}
