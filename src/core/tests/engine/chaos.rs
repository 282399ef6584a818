//! A cluster and a chat on which anything can go wrong: calls fail before or after they took effect, answers come late,
//! events are lost, repeated or delayed, watches end, listings are stale.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use accessbot_core::backend::{
    Capabilities, ChatBackend, ChatError, ChatErrorKind, Conversation, Marker, MessageRef, Outgoing, Recipient,
    Resolution, Sought,
};
use accessbot_core::request::{AccessRequest, RequestId};
use accessbot_core::teleport::{
    Cluster, Record, RecordChange, RequestWatch, Teleport, TeleportError, TeleportErrorKind, WatchEvent,
};
use async_trait::async_trait;
use tokio::time::Instant;

use crate::chat::FakeChat;
use crate::cluster::FakeCluster;

/// Dice that a seed determines.
#[derive(Debug)]
pub(crate) struct Dice(AtomicU64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
    }

    /// A number below `sides`.
    pub(crate) fn roll(&self, sides: u64) -> u64 {
        let mut z = self.0.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % sides
    }

    /// True this many times in a thousand.
    pub(crate) fn permille(&self, chance: u64) -> bool {
        self.roll(1000) < chance
    }
}

/// How wild it is, for everything that shares it. Calm: nothing goes wrong any more.
pub(crate) struct Weather {
    pub(crate) dice: Dice,
    wild: AtomicBool,
    /// Failures in a thousand calls.
    failures: u64,
    /// For how long whoever posts next is stopped in the middle of it.
    stop_next: Mutex<Option<Duration>>,
}

impl Weather {
    pub(crate) fn new(seed: u64) -> Arc<Self> {
        let dice = Dice::new(seed);
        let failures = [0, 20, 100, 300][usize::try_from(dice.roll(4)).unwrap()];
        Arc::new(Self { dice, wild: AtomicBool::new(true), failures, stop_next: Mutex::default() })
    }

    pub(crate) fn calm_down(&self) {
        self.wild.store(false, Ordering::Relaxed);
    }

    /// Whoever posts next is stopped in the middle of it for so long.
    pub(crate) fn stop_next_poster(&self, time: Duration) {
        *self.stop_next.lock().unwrap() = Some(time);
    }

    fn is_wild(&self) -> bool {
        self.wild.load(Ordering::Relaxed)
    }

    async fn delay(&self) {
        let millis = match self.dice.roll(50) {
            0 if self.is_wild() => 9_000,
            1..5 if self.is_wild() => 1_000 + self.dice.roll(1000),
            _ => self.dice.roll(20),
        };
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }

    fn fails(&self) -> bool {
        self.is_wild() && self.dice.permille(self.failures)
    }
}

/// One bot's process, which can be stopped for a while, as SIGSTOP does: what it asks of others waits.
#[derive(Clone, Default)]
pub(crate) struct Process(Arc<Mutex<Option<Instant>>>);

impl Process {
    fn stop(&self, time: Duration) {
        *self.0.lock().unwrap() = Some(Instant::now() + time);
    }

    async fn goes_on(&self) {
        let until = *self.0.lock().unwrap();
        if let Some(until) = until {
            tokio::time::sleep_until(until).await;
        }
    }
}

/// Something on which anything can go wrong.
#[derive(Clone)]
pub(crate) struct Chaotic<T> {
    pub(crate) inner: T,
    pub(crate) weather: Arc<Weather>,
    /// Whose calls these are.
    pub(crate) process: Process,
}

impl Chaotic<FakeCluster> {
    async fn call<T>(
        &self,
        name: &'static str,
        work: impl Future<Output = Result<T, TeleportError>>,
    ) -> Result<T, TeleportError> {
        let error = || TeleportError::new(TeleportErrorKind::Unavailable, name, "bad weather");
        self.weather.delay().await;
        if self.weather.fails() {
            return Err(error());
        }
        self.process.goes_on().await;
        let result = work.await;
        self.weather.delay().await;
        if self.weather.fails() { Err(error()) } else { result }
    }
}

struct ChaoticWatch {
    inner: Box<dyn RequestWatch>,
    weather: Arc<Weather>,
    held: VecDeque<WatchEvent>,
}

#[async_trait]
impl RequestWatch for ChaoticWatch {
    async fn next(&mut self) -> Result<WatchEvent, TeleportError> {
        loop {
            if let Some(event) = self.held.front().cloned() {
                self.weather.delay().await;
                self.held.pop_front();
                return Ok(event);
            }
            let event = self.inner.next().await?;
            let wild = self.weather.is_wild();
            match self.weather.dice.roll(40) {
                0 if wild => {
                    let overflow = TeleportErrorKind::Unavailable;
                    return Err(TeleportError::new(overflow, "watch", "buffer overflow"));
                }
                1 if wild => {}
                2..5 if wild => self.held.extend([event.clone(), event]),
                _ => self.held.push_back(event),
            }
        }
    }
}

#[async_trait]
impl Teleport for Chaotic<FakeCluster> {
    async fn ping(&self) -> Result<Cluster, TeleportError> {
        self.call("ping", self.inner.ping()).await
    }

    async fn watch(&self) -> Result<Box<dyn RequestWatch>, TeleportError> {
        let inner = self.call("watch", self.inner.watch()).await?;
        Ok(Box::new(ChaoticWatch { inner, weather: Arc::clone(&self.weather), held: VecDeque::new() }))
    }

    async fn each_request(&self, visit: &mut (dyn FnMut(AccessRequest) + Send)) -> Result<(), TeleportError> {
        if self.weather.is_wild() && self.weather.dice.permille(200) {
            self.inner.stale_requests().into_iter().for_each(visit);
            return Ok(());
        }
        let mut twice = |request: AccessRequest| {
            visit(request.clone());
            visit(request);
        };
        self.call("requests", self.inner.each_request(&mut twice)).await
    }

    async fn request(&self, id: &RequestId) -> Result<Option<AccessRequest>, TeleportError> {
        self.call("request", self.inner.request(id)).await
    }

    async fn each_record(
        &self,
        plugin: &str,
        visit: &mut (dyn FnMut(RequestId, Record) + Send),
    ) -> Result<(), TeleportError> {
        self.call("records", self.inner.each_record(plugin, visit)).await
    }

    async fn record(&self, plugin: &str, id: &RequestId) -> Result<Record, TeleportError> {
        self.call("record", Teleport::record(&self.inner, plugin, id)).await
    }

    async fn change_record(&self, plugin: &str, id: &RequestId, change: &RecordChange) -> Result<(), TeleportError> {
        if self.weather.is_wild() && self.weather.dice.permille(20) {
            return Err(TeleportError::new(TeleportErrorKind::Conflict, "change_record", "too many races lost"));
        }
        self.call("change_record", self.inner.change_record(plugin, id, change)).await
    }
}

impl Chaotic<FakeChat> {
    async fn call<T>(
        &self,
        name: &'static str,
        work: impl Future<Output = Result<T, ChatError>>,
    ) -> Result<T, ChatError> {
        self.weather.delay().await;
        if self.weather.fails() {
            let kind = match self.weather.dice.roll(10) {
                0 => ChatErrorKind::RateLimited(Some(Duration::from_secs(self.weather.dice.roll(20)))),
                1 => ChatErrorKind::Unauthorized,
                _ => ChatErrorKind::Transient,
            };
            return Err(ChatError::new(kind, name, "bad weather"));
        }
        self.process.goes_on().await;
        let result = work.await;
        self.weather.delay().await;
        let lost = || ChatError::new(ChatErrorKind::Transient, name, "the answer was lost").maybe_done();
        if self.weather.fails() { Err(lost()) } else { result }
    }
}

#[async_trait]
impl ChatBackend for Chaotic<FakeChat> {
    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn probe(&self) -> Result<(), ChatError> {
        self.call("probe", self.inner.probe()).await
    }

    async fn resolve(&self, recipient: &Recipient) -> Result<Resolution, ChatError> {
        self.call("resolve", self.inner.resolve(recipient)).await
    }

    async fn post(&self, conversation: &Conversation, message: &Outgoing<'_>) -> Result<MessageRef, ChatError> {
        if self.weather.is_wild() && self.weather.dice.permille(self.weather.failures / 4) {
            // A frozen server: no answer now, and the message later.
            let late = Duration::from_secs(self.weather.dice.roll(50));
            self.inner.post_late(conversation, message, late);
            tokio::time::sleep(Duration::from_secs(10)).await;
            return Err(ChatError::new(ChatErrorKind::Transient, "post", "no answer in time").maybe_done());
        }
        let stopped = self.weather.stop_next.lock().unwrap().take();
        if let Some(time) = stopped {
            self.process.stop(time);
        }
        self.call("post", self.inner.post(conversation, message)).await
    }

    async fn find(&self, sought: &Sought<'_>) -> Result<Vec<MessageRef>, ChatError> {
        self.call("find", self.inner.find(sought)).await
    }

    async fn verify(&self, message: &MessageRef, request: &RequestId, marker: &Marker) -> Result<bool, ChatError> {
        self.call("verify", self.inner.verify(message, request, marker)).await
    }

    async fn update(&self, message: &MessageRef, outgoing: &Outgoing<'_>) -> Result<(), ChatError> {
        self.call("update", self.inner.update(message, outgoing)).await
    }

    async fn delete(&self, message: &MessageRef) -> Result<(), ChatError> {
        self.call("delete", self.inner.delete(message)).await
    }
}
