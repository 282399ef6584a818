//! How a Mattermost stand-in is set up.

use std::sync::Arc;
use std::time::Duration;

use accessbot_core::clock::{SharedClock, SystemClock};
use rustls_pki_types::CertificateDer;

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
    /// Where the server may call integrations, as `AllowedUntrustedInternalConnections` has it: hosts as they stand in
    /// the address, or networks. On a real server nothing is listed by default; here loopback is, because nothing else is
    /// ever called.
    pub allowed_connections: Vec<String>,
    /// Authorities that the server trusts when it calls an integration over TLS.
    pub callback_roots: Vec<CertificateDer<'static>>,
    /// How long an integration may take to answer.
    pub callback_timeout: Duration,
    /// How long a trigger id opens dialogs: 3 s up to early 10.x, later as long as an integration may take.
    pub trigger_life: Duration,
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
            allowed_connections: ["127.0.0.1", "localhost", "::1"].map(str::to_owned).to_vec(),
            callback_roots: Vec::new(),
            callback_timeout: Duration::from_secs(30),
            trigger_life: Duration::from_secs(3),
            patience: Duration::from_secs(10),
        }
    }
}
