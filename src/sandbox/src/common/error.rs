//! Why a stand-in could not do what its owner asked.

use std::io;
use std::path::PathBuf;

/// A failed start, stop or write of credentials. What a *client* gets wrong is answered on the wire, as the real server
/// answers it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// The loopback port could not be taken.
    #[error("cannot listen on 127.0.0.1:{port}: {source}")]
    Listen {
        /// The port that was asked for; 0 for any.
        port: u16,
        /// What the operating system said.
        source: io::Error,
    },
    /// A certificate could not be made.
    #[error("cannot make a certificate: {0}")]
    Certificate(String),
    /// A credential file could not be written.
    #[error("cannot write {path}: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The sandbox has no user, team, channel, request or post of that name.
    #[error("the sandbox has no {what} {name:?}")]
    Unknown {
        /// What was looked for.
        what: &'static str,
        /// By which name.
        name: String,
    },
    /// The model refused, for the reason that the real server gives.
    #[error("refused: {0}")]
    Refused(String),
}

impl SandboxError {
    /// There is no `what` called `name`.
    pub(crate) fn unknown(what: &'static str, name: impl Into<String>) -> Self {
        Self::Unknown { what, name: name.into() }
    }
}
