//! Socket Mode: Slack tells us what people did over a websocket that we open, so that nothing need be reached from
//! outside.
//!
//! Slack ends each connection after some hours, and announces it. Another one is opened before that, so that nobody
//! clicks in between; for some seconds there are two.

mod frame;
mod link;

use std::sync::Arc;
use std::time::Duration;

use accessbot_core::backend::ChatError;
use accessbot_core::secret::SecretSource;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

#[cfg(feature = "fuzzing")]
pub(crate) use self::frame::Frame;
use self::link::{End, Link};
use crate::client::Client;
use crate::identity::Identity;
use crate::interact::Interactions;

/// What errors say was tried.
const CALL: &str = "listen";
/// No two connections are opened within this time, whatever Slack announces.
const APART: Duration = Duration::from_secs(5);
/// Before it is tried once more to open one, while the one that is to end still stands.
const AGAIN: Duration = Duration::from_secs(2);

/// What a socket is opened with, and what comes over it handed to.
pub(crate) struct Socket {
    pub(crate) client: Arc<Client>,
    pub(crate) identity: Arc<Identity>,
    pub(crate) app_token: SecretSource,
    pub(crate) interactions: Arc<Interactions>,
}

impl Socket {
    /// Listens until there is no connection left. Whoever stops waiting ends all of them.
    pub(crate) async fn listen(&self) -> Result<(), ChatError> {
        let mut links = JoinSet::new();
        let (retiring, mut retired) = mpsc::channel(1);
        let mut opened = self.join(&mut links, &retiring).await?;
        // When another is to be opened, if one is.
        let mut due = None;
        let mut ended = Ok(());
        loop {
            tokio::select! {
                // What was announced comes before the end that it announced.
                biased;
                Some(()) = retired.recv() => {
                    due.get_or_insert(opened + APART);
                }
                () = sleep_until(due.unwrap_or(opened)), if due.is_some() => {
                    match self.join(&mut links, &retiring).await {
                        Ok(at) => (opened, due, ended) = (at, None, Ok(())),
                        Err(error) if links.is_empty() => return Err(error),
                        // The one that is to end goes on as long as it can.
                        Err(error) => {
                            tracing::warn!(%error, pause = ?AGAIN, "no other connection in Socket Mode yet");
                            due = Some(Instant::now() + AGAIN);
                        }
                    }
                }
                Some(end) = links.join_next() => {
                    match end {
                        Ok(End::Closed) => {}
                        Ok(End::Broken(error)) => ended = Err(error),
                        Err(_) => tracing::error!("a connection in Socket Mode ended by a bug of the bot"),
                    }
                    if links.is_empty() && due.is_none() {
                        return ended;
                    }
                }
                else => return ended,
            }
        }
    }

    /// Opens a connection beside those that are there. Gives when.
    async fn join(&self, links: &mut JoinSet<End>, retiring: &mpsc::Sender<()>) -> Result<Instant, ChatError> {
        let app = self.identity.me(&self.client).await.map_err(|failure| failure.into_error(CALL))?.app_id;
        let link = Link::open(&self.client, &self.app_token, app.as_deref()).await?;
        tracing::info!("connected to Slack in Socket Mode");
        links.spawn(link.serve(Arc::clone(&self.interactions), retiring.clone()));
        Ok(Instant::now())
    }
}
