//! A cluster and a chat on which anything can go wrong: calls fail before or after they took effect, answers come late or
//! never, events are lost, repeated or delayed, watches end, listings are stale.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use accessbot_core::backend::decision::{ChatUser, ChatUserId, Membership};
use accessbot_core::backend::{
    Capabilities, ChatBackend, ChatError, ChatErrorKind, Content, Conversation, Marker, MessageRef, Outgoing,
    Recipient, Resolution, Sought,
};
use accessbot_core::request::{AccessRequest, RequestId};
use accessbot_core::teleport::{
    Cluster, NewReview, NewState, Record, RecordChange, RequestWatch, Teleport, TeleportError, TeleportErrorKind, User,
    WatchEvent,
};
use async_trait::async_trait;

use crate::chat::{FakeChat, Letter};
use crate::cluster::FakeCluster;
use crate::replica::Replica;
use crate::weather::{Ill, Weather};

/// Longer than any caller waits.
const NEVER: Duration = Duration::from_secs(600);

/// Something on which anything can go wrong.
#[derive(Clone)]
pub(crate) struct Chaotic<T> {
    pub(crate) inner: T,
    pub(crate) weather: Arc<Weather>,
    /// Whose calls these are.
    pub(crate) replica: Replica,
}

impl<T> Chaotic<T> {
    /// What has left the caller is carried out at the server, whatever becomes of the caller meanwhile.
    async fn carried_out<R: Send + 'static>(&self, work: impl Future<Output = R> + Send + 'static) -> R {
        let weather = Arc::clone(&self.weather);
        let work = async move {
            weather.delay().await;
            work.await
        };
        tokio::spawn(work).await.unwrap()
    }
}

impl Chaotic<FakeCluster> {
    async fn call<T>(
        &self,
        name: &'static str,
        work: impl Future<Output = Result<T, TeleportError>>,
    ) -> Result<T, TeleportError> {
        let error = || TeleportError::new(TeleportErrorKind::Unavailable, name, "bad weather");
        let ill = self.weather.cluster.called();
        match ill {
            Ill::Away | Ill::Garbled => return Err(error()),
            Ill::Slow(time) => tokio::time::sleep(time).await,
            // As long as a caller waits.
            Ill::Silent => {
                tokio::time::sleep(Duration::from_secs(10)).await;
                return Err(error());
            }
            Ill::Not | Ill::Limited(_) | Ill::Barred(_) => {}
        }
        self.weather.delay().await;
        if self.weather.fails() {
            return Err(error());
        }
        let result = work.await;
        self.weather.delay().await;
        if self.weather.fails() { Err(error()) } else { result }
    }
}

struct ChaoticWatch {
    inner: Box<dyn RequestWatch>,
    weather: Arc<Weather>,
    replica: Replica,
    held: VecDeque<WatchEvent>,
}

#[async_trait]
impl RequestWatch for ChaoticWatch {
    async fn next(&mut self) -> Result<WatchEvent, TeleportError> {
        loop {
            if !self.held.is_empty() {
                self.weather.delay().await;
                if self.weather.happens(20) {
                    tokio::time::sleep(Duration::from_secs(self.weather.dice.roll(60))).await;
                }
            }
            if let Some(event) = self.held.pop_front() {
                self.replica.hears(&event);
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
        let (weather, replica) = (Arc::clone(&self.weather), self.replica.clone());
        Ok(Box::new(ChaoticWatch { inner, weather, replica, held: VecDeque::new() }))
    }

    async fn each_request(&self, visit: &mut (dyn FnMut(AccessRequest) + Send)) -> Result<(), TeleportError> {
        let mut listed = Vec::new();
        let answered = if self.weather.happens(200) {
            listed = self.inner.stale_requests();
            Ok(())
        } else {
            self.call("requests", self.inner.each_request(&mut |request| listed.push(request))).await
        };
        if answered.is_err() {
            // A listing that breaks off in the middle.
            listed.truncate(listed.len() / 2);
        } else {
            self.replica.lists(&listed);
        }
        // Pages may overlap: what moved while they were read comes twice.
        for request in listed {
            visit(request.clone());
            visit(request);
        }
        answered
    }

    async fn request(&self, id: &RequestId) -> Result<Option<AccessRequest>, TeleportError> {
        let request = self.call("request", self.inner.request(id)).await?;
        self.replica.reads(id, request.as_ref());
        Ok(request)
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
        if self.weather.happens(20) {
            return Err(TeleportError::new(TeleportErrorKind::Conflict, "change_record", "too many races lost"));
        }
        let (cluster, plugin, id, change) = (self.inner.clone(), plugin.to_owned(), id.clone(), change.clone());
        let work = async move { cluster.change_record(&plugin, &id, &change).await };
        self.call("change_record", self.carried_out(work)).await
    }

    async fn submit_review(&self, id: &RequestId, review: &NewReview) -> Result<AccessRequest, TeleportError> {
        let (cluster, id, review) = (self.inner.clone(), id.clone(), review.clone());
        let work = async move { cluster.submit_review(&id, &review).await };
        self.call("submit_review", self.carried_out(work)).await
    }

    async fn set_state(&self, id: &RequestId, state: &NewState) -> Result<(), TeleportError> {
        let (cluster, id, state) = (self.inner.clone(), id.clone(), state.clone());
        let work = async move { cluster.set_state(&id, &state).await };
        self.call("set_state", self.carried_out(work)).await
    }

    async fn user(&self, name: &str) -> Result<Option<User>, TeleportError> {
        self.call("user", self.inner.user(name)).await
    }

    async fn users(&self) -> Result<Vec<User>, TeleportError> {
        self.call("users", self.inner.users()).await
    }

    async fn is_locked(&self, user: &User) -> Result<bool, TeleportError> {
        self.call("is_locked", self.inner.is_locked(user)).await
    }
}

impl Chaotic<FakeChat> {
    async fn call<T>(
        &self,
        name: &'static str,
        work: impl Future<Output = Result<T, ChatError>>,
    ) -> Result<T, ChatError> {
        let error = |kind| ChatError::new(kind, name, "bad weather");
        let ill = self.weather.chat.called();
        match ill {
            Ill::Away => return Err(error(ChatErrorKind::Transient)),
            Ill::Silent => tokio::time::sleep(NEVER).await,
            Ill::Slow(time) => tokio::time::sleep(time).await,
            Ill::Limited(time) if name != "probe" => return Err(error(ChatErrorKind::RateLimited(Some(time)))),
            Ill::Not | Ill::Limited(_) | Ill::Garbled | Ill::Barred(_) => {}
        }
        self.weather.delay().await;
        if self.weather.fails() {
            let kind = match self.weather.dice.roll(10) {
                0 => ChatErrorKind::RateLimited(Some(Duration::from_secs(self.weather.dice.roll(20)))),
                1 => ChatErrorKind::Unauthorized,
                _ => ChatErrorKind::Transient,
            };
            return Err(error(kind));
        }
        let result = work.await;
        if matches!(ill, Ill::Garbled) {
            return Err(error(ChatErrorKind::Transient).maybe_done());
        }
        self.weather.delay().await;
        if self.weather.happens(self.weather.failures / 20) {
            tokio::time::sleep(NEVER).await;
        }
        let lost = || ChatError::new(ChatErrorKind::Transient, name, "the answer was lost").maybe_done();
        if self.weather.fails() { Err(lost()) } else { result }
    }

    /// What comes of a call about a conversation that is barred.
    fn barred(&self, conversation: &Conversation) -> Result<(), ChatError> {
        match self.weather.chat.ill() {
            Ill::Barred(barred) if conversation.id == barred => {
                self.weather.chat.called();
                Err(ChatError::new(ChatErrorKind::Transient, "call", "it fails there"))
            }
            _ => Ok(()),
        }
    }

    fn letter(&self, conversation: &Conversation, message: &Outgoing<'_>) -> Letter {
        let mut letter = Letter::new(conversation, message);
        self.replica.render(&mut letter.content);
        letter
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

    async fn identify(&self, who: &ChatUserId) -> Result<Option<ChatUser>, ChatError> {
        self.call("identify", self.inner.identify(who)).await
    }

    async fn membership(&self, who: &ChatUserId, channel: &Recipient) -> Result<Membership, ChatError> {
        self.call("membership", self.inner.membership(who, channel)).await
    }

    async fn resolve(&self, recipient: &Recipient) -> Result<Resolution, ChatError> {
        self.call("resolve", self.inner.resolve(recipient)).await
    }

    async fn post(&self, conversation: &Conversation, message: &Outgoing<'_>) -> Result<MessageRef, ChatError> {
        self.barred(conversation)?;
        if matches!(message.content, Content::Card(_)) {
            self.replica.announces(message.request);
        }
        let letter = self.letter(conversation, message);
        if self.weather.happens(self.weather.failures / 4) {
            // A frozen server: no answer now, and the message later.
            let late = Duration::from_secs(self.weather.dice.roll(50));
            self.inner.post_late(letter, late);
            tokio::time::sleep(Duration::from_secs(10)).await;
            return Err(ChatError::new(ChatErrorKind::Transient, "post", "no answer in time").maybe_done());
        }
        if let Some(time) = self.weather.stops_poster() {
            // Before the call has left, or after.
            self.replica.stop(self.weather.dice.roll(3), time);
        }
        let chat = self.inner.clone();
        let work = async move { chat.post(&letter.conversation, &letter.outgoing()).await };
        self.call("post", self.carried_out(work)).await
    }

    async fn find(&self, sought: &Sought<'_>) -> Result<Vec<MessageRef>, ChatError> {
        self.barred(sought.conversation)?;
        self.call("find", self.inner.find(sought)).await
    }

    async fn verify(&self, message: &MessageRef, request: &RequestId, marker: &Marker) -> Result<bool, ChatError> {
        self.call("verify", self.inner.verify(message, request, marker)).await
    }

    async fn update(&self, message: &MessageRef, outgoing: &Outgoing<'_>) -> Result<(), ChatError> {
        let conversation =
            Conversation { id: message.conversation.clone(), kind: accessbot_core::backend::ConversationKind::Channel };
        let (chat, message, letter) = (self.inner.clone(), message.clone(), self.letter(&conversation, outgoing));
        let work = async move { chat.update(&message, &letter.outgoing()).await };
        self.call("update", self.carried_out(work)).await
    }

    async fn delete(&self, message: &MessageRef) -> Result<(), ChatError> {
        let (chat, message) = (self.inner.clone(), message.clone());
        let work = async move { chat.delete(&message).await };
        self.call("delete", self.carried_out(work)).await
    }
}
