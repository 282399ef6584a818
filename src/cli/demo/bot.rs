//! The bot of the demo: what `start` runs, on a thread and a runtime of its own.

use std::path::Path;
use std::time::Duration;

use accessbot_core::backend::BackendDef;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::cli::config::Sources;
use crate::cli::exit::Failure;
use crate::cli::signals::Stop;
use crate::cli::start::{self, Until};

/// So long the bot may finish what it has in hand: its chat is about to vanish, so nothing of it matters to anybody.
const PARTING: Duration = Duration::from_secs(3);

/// The bot, running.
pub(super) struct Bot {
    /// Ends the bot when it is dropped.
    running: Option<oneshot::Sender<()>>,
    end: JoinHandle<Result<(), Failure>>,
    over: bool,
}

impl Bot {
    /// Starts the bot with this configuration file and nothing else.
    pub(super) fn start(backends: &[BackendDef], backend: &str, config: &Path) -> Self {
        let sources = Sources {
            file: Some(config.to_owned()),
            environment: Vec::new(),
            backends: vec![backend.to_owned()],
            debug: false,
            insecure_no_tls: false,
        };
        let backends = backends.to_vec();
        let (running, told) = oneshot::channel();
        let work = move || start::run(&backends, &sources, Until::Told(told));
        Self { running: Some(running), end: tokio::task::spawn_blocking(work), over: false }
    }

    /// Waits until the bot has ended, which it does only by mistake as long as it is not stopped.
    pub(super) async fn ended(&mut self) -> Result<(), Failure> {
        let end = (&mut self.end).await;
        self.over = true;
        end.unwrap_or_else(|_| Err(Failure::Demo("the bot broke off, which is a bug".to_owned())))
    }

    /// Stops the bot and waits for its end, for a moment or until the next signal.
    pub(super) async fn stop(mut self, signals: &mut Stop) {
        drop(self.running.take());
        if self.over {
            return;
        }
        tokio::select! {
            _ = tokio::time::timeout(PARTING, &mut self.end) => {}
            _ = signals.next() => {}
        }
    }
}
