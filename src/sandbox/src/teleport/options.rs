//! How a Teleport stand-in is set up.

use std::sync::Arc;
use std::time::Duration;

use accessbot_core::clock::{SharedClock, SystemClock};

use super::version::TeleportVersion;

/// How a proxy listens, which shows in what it tells about itself only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyMode {
    /// A port each for the web, for SSH and for tunnels: TLS routing off.
    Classic,
    /// One port for everything: TLS routing on.
    Multiplex,
}

/// What a [`TeleportSandbox`](super::TeleportSandbox) starts with.
#[derive(Clone)]
pub struct TeleportOptions {
    /// The loopback port; 0 takes a free one.
    pub port: u16,
    /// Where all times come from: of requests, of expiries, of certificates.
    pub clock: SharedClock,
    /// The version that is played.
    pub version: TeleportVersion,
    /// What `Ping` says instead of the version's own number, for tests of servers that are too old.
    pub version_text: Option<String>,
    /// Calls that this server does not have, beside those that its version does not have.
    pub without: Vec<String>,
    /// The cluster's name.
    pub cluster: String,
    /// Whether a proxy is there as well, and how it listens.
    pub proxy: Option<ProxyMode>,
    /// The proxy's loopback port; 0 takes a free one.
    pub proxy_port: u16,
    /// Where the web UI would be, `host:port`; if there is a proxy, its own address is told instead.
    pub proxy_public_addr: String,
    /// Whether this is an Enterprise cluster: on an open-source one nobody can review.
    pub reviews: bool,
    /// Whether the cluster demands a second factor for what administrators do: from 16 on, reviews and set states are
    /// refused to identities that were not made by tbot or on the Auth server's own machine ([`Signed`](super::Signed)).
    pub admin_mfa: bool,
    /// How often the backend looks for changes: events come in batches then, as from a polled database every second. Zero delivers
    /// every event at once.
    pub poll_interval: Duration,
    /// How long a request waits for reviews before it dies.
    pub pending_ttl: Duration,
    /// How long access lasts at most.
    pub access_ttl: Duration,
    /// Whether nothing can change a request that is resolved (from 2026 on).
    pub resolved_is_final: bool,
    /// How long [`wait_until`](super::TeleportSandbox::wait_until) waits.
    pub patience: Duration,
}

impl TeleportOptions {
    /// The version as clients are told.
    pub(crate) fn version_text(&self) -> &str {
        self.version_text.as_deref().unwrap_or(self.version.number())
    }
}

impl Default for TeleportOptions {
    fn default() -> Self {
        Self {
            port: 0,
            clock: Arc::new(SystemClock),
            version: TeleportVersion::V8_3,
            version_text: None,
            without: Vec::new(),
            cluster: "lab.example".to_owned(),
            proxy: None,
            proxy_port: 0,
            proxy_public_addr: "localhost:3080".to_owned(),
            reviews: true,
            admin_mfa: false,
            poll_interval: Duration::ZERO,
            pending_ttl: Duration::from_secs(60 * 60),
            access_ttl: Duration::from_secs(30 * 60 * 60),
            resolved_is_final: false,
            patience: Duration::from_secs(10),
        }
    }
}
