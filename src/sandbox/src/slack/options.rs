//! How a Slack stand-in is set up.

use std::sync::Arc;
use std::time::Duration;

use accessbot_core::clock::{SharedClock, SystemClock};
use rustls_pki_types::CertificateDer;

/// What a [`SlackSandbox`](super::SlackSandbox) starts with.
#[derive(Clone)]
pub struct SlackOptions {
    /// The loopback port; 0 takes a free one.
    pub port: u16,
    /// Where the times of messages come from.
    pub clock: SharedClock,
    /// The name of the bot's user.
    pub bot: String,
    /// The bot's token; a random one if it is not given.
    pub token: Option<String>,
    /// What the token may do.
    pub scopes: Vec<String>,
    /// The organization that the workspace belongs to (Enterprise Grid); none if it is not given.
    pub enterprise_id: Option<String>,
    /// The app-level token, for Socket Mode; a random one if it is not given.
    pub app_token: Option<String>,
    /// By which calls to the request URL are signed; a random one if it is not given.
    pub signing_secret: Option<String>,
    /// The authorities that are trusted when a request URL is called over https.
    pub callback_roots: Vec<CertificateDer<'static>>,
    /// How long [`wait_until`](super::SlackSandbox::wait_until) waits.
    pub patience: Duration,
}

/// All scopes that accessbot can make use of.
pub const ALL_SCOPES: &[&str] = &[
    "chat:write",
    "users:read",
    "users:read.email",
    "im:write",
    "im:history",
    "channels:read",
    "channels:history",
    "groups:read",
    "groups:history",
];

/// The scopes that the guides of the Go plugins ask for.
pub const OLD_SCOPES: &[&str] = &["chat:write", "incoming-webhook", "users:read", "users:read.email"];

impl Default for SlackOptions {
    fn default() -> Self {
        Self {
            port: 0,
            clock: Arc::new(SystemClock),
            bot: "teleport".to_owned(),
            token: None,
            scopes: ALL_SCOPES.iter().map(|scope| (*scope).to_owned()).collect(),
            enterprise_id: None,
            app_token: None,
            signing_secret: None,
            callback_roots: Vec::new(),
            patience: Duration::from_secs(10),
        }
    }
}
