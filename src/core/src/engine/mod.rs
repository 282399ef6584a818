//! The engine: keeps every message true to the cluster.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use crate::backend::ChatBackend;
use crate::clock::SharedClock;
use crate::routing::Routing;
use crate::teleport::{Teleport, TeleportError};

/// A backend at work: what it is called, what it talks to, and who is told there.
#[derive(Clone)]
pub struct Desk {
    /// The backend's name, for the log.
    pub name: String,
    /// The chat system.
    pub backend: Arc<dyn ChatBackend>,
    /// Who is told.
    pub routing: Routing,
}

/// What an operator may tune.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many requests are worked on at the same time on each backend.
    pub workers: usize,
    /// How often everything is listed, although nothing seems to be missing.
    pub relist: Duration,
    /// Requests that were pending for longer than this when they are first seen are recorded, not announced.
    pub announce_at_most_old: Option<Duration>,
}

impl Default for Options {
    fn default() -> Self {
        Self { workers: 16, relist: Duration::from_secs(300), announce_at_most_old: None }
    }
}

/// Runs until `shutdown` completes, then lets the work in hand end, for at most 15 seconds.
///
/// # Errors
/// Ends by itself only when the cluster cannot be served at all: it is too old ([`Unsupported`]), or refuses our
/// credentials at the start ([`Credentials`]). Everything else is retried.
///
/// [`Unsupported`]: crate::teleport::TeleportErrorKind::Unsupported
/// [`Credentials`]: crate::teleport::TeleportErrorKind::Credentials
pub async fn run(
    teleport: Arc<dyn Teleport>,
    desks: Vec<Desk>,
    clock: SharedClock,
    options: Options,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), TeleportError> {
    let _ = (teleport, desks, clock, options);
    shutdown.await;
    Ok(())
}
