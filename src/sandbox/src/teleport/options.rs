//! How a Teleport stand-in is set up, and which version it plays.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use accessbot_core::clock::{SharedClock, SystemClock};

/// The versions that the stand-in can play, each the way the real one differs from the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum TeleportVersion {
    /// 8.3.21: no `ListAccessRequests`, no watch status, reviews of resolved requests change nothing.
    V8_3,
    /// 13.0.3: no `GetAccessRequests` any more, a watch status in INIT, partial success.
    V13,
    /// 16.4.0: pages, "already resolved" errors, nobody sets the state of their own request.
    V16,
    /// 18.11.0: a second review is an error of its own kind (`ALREADY_EXISTS`), reviews on behalf of users.
    V18_11,
}

impl TeleportVersion {
    /// The version as `Ping` tells it.
    pub fn number(self) -> &'static str {
        match self {
            Self::V8_3 => "8.3.21",
            Self::V13 => "13.0.3",
            Self::V16 => "16.4.0",
            Self::V18_11 => "18.11.0",
        }
    }

    /// Its first number.
    pub(crate) fn major(self) -> u32 {
        match self {
            Self::V8_3 => 8,
            Self::V13 => 13,
            Self::V16 => 16,
            Self::V18_11 => 18,
        }
    }

    /// Whether this version has the call.
    pub(crate) fn has(self, method: &str) -> bool {
        match method {
            "GetAccessRequests" => self < Self::V13,
            "CreateAccessRequest" | "GetRoles" => self < Self::V18_11,
            "ListAccessRequests" | "CreateAccessRequestV2" => self >= Self::V16,
            _ => METHODS.contains(&method),
        }
    }
}

impl fmt::Display for TeleportVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.number())
    }
}

/// Calls that every version has.
const METHODS: [&str; 14] = [
    "Ping",
    "GetAccessRequestsV2",
    "DeleteAccessRequest",
    "SetAccessRequestState",
    "SubmitAccessReview",
    "GetAccessCapabilities",
    "GetPluginData",
    "UpdatePluginData",
    "WatchEvents",
    "GetUser",
    "GetUsers",
    "GetCurrentUser",
    "GetCurrentUserRoles",
    "GetRole",
];

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
            poll_interval: Duration::ZERO,
            pending_ttl: Duration::from_secs(60 * 60),
            access_ttl: Duration::from_secs(30 * 60 * 60),
            resolved_is_final: false,
            patience: Duration::from_secs(10),
        }
    }
}
