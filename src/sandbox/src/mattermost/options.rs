//! How a Mattermost stand-in is set up.

use std::sync::Arc;
use std::time::Duration;

use accessbot_core::clock::{SharedClock, SystemClock};

/// What a [`MattermostSandbox`](super::MattermostSandbox) starts with. The default is a server 5.36 with its default
/// settings.
#[derive(Clone)]
pub struct MattermostOptions {
    /// The loopback port; 0 takes a free one.
    pub port: u16,
    /// Where the times of posts come from.
    pub clock: SharedClock,
    /// What the server says of its version.
    pub version: String,
    /// The user name of the bot.
    pub bot: String,
    /// The bot's access token; a random one if it is not given.
    pub token: Option<String>,
    /// The most characters of a message: 16383, or 4000 on databases that were migrated from very old ones.
    pub message_limit: usize,
    /// The most characters of all props of a post as JSON: 8000 up to 5.x, 800000 today.
    pub props_limit: usize,
    /// Whether the values of an attachment's fields notify whom they mention: not on 5.36, but on newer servers. On by
    /// default, so that tests of hostile text are strict.
    pub fields_mention: bool,
    /// How long [`wait_until`](super::MattermostSandbox::wait_until) waits.
    pub patience: Duration,
}

impl Default for MattermostOptions {
    fn default() -> Self {
        Self {
            port: 0,
            clock: Arc::new(SystemClock),
            version: "5.36.2".to_owned(),
            bot: "teleport".to_owned(),
            token: None,
            message_limit: 16_383,
            props_limit: 8_000,
            fields_mention: true,
            patience: Duration::from_secs(10),
        }
    }
}
