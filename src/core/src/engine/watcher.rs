//! Keeps the desks informed: one watch on the cluster, and a listing at its start and every few minutes.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use tracing::{debug, info, warn};

use super::Options;
use super::backoff::Backoff;
use super::desk::DeskState;
use super::intake::Intake;
use super::planted::Bug;
use crate::plan::Sighting;
use crate::request::AccessRequest;
use crate::teleport::{Cluster, RequestWatch, Teleport, TeleportError, TeleportErrorKind, WatchEvent};

/// The longest pause between attempts to open a watch.
const SLOWEST: Duration = Duration::from_secs(30);
/// Watches the cluster for all desks.
pub(super) struct Watcher {
    pub(super) teleport: Arc<dyn Teleport>,
    pub(super) desks: Vec<Arc<DeskState>>,
    pub(super) options: Options,
    pub(super) cluster: watch::Sender<Arc<Cluster>>,
    pub(super) up: watch::Sender<bool>,
}

impl Watcher {
    /// Finds the cluster, for as long as it takes.
    ///
    /// # Errors
    /// When the cluster is too old, or refuses our credentials.
    pub(super) async fn find_cluster(teleport: &dyn Teleport, options: &Options) -> Result<Cluster, TeleportError> {
        let mut backoff = Backoff::new(Duration::from_secs(1), SLOWEST);
        loop {
            match teleport.ping().await {
                Ok(cluster) => return Ok(cluster),
                Err(error) if is_final(&error) => return Err(error),
                Err(error) => {
                    options.monitor.lost(&error);
                    let wait = backoff.next(&options.random);
                    warn!(%error, retry_in = ?wait, hint = error.hint.as_deref().unwrap_or("-"), "not ready: the cluster does not answer");
                    tokio::time::sleep(wait).await;
                }
            }
        }
    }

    /// Watches for ever: whatever ends a watch, another is opened, and everything is listed again.
    pub(super) async fn run(&self) {
        let mut backoff = Backoff::new(Duration::from_millis(100), SLOWEST);
        let mut first = true;
        loop {
            let mut listed = false;
            let Err(error) = self.watch(&mut first, &mut listed).await;
            self.up.send_replace(false);
            self.options.monitor.lost(&error);
            // Everything up to the listing is known, so the next one can follow at once. A burst larger than the
            // server's buffer ends one watch after the other, and each listing brings in what the events did not.
            if listed {
                backoff.reset();
            }
            let wait = backoff.next(&self.options.random);
            warn!(%error, retry_in = ?wait, hint = error.hint.as_deref().unwrap_or("-"), "the watch ended; it is opened again, and everything listed");
            tokio::time::sleep(wait).await;
        }
    }

    async fn watch(&self, first: &mut bool, listed: &mut bool) -> Result<std::convert::Infallible, TeleportError> {
        self.cluster.send_replace(Arc::new(self.teleport.ping().await?));
        let mut watch = self.teleport.watch().await?;
        if self.options.planted.is(Bug::NoRelistAfterGap) && !*first {
            self.up.send_replace(true);
            self.watch_until(watch.as_mut(), Instant::now() + self.options.relist).await?;
        }
        let mut began = Instant::now();
        loop {
            // Events come in while the listing is under way: the server drops a watcher that does not keep up.
            let listing = self.list();
            tokio::pin!(listing);
            let requests = loop {
                tokio::select! {
                    biased;
                    all = &mut listing => break all?,
                    event = watch.next() => self.saw(event?),
                }
            };
            self.up.send_replace(true);
            self.options.monitor.watching();
            *listed = true;
            let waiting: usize = self.desks.iter().map(|desk| desk.waiting()).sum();
            if std::mem::take(first) {
                info!(requests, to_look_at = waiting, "ready: watching access requests");
            } else {
                debug!(requests, to_look_at = waiting, took = ?began.elapsed(), "listed everything");
            }
            self.watch_until(watch.as_mut(), Instant::now() + self.options.relist).await?;
            began = Instant::now();
        }
    }

    async fn watch_until(&self, watch: &mut dyn RequestWatch, until: Instant) -> Result<(), TeleportError> {
        loop {
            tokio::select! {
                // The timer first: events that never cease must not put off the listing for ever.
                biased;
                () = tokio::time::sleep_until(until) => return Ok(()),
                event = watch.next() => self.saw(event?),
            }
        }
    }

    /// Lists everything, and says how many requests there are.
    async fn list(&self) -> Result<usize, TeleportError> {
        let mut intakes: Vec<Intake> = self.desks.iter().map(Intake::begin).collect();
        for intake in &mut intakes {
            let plugin = intake.plugin_name();
            self.teleport.each_record(&plugin, &mut |id, record| intake.record(id, record)).await?;
        }
        let mut requests = 0;
        let mut visit = |request: AccessRequest| {
            requests += 1;
            for intake in &mut intakes {
                intake.request(&request);
            }
        };
        self.teleport.each_request(&mut visit).await?;
        intakes.into_iter().for_each(Intake::finish);
        Ok(requests)
    }

    fn saw(&self, event: WatchEvent) {
        let (id, sighting) = match event {
            WatchEvent::Put(request) => (request.id.clone(), Sighting::Living(request)),
            WatchEvent::Delete(id) => (id, Sighting::Gone),
        };
        debug!(request = %id, gone = sighting == Sighting::Gone, "event");
        for desk in &self.desks {
            desk.saw(&id, sighting.clone());
        }
    }
}

/// Whether waiting cannot help: an operator must act, and the process says so by ending.
fn is_final(error: &TeleportError) -> bool {
    matches!(error.kind, TeleportErrorKind::Unsupported | TeleportErrorKind::Credentials)
}
