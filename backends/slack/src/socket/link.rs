//! One connection in Socket Mode, from its address to its end.

use std::sync::Arc;
use std::time::Duration;

use accessbot_core::backend::{ChatError, ChatErrorKind};
use accessbot_core::secret::SecretSource;
use accessbot_http::WebSocket;
use futures_util::{SinkExt as _, StreamExt as _};
use reqwest::Url;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_websockets::Message;

use super::CALL;
use super::frame::{Frame, Reason, acknowledgement};
use crate::client::Client;
use crate::interact::Interactions;

/// The largest message that is taken, in bytes: a payload holds the whole message that was clicked on.
const LARGEST: usize = 1024 * 1024;
/// How long after the connection Slack says hello.
const HELLO: Duration = Duration::from_secs(10);
/// A connection over which nothing has come for so long, not even a ping, is dead.
const SILENCE: Duration = Duration::from_secs(30);
/// How long a connection that is to end is still listened to.
const RETIRED: Duration = Duration::from_secs(30);
/// How long Slack may take to take what we say.
const WRITING: Duration = Duration::from_secs(10);
/// Acknowledgements that wait to be written.
const WAITING: usize = 128;

/// A connection that is ready.
pub(super) struct Link {
    stream: WebSocket,
}

/// Why a connection ended.
#[derive(Debug)]
pub(super) enum End {
    /// Slack closed it, or it was to end.
    Closed,
    /// Not as it should.
    Broken(ChatError),
}

impl Link {
    /// Makes a connection for `app`, the one that the bot belongs to, if that is known.
    pub(super) async fn open(client: &Client, token: &SecretSource, app: Option<&str>) -> Result<Self, ChatError> {
        let address = client.socket_address(token).await.map_err(|failure| failure.into_error(CALL))?;
        let url = Url::parse(&address).map_err(|_| transient("Slack names no address to connect to"))?;
        let stream = client.websocket(url, LARGEST).await;
        let stream = stream.map_err(|error| transient(&format!("cannot connect in Socket Mode: {error}")))?;
        let mut link = Self { stream };
        let theirs = timeout(HELLO, link.hello()).await.map_err(|_| transient("Slack says no hello"))??;
        if app.is_some() && theirs.is_some() && app != theirs.as_deref() {
            let problem = "`review.app_token` belongs to another Slack app than `token`: its clicks are not ours";
            return Err(ChatError::new(ChatErrorKind::Unauthorized, CALL, problem));
        }
        Ok(link)
    }

    /// The app that Slack greets.
    async fn hello(&mut self) -> Result<Option<String>, ChatError> {
        loop {
            let message = self.stream.next().await;
            let message = message.and_then(Result::ok).ok_or_else(|| transient("the connection broke at once"))?;
            match message.as_text().map(Frame::parse) {
                Some(Frame::Hello { app }) => return Ok(app),
                Some(Frame::Disconnect(reason)) => return Err(reason.into_error()),
                // Nothing is sent before hello that would not be sent again.
                _ => {}
            }
        }
    }

    /// Hands on what comes, until the end. Says so, once, when another connection should take over.
    pub(super) async fn serve(mut self, interactions: Arc<Interactions>, retiring: mpsc::Sender<()>) -> End {
        let (acknowledge, mut acknowledgements) = mpsc::channel::<String>(WAITING);
        let mut heard = Instant::now();
        let mut retired = None;
        loop {
            tokio::select! {
                message = self.stream.next() => {
                    let message = match message {
                        Some(Ok(message)) => message,
                        Some(Err(error)) => return broken(&error),
                        None => return End::Closed,
                    };
                    heard = Instant::now();
                    match message.as_text().map(Frame::parse) {
                        Some(Frame::Disconnect(reason)) if reason.is_announcement() => {
                            retired.get_or_insert_with(|| {
                                // If one is waited for already, that will do.
                                let _ = retiring.try_send(());
                                Instant::now() + RETIRED
                            });
                        }
                        Some(Frame::Disconnect(reason)) => return End::Broken(reason.into_error()),
                        Some(frame) => take(frame, &interactions, &acknowledge),
                        None => {}
                    }
                }
                Some(words) = acknowledgements.recv() => {
                    match timeout(WRITING, self.stream.send(Message::text(words))).await {
                        Ok(Ok(())) => {}
                        Ok(Err(error)) => return broken(&error),
                        Err(_) => return End::Broken(transient("Slack does not take what is said to it")),
                    }
                }
                () = sleep_until(heard + SILENCE) => {
                    return End::Broken(transient("nothing was heard of Slack for 30 seconds"));
                }
                () = sleep_until(retired.unwrap_or(heard)), if retired.is_some() => return End::Closed,
            }
        }
    }
}

/// Hands on one message, and has it acknowledged when that is due.
fn take(frame: Frame, interactions: &Arc<Interactions>, acknowledge: &mpsc::Sender<String>) {
    match frame {
        Frame::Interactive { envelope, payload, answerable } => {
            let (interactions, acknowledge) = (Arc::clone(interactions), acknowledge.clone());
            tokio::spawn(async move {
                let taken = interactions.take(envelope.as_bytes(), payload.get().as_bytes()).await;
                if let Some(answer) = taken {
                    // Over this connection or none: if it is gone, Slack sends the envelope again over another.
                    let _ = acknowledge.send(acknowledgement(&envelope, answer.filter(|_| answerable))).await;
                }
            });
        }
        // Of no use to us, and sent again and again if it were not acknowledged.
        Frame::Other { envelope } => {
            let _ = acknowledge.try_send(acknowledgement(&envelope, None));
        }
        Frame::Hello { .. } | Frame::Disconnect(_) | Frame::Unknown => {}
    }
}

impl Reason {
    fn into_error(self) -> ChatError {
        match self {
            Self::LinkDisabled => ChatError::new(
                ChatErrorKind::Unauthorized,
                CALL,
                "Socket Mode is switched off for the Slack app; switch it on in the app's settings, or set \
                 `review.signing_secret` instead of `review.app_token`",
            ),
            Self::TooManyWebsockets => {
                transient("the Slack app has more than ten connections in Socket Mode; do too many bots use its token?")
            }
            Self::Warning | Self::RefreshRequested | Self::Other => transient("Slack wants another connection at once"),
        }
    }
}

fn broken(error: &tokio_websockets::Error) -> End {
    End::Broken(transient(&format!("the connection broke: {error}")))
}

fn transient(problem: &str) -> ChatError {
    ChatError::new(ChatErrorKind::Transient, CALL, problem)
}
