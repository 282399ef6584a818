//! The key with which the server signs trigger ids, as far as we know it.

use std::time::Duration;

use accessbot_http::Rest;
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::trigger::PublicKey;
use crate::client::Client;

/// After a trigger id that does not verify, the key is read again no more often: anybody can send one. That there is none is
/// believed for so long.
const AGAIN: Duration = Duration::from_secs(60);
/// As long as nothing is known, it is read no more often.
const REST: Duration = Duration::from_secs(5);
/// For reading it.
const READING: Duration = Duration::from_secs(5);
/// What it means that a server publishes no key.
pub(crate) const NO_KEY: &str = "Mattermost publishes no key by which its calls could be known: whoever learns what a button \
                                 carries, and reaches the bot's address, can press it in anybody's name";
/// What to do about it.
pub(crate) const NO_KEY_HINT: &str =
    "let nobody but the Mattermost server reach the bot's address (`public_addr` in [http])";

/// What a server publishes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Published {
    /// This key.
    Key(PublicKey),
    /// Certainly none.
    Nothing,
}

/// What it publishes is no key that we know how to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Mattermost publishes a key that is no ECDSA key over P-256")]
pub(crate) struct UnknownKind;

impl Published {
    /// Reads the setting, which is empty if there is none.
    pub(crate) fn read(setting: &str) -> Result<Self, UnknownKind> {
        if setting.is_empty() {
            return Ok(Self::Nothing);
        }
        PublicKey::parse(setting).map(Self::Key).ok_or(UnknownKind)
    }
}

/// What is known of what the server publishes.
#[derive(Debug, Default)]
pub(crate) struct ServerKey(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    published: Option<Published>,
    /// When the server was asked last, because we did not know enough.
    asked: Rest,
    /// When it was asked last because something did not verify.
    doubted: Rest,
    /// Whether it was said that there is no key.
    warned: bool,
}

impl ServerKey {
    /// What the server publishes; `None` if that cannot be found out just now.
    pub(crate) async fn known(&self, client: &Client) -> Option<Published> {
        let mut known = self.0.lock().await;
        match &known.published {
            Some(Published::Key(_)) => {}
            unsure => {
                let pause = if unsure.is_some() { AGAIN } else { REST };
                if known.asked.is_over(pause) {
                    known.ask(client).await;
                }
            }
        }
        known.published.clone()
    }

    /// What the server publishes, after this key has turned out not to have signed something: `None` if that is no other.
    pub(crate) async fn other_than(&self, key: &PublicKey, client: &Client) -> Option<PublicKey> {
        let mut known = self.0.lock().await;
        let other = |known: &Known| match &known.published {
            Some(Published::Key(now)) if now != key => Some(now.clone()),
            _ => None,
        };
        if other(&known).is_none() && known.doubted.is_over(AGAIN) {
            known.ask(client).await;
        }
        other(&known)
    }
}

impl Known {
    async fn ask(&mut self, client: &Client) {
        match read(client).await {
            Ok(published) => self.learn(published),
            Err(problem) => {
                tracing::warn!(
                    problem,
                    "cannot read the key with which Mattermost signs presses\n  \
                     hint: until it can be read, nobody can decide by a button"
                );
                // That there was none is not believed for ever.
                if self.published == Some(Published::Nothing) {
                    self.published = None;
                }
            }
        }
    }

    fn learn(&mut self, published: Published) {
        match (&self.published, &published) {
            // Nobody takes a proof back by publishing less.
            (Some(Published::Key(_)), Published::Nothing) => {
                tracing::warn!(
                    "Mattermost published a key for its signatures before, and does not any more; presses must still be \
                     signed with it\n  hint: if that is meant to be so, start the bot anew"
                );
                return;
            }
            (Some(Published::Key(old)), Published::Key(new)) if old != new => {
                tracing::warn!("Mattermost has another key than before to sign presses with");
            }
            (_, Published::Nothing) if !self.warned => {
                self.warned = true;
                tracing::warn!("{NO_KEY}\n  hint: {NO_KEY_HINT}");
            }
            _ => {}
        }
        self.published = Some(published);
    }
}

async fn read(client: &Client) -> Result<Published, String> {
    match timeout(READING, client.signing_key()).await {
        Ok(Ok(setting)) => Published::read(&setting).map_err(|unknown| unknown.to_string()),
        Ok(Err(failure)) => Err(failure.to_string()),
        Err(_) => Err("the server is too slow".to_owned()),
    }
}
