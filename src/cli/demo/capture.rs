//! The bot's log, taken where it comes from instead of going to a stream or a file.

use std::io::{self, Write};

use accessbot_core::clock::{Clock as _, SystemClock};
use accessbot_core::review::audit;
use accessbot_sandbox::demo::{AUDIT, BotLog, LogLine};
use tracing::level_filters::LevelFilter;
use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt, registry};

use crate::cli::logging;

/// Makes everything that is logged from here on go into `log`. The bot finds that its log is taken care of already, and
/// leaves it so.
pub(super) fn install(log: &BotLog) {
    let layer = fmt::layer()
        .with_writer(Capture(log.clone()))
        .with_ansi(false)
        .with_level(false)
        .with_target(false)
        .without_time()
        .with_filter(logging::filter(LevelFilter::DEBUG));
    // Fails only when a subscriber is there already: then whoever calls us as a library logs in their own way.
    let _ = registry().with(layer).try_init();
}

struct Capture(BotLog);

impl<'a> MakeWriter<'a> for Capture {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line { log: &self.0, level: Level::INFO.as_str(), bytes: Vec::new() }
    }

    fn make_writer_for(&'a self, metadata: &Metadata<'_>) -> Line<'a> {
        let level = if metadata.target() == audit::TARGET { AUDIT } else { metadata.level().as_str() };
        Line { log: &self.0, level, bytes: Vec::new() }
    }
}

/// One message on its way: a line of the log when it is dropped.
struct Line<'a> {
    log: &'a BotLog,
    level: &'static str,
    bytes: Vec<u8>,
}

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        let line = logging::without_breaks(&self.bytes);
        let text = String::from_utf8_lossy(&line).trim_end().to_owned();
        self.log.add(LogLine { at: SystemClock.now().as_millis(), level: self.level.to_owned(), text });
    }
}
