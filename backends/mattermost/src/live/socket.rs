//! One websocket: opened, made sure of, read until it ends.
//!
//! The server pings once a minute, and gives up on a client that is silent. We ask it for a sign of life, too: a server
//! that has gone sends nothing, and neither does one that has revoked our token, which leaves the connection open.

use std::time::Duration;

use accessbot_core::backend::{ChatError, ChatErrorKind};
use accessbot_http::{WebSocket, WebSocketError};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until, timeout, timeout_at};
use tokio_websockets::Message;

use super::frame::{self, Frame, Said};
use super::task::Task;
use crate::client::Client;
use crate::failure::Failure;

/// The largest frame that is read: a post of newer servers may have 800000 characters of properties, escaped twice.
pub(crate) const LARGEST: usize = 8 * 1024 * 1024;
/// How long the server may take to know us by the token of the upgrade, before it is told once more.
const FIRST_GREETING: Duration = Duration::from_secs(2);
/// And in all. The server cuts off whom it does not know after five seconds.
const GREETING: Duration = Duration::from_secs(8);
/// How often we ask for a sign of life.
const PING: Duration = Duration::from_secs(30);
/// A connection over which nothing came for so long is dead.
const SILENCE: Duration = Duration::from_secs(75);
/// For handing a frame over to the network.
const SENDING: Duration = Duration::from_secs(10);

/// Why there is no connection (any more).
#[derive(Debug, thiserror::Error)]
pub(crate) enum ListenError {
    /// A call before it.
    #[error(transparent)]
    Call(#[from] Failure),
    /// It did not open.
    #[error("websocket: {0}")]
    Open(#[from] WebSocketError),
    /// It was cut before the server knew us.
    #[error("the server ended the websocket before it greeted us")]
    NotGreeted,
    /// The server did not say that it knows us.
    #[error("the server does not greet us on the websocket")]
    NoGreeting,
    /// Our token was revoked.
    #[error("the server does not know us any more on the websocket")]
    Forgotten,
    /// Nothing came any more.
    #[error("nothing came over the websocket for {} s", SILENCE.as_secs())]
    Silent,
    /// It broke.
    #[error("the websocket broke: {0}")]
    Broken(String),
}

impl ListenError {
    /// The engine's view of it.
    pub(crate) fn into_error(self, call: &'static str) -> ChatError {
        let kind = match self {
            Self::Call(failure) => return failure.into_error(call),
            Self::Open(WebSocketError::Status(401)) | Self::Forgotten => ChatErrorKind::Unauthorized,
            _ => ChatErrorKind::Transient,
        };
        ChatError::new(kind, call, self.to_string())
    }
}

/// What was heard.
#[derive(Debug)]
pub(super) enum Heard {
    /// Something to be dealt with.
    Task(Task),
    /// That something was not heard.
    Gap,
}

/// A websocket on which the server knows us.
pub(crate) struct Socket {
    stream: WebSocket,
    /// The number of the next event.
    next: i64,
    /// The number of our last request.
    asked: i64,
}

impl Socket {
    /// Opens one, and waits until the server has greeted us.
    pub(crate) async fn open(client: &Client) -> Result<Self, ListenError> {
        let stream = client.open_websocket(LARGEST).await?;
        let mut socket = Self { stream, next: 0, asked: 0 };
        let opened = Instant::now();
        if timeout_at(opened + FIRST_GREETING, socket.greeted())
            .await
            .map_or(Ok(false), |greeted| greeted.map(|()| true))?
        {
            return Ok(socket);
        }
        // What stands before the server may have kept the header with the token for itself.
        let token = client.token()?;
        socket.ask(&json!({"action": "authentication_challenge", "data": {"token": token.expose()}})).await?;
        timeout_at(opened + GREETING, socket.greeted()).await.map_err(|_| ListenError::NoGreeting)??;
        Ok(socket)
    }

    async fn greeted(&mut self) -> Result<(), ListenError> {
        loop {
            let message = self.stream.next().await.ok_or(ListenError::NotGreeted)?;
            let message = message.map_err(|_| ListenError::NotGreeted)?;
            if let Some(Frame { seq, said: Said::Hello }) = message.as_text().and_then(frame::read) {
                self.next = seq.unwrap_or(0) + 1;
                return Ok(());
            }
        }
    }

    /// Reads until it ends.
    pub(super) async fn listen(mut self, mut hear: impl FnMut(Heard)) -> Result<(), ListenError> {
        let mut pings = interval_at(Instant::now() + PING, PING);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut last = Instant::now();
        loop {
            tokio::select! {
                message = self.stream.next() => {
                    let Some(message) = message else { return Ok(()) };
                    let message = message.map_err(|error| ListenError::Broken(error.to_string()))?;
                    last = Instant::now();
                    if let Some(text) = message.as_text() {
                        self.take(text, &mut hear)?;
                    }
                }
                _ = pings.tick() => self.ask(&json!({"action": "ping"})).await?,
                () = sleep_until(last + SILENCE) => return Err(ListenError::Silent),
            }
        }
    }

    fn take(&mut self, text: &str, hear: &mut impl FnMut(Heard)) -> Result<(), ListenError> {
        let Some(frame) = frame::read(text) else {
            tracing::debug!(bytes = text.len(), "Mattermost says something that is not understood");
            return Ok(());
        };
        if let Some(seq) = frame.seq {
            if seq != self.next {
                tracing::warn!(expected = self.next, got = seq, "events of Mattermost are missing; looking for them");
                hear(Heard::Gap);
            }
            self.next = seq.saturating_add(1);
        }
        match frame.said {
            Said::Posted(post) if !post.root_id.is_empty() => hear(Heard::Task(Task::Replied(post))),
            Said::Reacted(reaction) => hear(Heard::Task(Task::Reacted(reaction))),
            Said::Unreacted(reaction) => hear(Heard::Task(Task::Unreacted(reaction))),
            Said::Answer(false) => return Err(ListenError::Forgotten),
            Said::Hello | Said::Posted(_) | Said::Answer(true) | Said::Other => {}
        }
        Ok(())
    }

    /// Asks the server something.
    async fn ask(&mut self, request: &Value) -> Result<(), ListenError> {
        self.asked += 1;
        let mut request = request.clone();
        request["seq"] = json!(self.asked);
        match timeout(SENDING, self.stream.send(Message::text(request.to_string()))).await {
            Ok(sent) => sent.map_err(|error| ListenError::Broken(error.to_string())),
            Err(_) => Err(ListenError::Silent),
        }
    }
}
