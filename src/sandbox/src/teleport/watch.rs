//! Watches: a bounded queue of events for each.

use std::collections::{BTreeMap, VecDeque};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use accessbot_core::request::RequestState;
use accessbot_teleport::proto::auth::{Event, Operation, event};
use accessbot_teleport::proto::types;
use futures_util::Stream;
use tonic::Status;

use super::request::{Stored, state_name};
use super::version::TeleportVersion;
use crate::common::changes::Changes;
use crate::common::lock::lock;

/// The server keeps so many events for a watcher. One more, and it closes the watch.
const QUEUE: usize = 64;

/// A change of a request.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    /// It is like this now.
    Put(Box<Stored>),
    /// It is gone.
    Delete(String),
}

/// Which changes a watcher wants. Deletions come to everybody.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    id: Option<String>,
    pub(crate) user: Option<String>,
    state: Option<String>,
}

impl Filter {
    /// Reads a watch's filter.
    pub(crate) fn read(map: impl IntoIterator<Item = (String, String)>) -> Result<Self, Status> {
        let mut filter = Self::default();
        for (key, value) in map {
            match key.as_str() {
                "id" => filter.id = Some(value),
                "user" => filter.user = Some(value),
                "state" => filter.state = Some(value),
                _ => return Err(Status::invalid_argument(format!("unknown filter key {key}"))),
            }
        }
        Ok(filter)
    }

    fn takes(&self, change: &Change) -> bool {
        let Change::Put(stored) = change else { return true };
        let fits = |wanted: &Option<String>, value: &str| wanted.as_ref().is_none_or(|wanted| wanted == value);
        let state: RequestState = stored.request.state;
        fits(&self.id, stored.id()) && fits(&self.user, &stored.request.user) && fits(&self.state, state_name(state))
    }
}

#[derive(Debug, Default)]
struct Queue {
    events: VecDeque<Event>,
    /// What the stream ends with, after the events.
    end: Option<Status>,
    /// Nobody listens any more.
    closed: bool,
    waker: Option<Waker>,
}

#[derive(Debug)]
struct Watcher {
    filter: Option<Filter>,
    queue: Arc<Mutex<Queue>>,
}

/// All watchers, and the changes that they have not got yet.
#[derive(Debug)]
pub(crate) struct Watchers {
    open: BTreeMap<u64, Watcher>,
    last: u64,
    changes: Changes,
    waiting: Vec<Change>,
}

impl Watchers {
    /// No watchers yet. `changes` will tell when one goes away.
    pub(crate) fn new(changes: Changes) -> Self {
        Self { open: BTreeMap::new(), last: 0, changes, waiting: Vec::new() }
    }

    /// Opens a watch: of requests that fit `filter`, or, without one, of other things, of which nothing is told. The
    /// first event is INIT, which newer servers send with the kinds that they accepted.
    pub(crate) fn open(
        &mut self,
        filter: Option<Filter>,
        version: TeleportVersion,
        kinds: Vec<types::WatchKind>,
    ) -> EventStream {
        let status = types::WatchStatusV1 {
            kind: "watch_status".to_owned(),
            version: "v1".to_owned(),
            spec: Some(types::WatchStatusSpecV1 { kinds }),
            ..types::WatchStatusV1::default()
        };
        let resource = (version >= TeleportVersion::V13).then_some(event::Resource::WatchStatus(status));
        let queue = Arc::new(Mutex::new(Queue::default()));
        lock(&queue).events.push_back(Event { r#type: Operation::Init.into(), resource });
        self.last += 1;
        self.open.insert(self.last, Watcher { filter, queue: Arc::clone(&queue) });
        EventStream { queue, changes: self.changes.clone() }
    }

    /// How many watches are open.
    pub(crate) fn count(&mut self) -> usize {
        self.forget_closed();
        self.open.len()
    }

    /// How many events wait at the watcher that has the most.
    pub(crate) fn longest(&self) -> usize {
        self.open.values().map(|watcher| lock(&watcher.queue).events.len()).max().unwrap_or_default()
    }

    /// Something changed. The watchers get to know at the next [`Watchers::flush`].
    pub(crate) fn push(&mut self, change: Change) {
        self.waiting.push(change);
    }

    /// Delivers what has changed, at one blow: no watcher takes anything out meanwhile.
    pub(crate) fn flush(&mut self, version: TeleportVersion) {
        let changes = std::mem::take(&mut self.waiting);
        if changes.is_empty() {
            return;
        }
        self.forget_closed();
        for watcher in self.open.values() {
            let Some(filter) = &watcher.filter else { continue };
            let mut queue = lock(&watcher.queue);
            for change in changes.iter().filter(|change| filter.takes(change)) {
                if queue.end.is_none() {
                    queue.events.push_back(wire(change, version));
                }
                if queue.events.len() > QUEUE {
                    // What was queued is lost with it.
                    queue.events.clear();
                    queue.end = Some(Status::invalid_argument("buffer overflow"));
                }
            }
            queue.wake();
        }
    }

    /// Ends all watches.
    pub(crate) fn disconnect(&mut self, end: &Status) {
        for watcher in std::mem::take(&mut self.open).into_values() {
            let mut queue = lock(&watcher.queue);
            queue.end.get_or_insert_with(|| end.clone());
            queue.wake();
        }
    }

    fn forget_closed(&mut self) {
        self.open.retain(|_, watcher| {
            let queue = lock(&watcher.queue);
            queue.end.is_none() && !queue.closed
        });
    }
}

impl Queue {
    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

fn wire(change: &Change, version: TeleportVersion) -> Event {
    let (operation, resource) = match change {
        Change::Put(stored) => (Operation::Put, event::Resource::AccessRequest(stored.wire(version))),
        Change::Delete(id) => {
            let header = types::ResourceHeader {
                kind: "access_request".to_owned(),
                version: "v3".to_owned(),
                metadata: Some(types::Metadata { name: id.clone(), ..types::Metadata::default() }),
                ..types::ResourceHeader::default()
            };
            (Operation::Delete, event::Resource::ResourceHeader(header))
        }
    };
    Event { r#type: operation.into(), resource: Some(resource) }
}

/// The events of one watch. Dropping it closes the watch.
#[derive(Debug)]
pub(crate) struct EventStream {
    queue: Arc<Mutex<Queue>>,
    changes: Changes,
}

impl Drop for EventStream {
    fn drop(&mut self) {
        lock(&self.queue).closed = true;
        self.changes.happened();
    }
}

impl Stream for EventStream {
    type Item = Result<Event, Status>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut queue = lock(&self.queue);
        if let Some(event) = queue.events.pop_front() {
            return Poll::Ready(Some(Ok(event)));
        }
        if let Some(end) = &queue.end {
            return Poll::Ready(Some(Err(end.clone())));
        }
        queue.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}
