//! A cluster in memory, with the rules that the engine relies on.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use accessbot_core::clock::Timestamp;
use accessbot_core::request::{AccessRequest, RequestId, RequestState, Review, Threshold};
use accessbot_core::teleport::{
    Cluster, NewReview, NewState, Record, RecordChange, RequestWatch, Teleport, TeleportError, TeleportErrorKind, User,
    WatchEvent,
};
use async_trait::async_trait;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// How many events wait for a watcher that does not keep up, unless the test says otherwise.
const BUFFER: usize = 1024;
/// How far a cache lags behind at most.
const LAG: Duration = Duration::from_secs(60);

use crate::people::People;

#[derive(Default)]
pub(crate) struct State {
    requests: BTreeMap<RequestId, AccessRequest>,
    records: BTreeMap<(String, RequestId), Record>,
    watchers: Vec<mpsc::Sender<WatchEvent>>,
    buffer: Option<usize>,
    /// What the requests were until the last few changes, newest last.
    past: Vec<(Instant, BTreeMap<RequestId, AccessRequest>)>,
    away: bool,
    silent: bool,
    calls: BTreeMap<&'static str, usize>,
    next_write: Option<(bool, TeleportErrorKind)>,
    /// The next write takes effect, and its answer never comes.
    unanswered_write: bool,
    writes: Vec<(RequestId, Record)>,
    pub(crate) people: People,
}

/// A cluster in memory.
#[derive(Clone, Default)]
pub(crate) struct FakeCluster(Arc<Mutex<State>>);

impl FakeCluster {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    pub(crate) fn call(&self, name: &'static str) -> Result<MutexGuard<'_, State>, TeleportError> {
        let mut state = self.state();
        *state.calls.entry(name).or_default() += 1;
        if state.away {
            return Err(TeleportError::new(TeleportErrorKind::Unavailable, name, "connection refused"));
        }
        Ok(state)
    }

    pub(crate) fn calls(&self, name: &str) -> usize {
        self.state().calls.get(name).copied().unwrap_or_default()
    }

    /// Bob asks for dbadmin, and may be answered for an hour.
    pub(crate) fn ask(&self, id: &str, created: Timestamp) {
        self.put(bobs(id, created));
    }

    pub(crate) fn review(&self, id: &str, author: &str, proposed: RequestState) {
        self.change(id, |r| {
            r.reviews.push(Review {
                author: author.into(),
                proposed,
                reason: String::new(),
                created: None,
                thresholds: vec![],
            });
        });
    }

    pub(crate) fn resolve(&self, id: &str, state: RequestState, reason: &str) {
        self.change(id, |r| {
            r.state = state;
            reason.clone_into(&mut r.resolve_reason);
        });
    }

    pub(crate) fn remove(&self, id: &str) {
        let mut state = self.state();
        remember(&mut state);
        state.requests.remove(&RequestId::new(id));
        tell(&mut state, &WatchEvent::Delete(RequestId::new(id)));
    }

    pub(crate) fn change(&self, id: &str, change: impl FnOnce(&mut AccessRequest)) {
        let mut request = self.state().requests[&RequestId::new(id)].clone();
        change(&mut request);
        self.put(request);
    }

    pub(crate) fn put(&self, request: AccessRequest) {
        let mut state = self.state();
        remember(&mut state);
        state.requests.insert(request.id.clone(), request.clone());
        tell(&mut state, &WatchEvent::Put(Box::new(request)));
    }

    /// All requests as a lagging cache has them.
    pub(crate) fn stale_requests(&self) -> Vec<AccessRequest> {
        let state = self.state();
        let past = state.past.iter().find(|(until, _)| until.elapsed() < LAG).map(|(_, requests)| requests);
        past.unwrap_or(&state.requests).values().cloned().collect()
    }

    /// The request as it is, if it is there.
    pub(crate) fn get(&self, id: &str) -> Option<AccessRequest> {
        self.state().requests.get(&RequestId::new(id)).cloned()
    }

    /// How many requests there are.
    pub(crate) fn count(&self) -> usize {
        self.state().requests.len()
    }

    /// Sends the last state of a request again.
    pub(crate) fn repeat(&self, id: &str) {
        self.change(id, |_| {});
    }

    /// From now on nothing answers, and the watches end.
    pub(crate) fn go_away(&self) {
        let mut state = self.state();
        state.away = true;
        state.watchers.clear();
    }

    pub(crate) fn come_back(&self) {
        self.state().away = false;
    }

    /// Ends the watches, and nothing else.
    pub(crate) fn cut_watches(&self) {
        self.state().watchers.clear();
    }

    /// From now on only so many events wait for a watcher; one more, and its watch ends.
    pub(crate) fn buffer_of(&self, events: usize) {
        self.state().buffer = Some(events);
    }

    /// Watches stay open, and say nothing any more.
    pub(crate) fn lose_events(&self, lose: bool) {
        self.state().silent = lose;
    }

    /// The next write of a record fails, before or after it took effect.
    pub(crate) fn fail_next_write(&self, after_effect: bool, kind: TeleportErrorKind) {
        self.state().next_write = Some((after_effect, kind));
    }

    /// The next write of a record takes effect, and its answer never comes.
    pub(crate) fn answer_next_write_never(&self) {
        self.state().unanswered_write = true;
    }

    pub(crate) fn record(&self, plugin: &str, id: &str) -> Record {
        self.state().records.get(&(plugin.to_owned(), RequestId::new(id))).cloned().unwrap_or_default()
    }

    /// What the bots have made of the records, write by write, oldest first.
    pub(crate) fn writes(&self) -> Vec<(RequestId, Record)> {
        self.state().writes.clone()
    }

    /// Writes a record as somebody else.
    pub(crate) fn forge(&self, plugin: &str, id: &str, entries: &[(&str, &str)]) {
        let mut state = self.state();
        let record = state.records.entry((plugin.to_owned(), RequestId::new(id))).or_default();
        for (key, value) in entries {
            record.insert((*key).to_owned(), (*value).to_owned());
        }
    }

    /// Changes a record by compare-and-set.
    fn write(&self, plugin: &str, id: &RequestId, change: &RecordChange) -> Result<(), TeleportError> {
        let mut state = self.call("change_record")?;
        let error = |kind| TeleportError::new(kind, "change record", "as the test wanted");
        let fault = state.next_write.take();
        if let Some((false, kind)) = fault {
            return Err(error(kind));
        }
        let key = (plugin.to_owned(), id.clone());
        let mut record = state.records.get(&key).cloned().unwrap_or_default();
        if record.is_empty() && !state.requests.contains_key(id) && !state.records.contains_key(&key) {
            return Err(error(TeleportErrorKind::NotFound));
        }
        let stored = |name: &String| record.get(name).cloned().unwrap_or_default();
        if change.expect.iter().any(|(name, value)| stored(name) != *value) {
            return Err(error(TeleportErrorKind::Conflict));
        }
        for (name, value) in &change.set {
            if value.is_empty() {
                record.remove(name);
            } else {
                record.insert(name.clone(), value.clone());
            }
        }
        state.writes.push((id.clone(), record.clone()));
        state.records.insert(key, record);
        fault.map_or(Ok(()), |(_, kind)| Err(error(kind)))
    }
}

/// Bob's request for dbadmin, which can be decided for an hour.
pub(crate) fn bobs(id: &str, created: Timestamp) -> AccessRequest {
    AccessRequest {
        id: RequestId::new(id),
        user: "bob".into(),
        roles: vec!["dbadmin".into()],
        resources: vec![],
        state: RequestState::Pending,
        reason: "need prod db".into(),
        resolve_reason: String::new(),
        created: Some(created),
        expires: Some(created.plus(Duration::from_secs(3600))),
        access_expires: None,
        reviews: vec![],
        thresholds: vec![Threshold { name: String::new(), filter: String::new(), approve: 2, deny: 1 }],
        role_thresholds: BTreeMap::default(),
        suggested_reviewers: vec![],
        long_term: false,
    }
}

fn remember(state: &mut State) {
    let before = state.requests.clone();
    state.past.push((Instant::now(), before));
    if state.past.len() > 5 {
        state.past.remove(0);
    }
}

fn tell(state: &mut State, event: &WatchEvent) {
    if !state.silent {
        state.watchers.retain(|watcher| watcher.try_send(event.clone()).is_ok());
    }
}

struct FakeWatch(mpsc::Receiver<WatchEvent>);

#[async_trait]
impl RequestWatch for FakeWatch {
    async fn next(&mut self) -> Result<WatchEvent, TeleportError> {
        let ended = || TeleportError::new(TeleportErrorKind::Unavailable, "watch", "buffer overflow");
        self.0.recv().await.ok_or_else(ended)
    }
}

#[async_trait]
impl Teleport for FakeCluster {
    async fn ping(&self) -> Result<Cluster, TeleportError> {
        drop(self.call("ping")?);
        Ok(Cluster {
            name: "lab.example".into(),
            version: "8.3.21".into(),
            proxy_public_addr: "localhost:3080".into(),
            reviews: false,
            user: "access-plugin".into(),
        })
    }

    async fn watch(&self) -> Result<Box<dyn RequestWatch>, TeleportError> {
        let mut state = self.call("watch")?;
        let (sender, receiver) = mpsc::channel(state.buffer.unwrap_or(BUFFER));
        state.watchers.push(sender);
        Ok(Box::new(FakeWatch(receiver)))
    }

    async fn each_request(&self, visit: &mut (dyn FnMut(AccessRequest) + Send)) -> Result<(), TeleportError> {
        self.call("requests")?.requests.values().cloned().for_each(visit);
        Ok(())
    }

    async fn request(&self, id: &RequestId) -> Result<Option<AccessRequest>, TeleportError> {
        Ok(self.call("request")?.requests.get(id).cloned())
    }

    async fn each_record(
        &self,
        plugin: &str,
        visit: &mut (dyn FnMut(RequestId, Record) + Send),
    ) -> Result<(), TeleportError> {
        let state = self.call("records")?;
        let ours = state.records.iter().filter(|((name, _), _)| name == plugin);
        ours.for_each(|((_, id), record)| visit(id.clone(), record.clone()));
        Ok(())
    }

    async fn record(&self, plugin: &str, id: &RequestId) -> Result<Record, TeleportError> {
        let state = self.call("record")?;
        Ok(state.records.get(&(plugin.to_owned(), id.clone())).cloned().unwrap_or_default())
    }

    async fn change_record(&self, plugin: &str, id: &RequestId, change: &RecordChange) -> Result<(), TeleportError> {
        assert!(!change.expect.is_empty(), "an empty expectation is an unconditional write");
        let hangs = std::mem::take(&mut self.state().unanswered_write);
        let result = self.write(plugin, id, change);
        if hangs { std::future::pending().await } else { result }
    }

    async fn submit_review(&self, id: &RequestId, review: &NewReview) -> Result<AccessRequest, TeleportError> {
        drop(self.call("submit_review")?);
        self.take_review(id, review).await
    }

    async fn set_state(&self, id: &RequestId, state: &NewState) -> Result<(), TeleportError> {
        drop(self.call("set_state")?);
        self.take_state(id, state).await
    }

    async fn user(&self, name: &str) -> Result<Option<User>, TeleportError> {
        let slowness = self.call("user")?.people.slowness;
        if !slowness.is_zero() {
            tokio::time::sleep(slowness).await;
        }
        Ok(self.state().people.user(name))
    }

    async fn users(&self) -> Result<Vec<User>, TeleportError> {
        Ok(self.call("users")?.people.users())
    }

    async fn is_locked(&self, user: &User) -> Result<bool, TeleportError> {
        Ok(self.call("is_locked")?.people.is_locked(&user.name))
    }
}
