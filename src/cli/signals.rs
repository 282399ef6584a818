//! What the operating system asks of us.
//!
//! SIGTERM and SIGINT: stop taking work, finish what is in hand. The same again: end at once, with the exit code that a
//! shell shows for that signal (143, 130). SIGHUP: open the log file and
//! the audit trail anew.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::audit::Trail;
use super::logging::LogOutput;

/// The signals that end the program. Listening begins with [`Stop::listen`], so that none is missed after it.
pub(super) struct Stop {
    terminate: Signal,
    interrupt: Signal,
    /// The terminal was closed: an end only for those who asked for it.
    hangup: Option<Signal>,
}

impl Stop {
    /// Takes the signals over from the operating system, which would kill us.
    pub(super) fn listen() -> io::Result<Self> {
        let (terminate, interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        Ok(Self { terminate, interrupt, hangup: None })
    }

    /// Takes the end of the terminal for a signal to stop as well.
    #[cfg(feature = "demo")]
    pub(super) fn also_at_hangup(self) -> io::Result<Self> {
        Ok(Self { hangup: Some(signal(SignalKind::hangup())?), ..self })
    }

    /// Completes at the first signal. A second one ends the process where it stands.
    pub(super) async fn requested(mut self) {
        let (name, _) = self.next().await;
        tracing::info!(signal = name, "told to stop; a second signal ends at once");
        tokio::spawn(async move {
            let (name, code) = self.next().await;
            tracing::warn!(signal = name, "ending at once");
            std::process::exit(code);
        });
    }

    /// The next signal: its name and the exit code of a process that it killed.
    pub(super) async fn next(&mut self) -> (&'static str, i32) {
        tokio::select! {
            _ = self.terminate.recv() => ("SIGTERM", 143),
            _ = self.interrupt.recv() => ("SIGINT", 130),
            () = received(self.hangup.as_mut()) => ("SIGHUP", 129),
        }
    }
}

/// Waits for a signal; for ever if nobody listens to it.
async fn received(signal: Option<&mut Signal>) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}

/// Opens the log file and the audit trail anew at every SIGHUP, for as long as the runtime lives. Where the log is a
/// stream there is nothing to open, but the signal no longer kills.
pub(super) fn reopen_on_hangup(log: LogOutput, trail: Option<Trail>) -> io::Result<()> {
    let mut hangups = signal(SignalKind::hangup())?;
    tokio::spawn(async move {
        while hangups.recv().await.is_some() {
            if let Some(Err(error)) = trail.as_ref().map(Trail::reopen) {
                tracing::error!(%error, "SIGHUP: cannot open the audit file anew, going on with the old one");
            }
            match log.reopen() {
                Ok(()) => tracing::info!("SIGHUP: the log goes on here"),
                Err(error) => {
                    tracing::error!(%error, "SIGHUP: cannot open the log file anew, going on with the old one");
                }
            }
        }
    });
    Ok(())
}
