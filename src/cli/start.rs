//! `accessbot start`: the life of the process, from the configuration to the last signal.

use std::path::{Path, PathBuf};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use accessbot_core::backend::{BackendContext, BackendDef};
use accessbot_core::clock::{SharedClock, SystemClock};
use accessbot_core::engine;
use accessbot_core::engine::status::Monitor;
use accessbot_core::review::Review;
use accessbot_core::review::audit::AuditLog;

use super::arguments;
use super::audit::Trail;
use super::callbacks::Callbacks;
use super::config::{self, Config, Draft, ReviewSettings, Sources};
use super::exit::Failure;
use super::logging::{self, LogOutput};
use super::review_mode::Wanted;
use super::signals::{self, Stop};
use super::status::{self, SocketFile};
use super::teleport;

/// Threads that run tasks. The bot waits for servers; two keep it answering while one is busy.
const WORKER_THREADS: usize = 2;

/// What ends the bot.
type BoxFuture = Pin<Box<dyn Future<Output = ()> + Send>>;

/// How long the bot runs.
pub(super) enum Until {
    /// Until the operating system asks it to stop.
    Signalled,
    /// Until this says so, or its sender goes away. Signals are somebody else's.
    #[cfg(feature = "demo")]
    Told(tokio::sync::oneshot::Receiver<()>),
}

/// Runs the bot until it is told to stop.
pub(super) fn start(known: &[BackendDef], arguments: arguments::Run) -> Result<(), Failure> {
    let arguments::Run { backends, config, debug, insecure_no_tls } = arguments;
    let sources = Sources { backends, debug, insecure_no_tls, ..Sources::of_process(config) };
    run(known, &sources, Until::Signalled)
}

/// Runs the bot, wherever its configuration comes from.
pub(super) fn run(backends: &[BackendDef], sources: &Sources, until: Until) -> Result<(), Failure> {
    let clock: SharedClock = Arc::new(SystemClock);
    let draft = config::read(backends, sources).map_err(Failure::Config)?;
    let log = draft.log().map(logging::install).transpose()?;
    introduce(&draft);
    let config = draft.build(backends, &BackendContext::new(clock.clone())).map_err(Failure::Config)?;
    describe(&config);
    check_secrets(&config)?;
    let runtime = runtime()?;
    let result = runtime.block_on(work(config, clock, log, until));
    // All that had to end has ended; whatever still runs is not waited for.
    runtime.shutdown_background();
    result
}

/// What tasks run on.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKER_THREADS)
        .enable_all()
        .build()
        .map_err(|source| Failure::System { action: "start threads", source })
}

async fn work(mut config: Config, clock: SharedClock, log: Option<LogOutput>, until: Until) -> Result<(), Failure> {
    let wanted = config.review.as_ref().map(|settings| Wanted::new(settings, &config.desks));
    let (review, trail) = config.review.take().map(take_decisions).transpose()?.unzip();
    let trail = trail.flatten();
    config.engine.review = review;
    let cannot_listen = |source| Failure::System { action: "listen for signals", source };
    let end: BoxFuture = match until {
        Until::Signalled => {
            let stop = Stop::listen().map_err(cannot_listen)?;
            if let Some(log) = log {
                signals::reopen_on_hangup(log, trail).map_err(cannot_listen)?;
            }
            Box::pin(stop.requested())
        }
        #[cfg(feature = "demo")]
        Until::Told(told) => Box::pin(async move { drop(told.await) }),
    };
    let asked = AtomicBool::new(false);
    let shutdown = async {
        end.await;
        asked.store(true, Ordering::Relaxed);
    };
    if let Some(http) = config.http {
        tokio::spawn(Callbacks::bind(&http, &config.desks).await?.serve());
    }
    let teleport = teleport::connect(config.teleport, clock.clone())?;
    // The file goes with the work, whatever ends it.
    let _file = config.status.map(|path| answer_status(&path, config.engine.monitor.clone())).transpose()?;
    let mut shutdown = pin!(shutdown);
    if let Some(wanted) = wanted {
        tokio::select! {
            ensured = wanted.ensure(&teleport) => ensured?,
            () = &mut shutdown => {
                tracing::info!("stopped");
                return Ok(());
            }
        }
    }
    engine::run(teleport, config.desks, clock, config.engine, shutdown).await?;
    if !asked.load(Ordering::Relaxed) {
        return Err(Failure::Stopped);
    }
    tracing::info!("stopped");
    Ok(())
}

/// What the engine needs to take decisions, and the audit trail if there is a file for it.
fn take_decisions(settings: ReviewSettings) -> Result<(Arc<Review>, Option<Trail>), Failure> {
    let ReviewSettings { mode, keys, policy, reason, audit_file, .. } = settings;
    let open = |path: PathBuf| Trail::open(&path).map_err(|source| Failure::Audit { path, source });
    let trail = audit_file.map(open).transpose()?;
    let audit = trail.clone().map_or_else(AuditLog::default, |trail| AuditLog::with_file(Box::new(trail)));
    Ok((Arc::new(Review { mode, keys, policy, reason, audit: Arc::new(audit) }), trail))
}

/// Lets `accessbot status` ask.
fn answer_status(path: &Path, monitor: Monitor) -> Result<SocketFile, Failure> {
    let refused = |source| Failure::StatusSocket { path: path.to_owned(), source };
    let (listener, file) = status::bind(path).map_err(refused)?;
    status::serve(listener, &file, monitor)
        .map_err(|source| Failure::System { action: "answer at the status socket", source })?;
    tracing::info!(socket = %path.display(), "`accessbot status` is answered");
    Ok(file)
}

/// Says who we are, so that a log shows where a run begins.
fn introduce(draft: &Draft) {
    let file = draft.file.as_ref().map_or_else(|| "none".to_owned(), |path| path.display().to_string());
    tracing::info!(version = env!("CARGO_PKG_VERSION"), config = file, "accessbot starts");
}

/// Says what we were told.
fn describe(config: &Config) {
    for note in &config.notes {
        if note.warning {
            tracing::warn!("configuration: {}", note.text);
        } else {
            tracing::info!("configuration: {}", note.text);
        }
    }
    for setting in &config.effective {
        tracing::debug!("setting: {} = {} ({})", setting.key, setting.value, setting.place);
    }
    for desk in &config.desks {
        tracing::info!(backend = desk.name, plugin_name = desk.routing.plugin_name, "backend is configured");
    }
}

/// Secrets are read again and again later on; one that cannot be read even now is a slip of the configuration.
fn check_secrets(config: &Config) -> Result<(), Failure> {
    for secret in &config.secrets {
        if let Err(source) = secret.source.current() {
            return Err(Failure::ChatSecret { backend: secret.backend, key: secret.key, source });
        }
    }
    Ok(())
}
