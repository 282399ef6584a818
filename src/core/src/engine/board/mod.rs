//! Which requests need looking at, in which order, and what is remembered of each.

mod presence;
#[cfg(test)]
mod tests;

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, BinaryHeap, HashMap};

use tokio::time::Instant;

use self::presence::{Ended, Unlisted};
use super::job::{Done, Job, Quiet, Recorded};
use super::status::{GivenUp, Leftover};
use crate::clock::Timestamp;
use crate::plan::Sighting;
use crate::request::{AccessRequest, RequestId};

pub(super) use self::presence::Presence;

/// How a record that was listed compares with what is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compared {
    /// Its request is quiet, and it is as it was.
    Same,
    /// Its request is on the board.
    Other,
    /// Nothing is remembered of its request.
    New,
}

/// A request that is not quiet.
pub(super) struct Unfinished<'a> {
    pub(super) id: &'a RequestId,
    /// Since when it is not.
    pub(super) since: Option<Instant>,
    pub(super) phase: Phase,
    pub(super) left: Option<&'a Leftover>,
}

/// Where a request is on its way to being quiet.
#[derive(Clone, Copy, Debug)]
pub(super) enum Phase {
    /// A worker has it.
    Busy,
    /// It waits for a worker.
    Queued,
    /// It is taken up again then.
    Later(Instant),
}

#[derive(Debug, Default)]
struct Slot {
    job: Job,
    /// When the sighting came, in order of all that comes.
    seen: u64,
    queued: bool,
    busy: bool,
    /// Something came while it was busy.
    dirty: bool,
    timer: Option<Instant>,
    unlisted: Unlisted,
    told: Told,
    presence: Presence,
}

/// What is told of a request to whoever asks.
#[derive(Debug, Default)]
struct Told {
    /// Whether it could still be decided when it was last seen.
    pending: bool,
    /// Since when there is something to do.
    since: Option<Instant>,
    /// What the last worker left undone.
    left: Option<Box<Leftover>>,
}

/// The requests of one backend.
#[derive(Debug, Default)]
pub(super) struct Board {
    slots: HashMap<RequestId, Slot>,
    /// Newest request first: whoever has just asked waits.
    ready: BinaryHeap<(Timestamp, RequestId)>,
    timers: BTreeSet<(Instant, RequestId)>,
    /// Requests that were over when they were listed, and are in nobody's record: nothing else is remembered of them.
    ended: HashMap<RequestId, Ended>,
    count: u64,
}

impl Board {
    /// A number for this moment in the order of events.
    fn tick(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    /// Takes in an event. `is_told` says whether anybody would be told about a request.
    pub(super) fn saw(&mut self, id: &RequestId, sighting: Sighting, is_told: impl Fn(&AccessRequest) -> bool) {
        let seen = self.tick();
        let created = created(&sighting);
        let was_over = self.was_over(id);
        let slot = self.slots.entry(id.clone()).or_default();
        slot.seen = seen;
        slot.told.pending = is_pending(&sighting);
        let untouched = slot.queued && slot.job.quiet.is_none() && slot.job.memory.is_none();
        if let Some(Sighting::Living(before)) = &slot.job.sighting
            && untouched
            && !before.state.is_resolved()
            && !slot.told.pending
            && is_told(before)
        {
            slot.job.untold = before.created.or(Some(Timestamp::from_millis(0)));
        }
        slot.job.sighting = latest(slot.job.sighting.take(), was_over, Some(sighting));
        slot.job.record = Recorded::Unknown;
        self.queue(id, created);
    }

    /// A listing begins. Returns a number for this moment in the order of events.
    pub(super) fn begin_listing(&mut self) -> u64 {
        for slot in self.slots.values_mut() {
            slot.presence = Presence::default();
        }
        for ended in self.ended.values_mut() {
            ended.listed = false;
        }
        self.tick()
    }

    /// A record with content of this name was listed.
    pub(super) fn record_listed(&mut self, id: &RequestId, name: u64) -> Compared {
        let Some(slot) = self.slots.get_mut(id) else { return Compared::New };
        slot.presence.recorded = true;
        if slot.job.quiet.is_some_and(|quiet| quiet.record == name) { Compared::Same } else { Compared::Other }
    }

    /// A request was listed. Returns what is remembered of it, if it is quiet, and what of it was listed before.
    pub(super) fn request_listed(&mut self, id: &RequestId) -> (Option<Quiet>, Presence) {
        let Some(slot) = self.slots.get_mut(id) else { return Default::default() };
        let before = slot.presence;
        slot.presence.listed = true;
        (slot.job.quiet, before)
    }

    /// Takes in one line of a listing that was begun at `began`: events that came later know better, unless it tells of
    /// the end. A `sighting` of `None` asks for the request to be read by id.
    pub(super) fn listed(&mut self, id: &RequestId, began: u64, sighting: Option<Sighting>, record: Recorded) {
        let created = sighting.as_ref().map_or(Timestamp::from_millis(0), created);
        let was_over = self.was_over(id);
        let slot = self.slots.entry(id.clone()).or_default();
        slot.presence.listed |= sighting.is_some();
        let is_news = sighting.as_ref().is_some_and(is_over) && !slot.job.sighting.as_ref().is_some_and(is_over);
        if !is_news && (slot.seen > began || slot.busy) {
            return;
        }
        slot.told.pending = sighting.as_ref().map_or(slot.told.pending, is_pending);
        slot.job.sighting = latest(slot.job.sighting.take(), was_over, sighting);
        if !matches!((&slot.job.record, &record), (Recorded::As(before), Recorded::As(now)) if before == now) {
            slot.job.record_since = Some(Instant::now());
        }
        // Whoever has it may have written since.
        slot.job.record = if slot.busy { Recorded::Unknown } else { record };
        self.queue(id, created);
    }

    /// Takes in one line of a listing about which there is nothing to do until `again`. Whatever has been heard of the
    /// request since the listing began knows better.
    pub(super) fn settle(&mut self, id: &RequestId, quiet: Quiet, left: Leftover, again: Option<Instant>) {
        let Entry::Vacant(vacant) = self.slots.entry(id.clone()) else { return };
        let presence = Presence { listed: true, recorded: true };
        let slot = vacant.insert(Slot { presence, timer: again, ..Slot::default() });
        slot.job.quiet = Some(quiet);
        slot.told.pending = quiet.pending;
        slot.told.left = (!left.is_empty()).then(|| Box::new(left));
        self.timers.extend(again.map(|at| (at, id.clone())));
    }

    /// Takes in that we wrote the record ourselves, beside whoever may be at work on the request.
    pub(super) fn wrote(&mut self, request: AccessRequest, record: Recorded) {
        let (seen, id) = (self.tick(), request.id.clone());
        let sighting = Sighting::Living(Box::new(request));
        let created = created(&sighting);
        let was_over = self.was_over(&id);
        let slot = self.slots.entry(id.clone()).or_default();
        slot.seen = seen;
        slot.told.pending = is_pending(&sighting);
        slot.job.sighting = latest(slot.job.sighting.take(), was_over, Some(sighting));
        slot.job.record = record;
        slot.job.record_since = Some(Instant::now());
        self.queue(&id, created);
    }

    /// Takes in that a listing shows a request as over that is in nobody's record. Whether there is nothing to do.
    pub(super) fn listed_as_ended(&mut self, id: &RequestId) -> bool {
        let nothing = self.slots.get(id).is_none_or(|slot| slot.job.quiet.is_some_and(|quiet| !quiet.pending));
        if nothing {
            self.ended.entry(id.clone()).or_default().listed = true;
        }
        nothing
    }

    /// Whether the request was over when it was last worked on or listed.
    fn was_over(&self, id: &RequestId) -> bool {
        self.ended.contains_key(id) || self.quiet(id).is_some_and(|quiet| !quiet.pending)
    }

    /// What is remembered of a quiet request.
    pub(super) fn quiet(&self, id: &RequestId) -> Option<Quiet> {
        self.slots.get(id).and_then(|slot| slot.job.quiet)
    }

    /// The requests that are remembered as waiting, have nothing queued, and were not listed; and whether their records
    /// were.
    pub(super) fn quiet_and_unlisted(&self) -> Vec<(RequestId, bool)> {
        let waits = |slot: &Slot| !slot.queued && !slot.busy && slot.job.quiet.is_some_and(|q| q.pending);
        let missing = self.slots.iter().filter(|(_, slot)| waits(slot) && !slot.presence.listed);
        let mut missing: Vec<_> = missing.map(|(id, slot)| (id.clone(), slot.presence.recorded)).collect();
        // In order, so that a simulation repeats itself.
        missing.sort_unstable();
        missing
    }

    /// Forgets requests that are over, quiet, and were not listed.
    pub(super) fn forget_unlisted(&mut self) {
        let timers = &mut self.timers;
        self.ended.retain(|_, ended| ended.unlisted.remember(ended.listed));
        self.slots.retain(|id, slot| {
            let over = slot.job.quiet.is_some_and(|q| !q.pending) && !slot.busy && !slot.queued;
            let keep = !over || slot.unlisted.remember(slot.presence.listed);
            if !keep && let Some(at) = slot.timer {
                timers.remove(&(at, id.clone()));
            }
            keep
        });
    }

    /// The next request to work on, which is busy from now on.
    pub(super) fn take(&mut self) -> Option<(RequestId, Job)> {
        while let Some((_, id)) = self.ready.pop() {
            let Some(slot) = self.slots.get_mut(&id) else { continue };
            if !slot.queued || slot.busy {
                continue;
            }
            slot.queued = false;
            slot.busy = true;
            slot.dirty = false;
            if let Some(at) = slot.timer.take() {
                self.timers.remove(&(at, id.clone()));
            }
            return Some((id, std::mem::take(&mut slot.job)));
        }
        None
    }

    /// Whether news came that the request cannot be decided any more, which whoever works on it does not know.
    pub(super) fn has_news_of_end(&self, id: &RequestId) -> bool {
        let news = self.slots.get(id).and_then(|slot| slot.job.sighting.as_ref());
        news.is_some_and(is_over)
    }

    /// Takes back a request from its worker.
    pub(super) fn done(&mut self, id: &RequestId, done: Done) {
        let Some(slot) = self.slots.get_mut(id) else { return };
        slot.busy = false;
        if done.forget && !slot.dirty {
            self.slots.remove(id);
            return;
        }
        if let Some(left) = done.left {
            slot.told.left = (!left.is_empty()).then(|| Box::new(left));
        }
        if slot.told.left.as_ref().is_none_or(|left| left.waiting.is_empty()) {
            slot.told.since = None;
        }
        if !slot.dirty {
            slot.told.pending = done.quiet.map_or(slot.told.pending, |quiet| quiet.pending);
        }
        slot.job.quiet = done.quiet;
        slot.job.memory = done.memory;
        let was_over = done.quiet.is_some_and(|quiet| !quiet.pending);
        slot.job.sighting = match slot.job.sighting.take() {
            None => done.sighting,
            // What came meanwhile may be older than what the worker has read itself.
            seen => latest(done.sighting, was_over, seen),
        };
        if slot.dirty {
            let created = slot.job.sighting.as_ref().map_or(Timestamp::from_millis(0), created);
            self.queue(id, created);
        } else if let Some(at) = done.again {
            slot.timer = Some(at);
            self.timers.insert((at, id.clone()));
        }
    }

    /// Queues what is due, and says when the next is.
    pub(super) fn wake(&mut self, now: Instant) -> Option<Instant> {
        while let Some((at, id)) = self.timers.first().cloned() {
            if at > now {
                return Some(at);
            }
            self.timers.remove(&(at, id.clone()));
            if let Some(slot) = self.slots.get_mut(&id) {
                slot.timer = None;
                let created = slot.job.sighting.as_ref().map_or(Timestamp::from_millis(0), created);
                self.queue(&id, created);
            }
        }
        None
    }

    /// How many requests wait for a worker.
    pub(super) fn waiting(&self) -> usize {
        self.slots.values().filter(|slot| slot.queued).count()
    }

    /// How many requests could still be decided when they were last seen.
    pub(super) fn open(&self) -> usize {
        self.slots.values().filter(|slot| slot.told.pending).count()
    }

    /// The requests that are not quiet, in no order.
    pub(super) fn unfinished(&self) -> impl Iterator<Item = Unfinished<'_>> {
        self.slots.iter().filter_map(|(id, slot)| {
            let phase = match slot.timer {
                _ if slot.busy => Phase::Busy,
                _ if slot.queued => Phase::Queued,
                Some(at) if slot.job.quiet.is_none() => Phase::Later(at),
                _ => return None,
            };
            Some(Unfinished { id, since: slot.told.since, phase, left: slot.told.left.as_deref() })
        })
    }

    /// What was given up about requests that are remembered, in no order.
    pub(super) fn given_up(&self) -> impl Iterator<Item = &GivenUp> {
        self.slots.values().filter_map(|slot| slot.told.left.as_deref()).flat_map(|left| &left.given_up)
    }

    fn queue(&mut self, id: &RequestId, created: Timestamp) {
        let Some(slot) = self.slots.get_mut(id) else { return };
        slot.told.since.get_or_insert_with(Instant::now);
        if slot.busy {
            slot.dirty = true;
        } else if !slot.queued {
            slot.queued = true;
            self.ready.push((created, id.clone()));
        }
    }
}

fn is_pending(sighting: &Sighting) -> bool {
    sighting.request().is_some_and(|request| !request.state.is_resolved())
}

fn is_over(sighting: &Sighting) -> bool {
    !is_pending(sighting)
}

/// What to go by. Nothing leads back from the end of a request, so who shows it as open after that has not looked lately.
/// If nothing else is known then, it is read by id.
fn latest(known: Option<Sighting>, was_over: bool, seen: Option<Sighting>) -> Option<Sighting> {
    match known {
        _ if seen.as_ref().is_none_or(is_over) => seen,
        Some(known) if is_over(&known) => Some(known),
        _ => seen.filter(|_| !was_over),
    }
}

fn created(sighting: &Sighting) -> Timestamp {
    sighting.request().and_then(|request| request.created).unwrap_or(Timestamp::from_millis(0))
}
