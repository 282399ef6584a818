//! One replica of the bot as the world sees it: what it was told, and when it was stopped.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use accessbot_core::backend::{Content, Span};
use accessbot_core::engine::Process;
use accessbot_core::request::{AccessRequest, RequestId};
use accessbot_core::teleport::WatchEvent;
use tokio::time::Instant;

/// One replica. Copies are the same replica.
#[derive(Clone, Default)]
pub(crate) struct Replica {
    pub(crate) process: Process,
    /// Whether it is of a newer generation of the program, whose messages look different.
    newer: bool,
    ears: Arc<Mutex<Ears>>,
}

/// How long after a replica was stopped it can be stopped again.
const AGAIN: Duration = Duration::from_secs(300);

#[derive(Default)]
struct Ears {
    stopped: Option<Instant>,
    /// When it was told that a request can not be decided any more.
    ends: BTreeMap<RequestId, Instant>,
    /// Announcements that it has begun although it had been told.
    late: Vec<String>,
}

impl Replica {
    pub(crate) fn new(newer: bool) -> Self {
        Self { newer, ..Self::default() }
    }

    /// Stops it as SIGSTOP does, after its tasks have gone on so many times more, and lets it go on after `time`; unless
    /// that was done to it a short while ago.
    pub(crate) fn stop(&self, polls: u64, time: Duration) {
        let mut ears = self.ears();
        if ears.stopped.is_some_and(|at| at.elapsed() < AGAIN) {
            return;
        }
        ears.stopped = Some(Instant::now());
        let process = self.process.clone();
        process.stop_after(polls);
        tokio::spawn(async move {
            tokio::time::sleep(time).await;
            process.go_on();
        });
    }

    fn ears(&self) -> MutexGuard<'_, Ears> {
        self.ears.lock().unwrap()
    }

    fn end_of(&self, id: &RequestId) {
        self.ears().ends.entry(id.clone()).or_insert_with(Instant::now);
    }

    /// An event reaches it.
    pub(crate) fn hears(&self, event: &WatchEvent) {
        match event {
            WatchEvent::Put(request) if request.state.is_resolved() => self.end_of(&request.id),
            WatchEvent::Put(_) => {}
            WatchEvent::Delete(id) => self.end_of(id),
        }
    }

    /// It has read a request by its id.
    pub(crate) fn reads(&self, id: &RequestId, request: Option<&AccessRequest>) {
        if request.is_none_or(|request| request.state.is_resolved()) {
            self.end_of(id);
        }
    }

    /// It has got the second half of a listing, the requests; the records came before.
    pub(crate) fn lists(&self, requests: &[AccessRequest]) {
        for request in requests.iter().filter(|request| request.state.is_resolved()) {
            self.end_of(&request.id);
        }
    }

    /// It begins to announce a request.
    pub(crate) fn announces(&self, id: &RequestId) {
        let mut ears = self.ears();
        if let Some(told) = ears.ends.get(id).filter(|told| told.elapsed() > Duration::ZERO) {
            let how = format!("{id}: announced {:?} after it was told of the end", told.elapsed());
            ears.late.push(how);
        }
    }

    /// Announcements that it has begun although it had been told that the request is over.
    pub(crate) fn late(&self) -> Vec<String> {
        self.ears().late.clone()
    }

    /// What its generation of the program makes of a message.
    pub(crate) fn render(&self, content: &mut Content) {
        if let (true, Content::Card(card)) = (self.newer, content) {
            card.headline.push(Span::Ours(", as a newer program says it".to_owned()));
        }
    }
}
