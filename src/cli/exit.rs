//! How the program ends: what it says on its last lines, and the exit code.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use accessbot_core::backend::ConfigError;
use accessbot_core::secret::SecretError;
use accessbot_core::teleport::{TeleportError, TeleportErrorKind};

use super::callbacks::CertificateError;
use super::review_mode::Refusal;
use super::status::{AskError, SocketError};

/// Done, or stopped by a signal.
pub(super) const DONE: u8 = 0;
/// Any other failure.
pub(super) const OTHER: u8 = 1;
/// Wrong usage or configuration.
pub(super) const CONFIG: u8 = 2;
/// Teleport credentials missing, unreadable, expired or refused, or without a right that the way of deciding needs.
pub(super) const TELEPORT: u8 = 3;
/// Chat credentials missing, unreadable or refused.
pub(super) const CHAT: u8 = 4;
/// This Teleport server is not supported, or cannot decide requests in this way.
pub(super) const SERVER: u8 = 5;

/// The exit code for a failed Teleport call.
pub(super) fn of_teleport(kind: TeleportErrorKind) -> u8 {
    match kind {
        TeleportErrorKind::Credentials => TELEPORT,
        TeleportErrorKind::Unsupported => SERVER,
        _ => OTHER,
    }
}

/// What to do about a chat secret that cannot be read.
pub(super) const SECRET_HINT: &str =
    "a value that starts with / names a file: it must exist, be readable and hold the secret";

/// What to do about a certificate for callbacks that cannot be used.
pub(super) const CERTIFICATE_HINT: &str =
    "https_cert_file wants the server's certificate and those of its issuers, https_key_file its private key, both PEM";

/// Why the program ends without having done its work.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The configuration is wrong. Never empty.
    #[error("the configuration has {} mistakes", .0.len())]
    Config(Vec<ConfigError>),
    /// The log cannot be written where the configuration wants it.
    #[error("cannot write the log to {}: {source}", path.display())]
    Log {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The audit trail cannot be written where the configuration wants it.
    #[error("cannot write the audit trail to {}: {source}", path.display())]
    Audit {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The address for callbacks cannot be listened at.
    #[error("cannot listen at {addr} for callbacks: {source}")]
    Listen {
        /// The address.
        addr: SocketAddr,
        /// What the operating system says.
        source: io::Error,
    },
    /// Callbacks cannot be answered with the certificate that the configuration names.
    #[error("cannot answer callbacks over TLS: {0}")]
    Certificate(CertificateError),
    /// TLS for callbacks cannot be set up.
    #[error("cannot answer callbacks over TLS: {0}")]
    Tls(rustls::Error),
    /// The socket for `accessbot status` cannot be listened at.
    #[error("cannot listen at {} for `accessbot status`: {source}", path.display())]
    StatusSocket {
        /// The socket.
        path: PathBuf,
        /// What is wrong.
        source: SocketError,
    },
    /// No bot tells how it fares.
    #[error("no status from {}: {source}", path.display())]
    NoStatus {
        /// The socket.
        path: PathBuf,
        /// What is wrong.
        source: AskError,
    },
    /// A secret of a chat system cannot be read.
    #[error("{backend}.{key}: {source}")]
    ChatSecret {
        /// The backend.
        backend: &'static str,
        /// The key of its section.
        key: &'static str,
        /// What is wrong.
        source: SecretError,
    },
    /// Teleport cannot be worked with.
    #[error(transparent)]
    Teleport(#[from] TeleportError),
    /// Requests cannot be decided in the chat as the configuration wants it.
    #[error("{0}")]
    ReviewMode(Box<Refusal>),
    /// The demo did not come out right.
    #[cfg(feature = "demo")]
    #[error("the demo failed: {0}")]
    Demo(String),
    /// This build does not contain the backend whose chat the demo is to show.
    #[cfg(feature = "demo")]
    #[error("the demo cannot show what this build does not contain: {}", backends.join(", "))]
    NoDemo {
        /// The backends that would do.
        backends: Vec<&'static str>,
    },
    /// The engine ended although nobody asked for it; the log says more.
    #[error("the engine stopped by itself, which is a bug: the log says where")]
    Stopped,
    /// The operating system refused something that the program cannot do without.
    #[error("cannot {action}: {source}")]
    System {
        /// What was tried.
        action: &'static str,
        /// What the operating system says.
        source: io::Error,
    },
}

impl Failure {
    /// The exit code. The same meanings everywhere in the program; the help text and the documentation list them.
    fn code(&self) -> u8 {
        match self {
            Self::Config(_) | Self::Log { .. } | Self::Audit { .. } | Self::Certificate(_) => CONFIG,
            Self::StatusSocket { source, .. } if source.is_mistake() => CONFIG,
            Self::Teleport(error) => of_teleport(error.kind),
            Self::ReviewMode(refusal) => refusal.code(),
            Self::ChatSecret { .. } => CHAT,
            Self::Listen { .. } | Self::StatusSocket { .. } | Self::NoStatus { .. } => OTHER,
            Self::Stopped | Self::System { .. } | Self::Tls(_) => OTHER,
            #[cfg(feature = "demo")]
            Self::Demo(_) => OTHER,
            #[cfg(feature = "demo")]
            Self::NoDemo { .. } => CONFIG,
        }
    }

    fn hint(&self) -> Option<&str> {
        match self {
            Self::Teleport(error) => error.hint.as_deref(),
            Self::Log { .. } => Some("create its folder, or choose another file, stderr or stdout in log.output"),
            Self::Audit { .. } => Some("create its folder, or choose another file in review.audit_file"),
            Self::Listen { .. } => Some("choose an address of this machine and a free port in http.listen_addr"),
            Self::StatusSocket { source, .. } => Some(source.hint()),
            Self::NoStatus { source, .. } => Some(source.hint()),
            Self::ChatSecret { .. } => Some(SECRET_HINT),
            Self::Certificate(_) => Some(CERTIFICATE_HINT),
            Self::Config(_) | Self::ReviewMode(_) | Self::Stopped | Self::System { .. } | Self::Tls(_) => None,
            #[cfg(feature = "demo")]
            Self::Demo(_) => None,
            #[cfg(feature = "demo")]
            Self::NoDemo { .. } => Some("build accessbot with the cargo feature of that name"),
        }
    }

    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        if let Self::Config(mistakes) = self {
            return mistakes.iter().try_for_each(|mistake| writeln!(out, "error: {mistake}"));
        }
        writeln!(out, "error: {self}")?;
        self.hint().map_or(Ok(()), |hint| writeln!(out, "  hint: {hint}"))
    }
}

/// Says why the program failed, on stderr, and how that is told to whoever started it.
pub(super) fn report(failure: &Failure) -> ExitCode {
    // When stderr is gone as well, the exit code is all that can be said.
    let _ = failure.write(&mut io::stderr().lock());
    ExitCode::from(failure.code())
}

/// Shows what clap has to say: help on stdout with success, a usage error on stderr with 2.
pub(super) fn answer(answer: &clap::Error) -> ExitCode {
    let _ = answer.print();
    ExitCode::from(u8::try_from(answer.exit_code()).unwrap_or(2))
}

/// Writes the output of a command to stdout. A reader that has seen enough (`| head`) is no failure.
pub(super) fn say(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(source) if source.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::System { action: "write to stdout", source })
        }
        _ => Ok(()),
    }
}
