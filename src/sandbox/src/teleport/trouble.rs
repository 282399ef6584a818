//! Everything that can go wrong with a server, made to order; and the log of what was called.

use std::fmt::Write as _;
use std::panic::Location;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tonic::{Code, Status};

use super::faults::Faults;
use super::{TeleportSandbox, TeleportVersion};
use crate::common::calls::Call;
use crate::common::error::SandboxError;
use crate::common::lock::lock;

/// Trouble.
impl TeleportSandbox {
    /// The faults that are planned.
    pub fn faults(&self) -> &Faults {
        &self.shared.faults
    }

    /// Closes the port and cuts all connections, like a server that is killed. What it knows stays.
    pub async fn stop(&self) {
        self.listener.stop().await;
        self.shared.change(|model| model.watchers.disconnect(&Status::unavailable("transport is closing")));
    }

    /// Opens the same port again.
    ///
    /// # Errors
    /// When the port was lost meanwhile.
    pub fn start_again(&self) -> Result<(), SandboxError> {
        self.listener.start_again()
    }

    /// From now on the server accepts connections and does not answer: nothing is read, nothing is written.
    pub fn freeze(&self) {
        self.listener.gate().freeze();
    }

    /// Goes on where it was frozen: calls that came meanwhile are carried out, although their clients may have gone.
    pub fn thaw(&self) {
        self.listener.gate().thaw();
    }

    /// Whether client certificates are refused from now on, as after their authority was replaced. Connections that
    /// stand go on.
    pub fn reject_certificates(&self, reject: bool) {
        self.reject_certificates.store(reject, Ordering::Relaxed);
    }

    /// Ends all watches with an error, as the server does when its cache starts anew.
    pub fn disconnect_watches(&self) {
        self.disconnect_watches_with(Code::Unknown, "watcher closed");
    }

    /// Ends all watches with an error of one's own choice.
    pub fn disconnect_watches_with(&self, code: Code, message: &str) {
        self.shared.change(|model| model.watchers.disconnect(&Status::new(code, message)));
    }

    /// Keeps all events back until [`TeleportSandbox::release_events`].
    pub fn hold_events(&self) {
        self.shared.change(|model| model.hold_events = true);
    }

    /// Delivers what was kept back, at one blow: more than 64 overflow.
    pub fn release_events(&self) {
        self.shared.change(|model| {
            model.hold_events = false;
            model.flush();
        });
    }

    /// Whether lists lag from now on: they show what is there now, whatever happens later. A request that is read by its
    /// id is always fresh.
    pub fn lag_lists(&self, lag: bool) {
        self.shared.change(|model| model.stale = lag.then(|| model.requests.clone()));
    }

    /// Plays another version from now on. Open watches go on.
    pub fn set_version(&self, version: TeleportVersion) {
        self.shared.change(|model| model.options.version = version);
    }
}

/// What was called.
impl TeleportSandbox {
    /// How many calls fit `pattern`: `UpdatePluginData`, `*`.
    pub fn calls(&self, pattern: &str) -> usize {
        self.shared.calls.count(pattern)
    }

    /// The calls so far, oldest first (the last 200000).
    pub fn call_log(&self) -> Vec<Call> {
        self.shared.calls.all()
    }

    /// The most calls that were at work at once.
    pub fn peak_in_flight(&self) -> usize {
        self.shared.calls.peak_in_flight()
    }

    /// Forgets the calls so far.
    pub fn clear_calls(&self) {
        self.shared.calls.clear();
    }

    /// How many watches are open.
    pub fn watches(&self) -> usize {
        lock(&self.shared.model).watchers.count()
    }

    /// Sees every change of the server's state and every call, from now on.
    pub(crate) fn changes(&self) -> tokio::sync::watch::Receiver<u64> {
        self.shared.changes.subscribe()
    }

    /// Waits until `condition` holds, looking again after every change of the server's state and after every call.
    ///
    /// # Panics
    /// After [`TeleportOptions::patience`](super::TeleportOptions::patience), with `what` was waited for and what there
    /// is instead.
    #[track_caller]
    pub fn wait_until(&self, what: &str, condition: impl Fn(&Self) -> bool) -> impl Future<Output = ()> {
        self.wait_within(self.patience, what, condition)
    }

    /// The same with a patience of one's own.
    ///
    /// # Panics
    /// After `patience`.
    #[track_caller]
    pub fn wait_within(
        &self,
        patience: Duration,
        what: &str,
        condition: impl Fn(&Self) -> bool,
    ) -> impl Future<Output = ()> {
        let from = Location::caller();
        self.shared.changes.wait_until(patience, what, from, move || condition(self), || self.dump())
    }

    /// The requests, what is stored beside them, and the last calls, for people to read.
    pub fn dump(&self) -> String {
        let mut dump = String::new();
        {
            let mut model = lock(&self.shared.model);
            let watches = model.watchers.count();
            let _ =
                writeln!(dump, "{} requests, {} records, {watches} watches", model.requests.len(), model.records.len());
            for stored in model.requests.values().take(20) {
                let request = &stored.request;
                let _ = writeln!(
                    dump,
                    "  {} {} asks for {} {:?} ({} reviews)",
                    request.id,
                    request.user,
                    request.roles.join(","),
                    request.state,
                    request.reviews.len()
                );
            }
            for (id, records) in model.records.iter().take(20) {
                let _ = writeln!(dump, "  record {id} {:?}", records.entries);
            }
        }
        let _ = write!(dump, "last calls:\n{}", self.shared.calls.tail(30));
        dump
    }
}
