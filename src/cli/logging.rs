//! The log: where it goes, what it holds, and how a line looks.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;

use accessbot_core::review::audit;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt, registry};

use super::appended::AppendedFile;
use super::config::{LogSettings, LogTarget};
use super::exit::Failure;

/// Who may read and write a log file, before the process's mask.
const MODE: u32 = 0o666;

/// Libraries whose messages are of use to their authors only, unless something is wrong.
const NOISY: [&str; 9] = ["h2", "hyper", "hyper_util", "mio", "reqwest", "rustls", "tokio", "tonic", "tower"];

/// Makes everything that is logged from here on go where the settings say.
///
/// # Errors
/// When the log file cannot be opened.
pub(super) fn install(settings: &LogSettings) -> Result<LogOutput, Failure> {
    let output = LogOutput::open(&settings.output)?;
    let layer = fmt::layer().with_writer(output.clone()).with_ansi(output.takes_colour());
    let layer = if settings.json { layer.json().flatten_event(true).boxed() } else { layer.boxed() };
    // Fails only when a subscriber is there already: then whoever calls us as a library logs in their own way.
    let _ = registry().with(layer.with_filter(filter(settings.severity))).try_init();
    Ok(output)
}

/// Logs everything to stderr, for a command that ends by itself and says what matters on stdout.
pub(super) fn install_for_people() {
    let layer = fmt::layer().with_writer(LogOutput(Arc::new(Target::Stderr)));
    let _ = registry().with(layer.with_filter(filter(LevelFilter::DEBUG))).try_init();
}

/// What is wanted of all that is logged. The audit trail is wanted at every severity.
pub(super) fn filter(severity: LevelFilter) -> Targets {
    let quiet = NOISY.map(|library| (library, severity.min(LevelFilter::WARN)));
    let audit = (audit::TARGET, severity.max(LevelFilter::INFO));
    Targets::new().with_default(severity).with_targets(quiet).with_target(audit.0, audit.1)
}

/// The stream or file that the log is written to. Clones write to the same.
#[derive(Clone)]
pub(super) struct LogOutput(Arc<Target>);

enum Target {
    Stderr,
    Stdout,
    File(AppendedFile),
}

impl LogOutput {
    fn open(target: &LogTarget) -> Result<Self, Failure> {
        Ok(Self(Arc::new(match target {
            LogTarget::Stderr => Target::Stderr,
            LogTarget::Stdout => Target::Stdout,
            LogTarget::File(path) => {
                let file = AppendedFile::open(path, MODE);
                Target::File(file.map_err(|source| Failure::Log { path: path.clone(), source })?)
            }
        })))
    }

    /// Opens the file of that name anew, after it was rotated. A stream stays what it is.
    pub(super) fn reopen(&self) -> io::Result<()> {
        match &*self.0 {
            Target::File(file) => file.reopen(),
            Target::Stderr | Target::Stdout => Ok(()),
        }
    }

    fn takes_colour(&self) -> bool {
        let terminal = match &*self.0 {
            Target::Stderr => io::stderr().is_terminal(),
            Target::Stdout => io::stdout().is_terminal(),
            Target::File(_) => false,
        };
        terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
    }

    fn write_all(&self, bytes: &[u8]) -> io::Result<()> {
        match &*self.0 {
            Target::Stderr => io::stderr().lock().write_all(bytes),
            Target::Stdout => io::stdout().lock().write_all(bytes),
            Target::File(file) => file.write_all(bytes),
        }
    }
}

impl<'a> MakeWriter<'a> for LogOutput {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line { output: self, bytes: Vec::new() }
    }
}

/// One message on its way out: written as one line and in one piece when it is dropped.
///
/// A message holds text of strangers, such as the reason of a request. A line break in it must not begin something that
/// looks like another message.
pub(super) struct Line<'a> {
    output: &'a LogOutput,
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
        // A log that cannot be written is no reason to stop telling people about requests, and there is nowhere to say it.
        let _ = self.output.write_all(&without_breaks(&self.bytes));
    }
}

/// A message without breaks, but for one at its end.
pub(super) fn without_breaks(message: &[u8]) -> Vec<u8> {
    let text = message.strip_suffix(b"\n").unwrap_or(message);
    let mut line = Vec::with_capacity(message.len() + 1);
    for byte in text {
        match byte {
            b'\n' => line.extend_from_slice(b"\\n"),
            b'\r' => line.extend_from_slice(b"\\r"),
            other => line.push(*other),
        }
    }
    line.push(b'\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_line_whatever_it_holds() {
        assert_eq!(without_breaks(b"a\nERROR b\r\n\n"), b"a\\nERROR b\\r\\n\n");
        assert_eq!(without_breaks(b""), b"\n");
    }

    #[test]
    fn the_audit_trail_is_logged_whatever_is_left_out() {
        use tracing::Level;
        for severity in [LevelFilter::OFF, LevelFilter::ERROR, LevelFilter::INFO, LevelFilter::TRACE] {
            assert!(filter(severity).would_enable(audit::TARGET, &Level::INFO), "{severity}");
        }
        assert!(!filter(LevelFilter::ERROR).would_enable("accessbot_core", &Level::INFO));
    }
}
