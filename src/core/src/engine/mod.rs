//! The engine: keeps every message true to the cluster.
//!
//! It reconciles, like a controller: events are hints, the truth is the cluster's requests together with what the ledger
//! says was told. A [`watcher`] tells the desks what was seen; each desk (one for each backend) keeps a [`board`] of the
//! requests that need looking at and hands them to workers, one at a time for each request and many requests at once;
//! a worker [`reconcile`]s one request: it plans, writes the intent, acts, and writes what happened.

mod backoff;
mod board;
mod call;
mod case;
mod decide;
mod desk;
mod directory;
mod fates;
mod gate;
mod intake;
mod job;
mod lease;
mod listener;
mod perform;
mod planted;
mod process;
mod quorum;
mod reconcile;
mod removal;
pub mod status;
mod watcher;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tracing::{error, info};

use crate::backend::ChatBackend;
use crate::backend::decision::LateSink;
use crate::clock::SharedClock;
use crate::random::Random;
use crate::review::{IdentityRules, Review};
use crate::routing::Routing;
use crate::teleport::{Teleport, TeleportError};
use desk::DeskState;
use gate::Gate;
pub use planted::{Bug, Planted};
pub use process::Process;
use status::Monitor;
use watcher::Watcher;

/// A backend at work: what it is called, what it talks to, and who is told there.
#[derive(Clone)]
pub struct Desk {
    /// The backend's name, for the log.
    pub name: String,
    /// The chat system.
    pub backend: Arc<dyn ChatBackend>,
    /// Who is told.
    pub routing: Routing,
    /// Which Teleport users its people are, when they decide.
    pub identity: IdentityRules,
    /// Where the backend hands decisions to: the same as in its [context](crate::backend::BackendContext::decisions).
    pub decisions: Arc<LateSink>,
}

impl Desk {
    /// A desk where nothing is decided.
    pub fn new(name: impl Into<String>, backend: Arc<dyn ChatBackend>, routing: Routing) -> Self {
        let (identity, decisions) = (IdentityRules::default(), Arc::default());
        Self { name: name.into(), backend, routing, identity, decisions }
    }
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
    /// Where random numbers come from.
    pub random: Random,
    /// A bug that a test of the tests has planted; in the program there is none.
    pub planted: Planted,
    /// The process that all of it runs in, which a test can stop.
    pub process: Process,
    /// Is told how the engine fares, and can be asked at any time.
    pub monitor: Monitor,
    /// How decisions are taken in the chat; `None` if they are not.
    pub review: Option<Arc<Review>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            workers: 16,
            relist: Duration::from_secs(300),
            announce_at_most_old: None,
            random: Random::system(),
            planted: Planted::default(),
            process: Process::default(),
            monitor: Monitor::default(),
            review: None,
        }
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
    let process = options.process.clone();
    let mut background = JoinSet::new();
    let mut gates = Vec::with_capacity(desks.len());
    // Whether the chat servers answer is known before the cluster is found: both may be set up wrongly.
    for desk in &desks {
        let gate = Arc::new(Gate::new(desk.name.clone(), Arc::clone(&desk.backend), options.random.clone()));
        gates.push(Arc::clone(&gate));
        background.spawn(process.runs(async move { gate.keep().await }));
    }
    options.monitor.begin(&clock, &gates);
    tokio::pin!(shutdown);
    let cluster = tokio::select! {
        biased;
        found = Watcher::find_cluster(teleport.as_ref(), &options) => found?,
        () = &mut shutdown => return Ok(()),
    };
    info!(cluster = %cluster.name, version = %cluster.version, reviews = cluster.reviews, "found the cluster");
    let (cluster, cluster_seen) = watch::channel(Arc::new(cluster));
    let (up, up_seen) = watch::channel(false);
    let (stop, stop_seen) = watch::channel(false);
    let new = |(desk, gate)| {
        Arc::new(DeskState::new(desk, gate, Arc::clone(&teleport), Arc::clone(&clock), &options, cluster_seen.clone()))
    };
    let desks: Vec<Arc<DeskState>> = desks.into_iter().zip(gates).map(new).collect();
    for desk in &desks {
        decide::take_over(desk);
    }
    options.monitor.found(&cluster.borrow(), &desks);

    for desk in &desks {
        let desk = Arc::clone(desk);
        background.spawn(process.runs(async move {
            // Configured recipients are looked up before anybody waits for them, and wrong ones reported at the start.
            for recipient in desk.routing.configured() {
                let _ = call::limited("resolve", desk.directory.resolve(&recipient)).await;
            }
            std::future::pending::<()>().await;
        }));
    }
    for desk in &desks {
        background.spawn(process.runs(listener::keep(Arc::clone(desk))));
        background.spawn(process.runs(decide::crowd::keep(Arc::clone(desk))));
    }
    let mut workers = JoinSet::new();
    for desk in &desks {
        workers.spawn(process.runs(Arc::clone(desk).run(stop_seen.clone(), up_seen.clone())));
    }
    let watcher = Watcher { teleport, desks: desks.clone(), options, cluster, up };
    background.spawn(process.runs(async move { watcher.run().await }));

    tokio::select! {
        biased;
        () = &mut shutdown => info!("stopping: finishing what is in hand"),
        // These run for ever; whichever ends has panicked, and without it requests would be lost silently.
        ended = background.join_next() => error!(?ended, "stopping: a part of the engine failed, which is a bug"),
    }
    stop.send_replace(true);
    while workers.join_next().await.is_some() {}
    for desk in &desks {
        decide::crowd::say(desk);
    }
    Ok(())
}
