//! What can be wrong with credential files, said so that an operator can mend it.

use std::fmt;
use std::path::PathBuf;

use accessbot_core::clock::Timestamp;
use accessbot_core::teleport::{TeleportError, TeleportErrorKind};

use crate::pem::PemError;
use crate::private_key::PrivateKeyError;

/// Which of the configured files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileRole {
    /// The client certificate, PEM.
    ClientCrt,
    /// Its private key, PEM.
    ClientKey,
    /// The certificates of the cluster's authorities, PEM.
    RootCas,
    /// Everything in one file.
    Identity,
    /// Certificates of the authorities that a proxy's web certificate may be from, PEM.
    ExtraCa,
}

/// The key of the configuration that names the file.
impl fmt::Display for FileRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ClientCrt => "client_crt",
            Self::ClientKey => "client_key",
            Self::RootCas => "root_cas",
            Self::Identity => "identity",
            Self::ExtraCa => "extra_ca",
        })
    }
}

/// Credentials that cannot be used: which file, and what is wrong with it. Never shows a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{role} {}: {problem}", path.display())]
pub struct CredentialError {
    /// What the file was given for.
    pub role: FileRole,
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub problem: CredentialProblem,
}

/// What can be wrong with a credential file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialProblem {
    /// The operating system does not let us read it.
    #[error("cannot be read: {0}")]
    Unreadable(String),
    /// It is larger than any credential.
    #[error("is larger than 1 MiB, which no credential is")]
    TooLarge,
    /// It holds nothing.
    #[error("is empty")]
    Empty,
    /// It is no text: DER or something else.
    #[error("is binary, not PEM text")]
    Binary,
    /// A PEM block has no end.
    #[error("ends within its block `{0}`")]
    Truncated(String),
    /// A PEM block holds something else than base64.
    #[error("is damaged: its block `{0}` is not base64")]
    Garbled(String),
    /// It holds something else than what was wanted.
    #[error("holds {found}, but no {wanted}")]
    Missing {
        /// What should be there.
        wanted: &'static str,
        /// What is there.
        found: String,
    },
    /// The private key is protected by a passphrase.
    #[error("holds a private key that is protected by a passphrase")]
    EncryptedKey,
    /// The private key is kept in a piece of hardware.
    #[error("only names a private key that is kept in hardware")]
    HardwareKey,
    /// The private key is damaged or of no usable kind.
    #[error("holds a private key that cannot be used: {0}")]
    UnusableKey(String),
    /// The private key is of another certificate.
    #[error("holds a private key that does not belong to {certificate}")]
    KeyMismatch {
        /// Which certificate, in words.
        certificate: String,
    },
    /// A certificate cannot be read.
    #[error("holds a certificate that cannot be read: {0}")]
    BadCertificate(String),
    /// The certificate's time is over.
    #[error("its certificate expired at {not_after}")]
    Expired {
        /// When its time ended.
        not_after: Timestamp,
    },
    /// The certificate's time has not come.
    #[error("its certificate is valid from {not_before} only, and it is {now} now")]
    NotYetValid {
        /// When its time begins.
        not_before: Timestamp,
        /// The present moment, as this machine sees it.
        now: Timestamp,
    },
    /// The TLS library refuses what the files hold.
    #[error("cannot be used for TLS: {0}")]
    Tls(String),
}

impl CredentialError {
    /// What the operator can do.
    pub fn hint(&self) -> String {
        use CredentialProblem as P;
        match (&self.problem, self.role) {
            (P::Unreadable(_), _) => "give a path that exists, to a file that the bot's user may read".to_owned(),
            (P::TooLarge, _) => "the path probably names something else".to_owned(),
            (P::Binary, _) => {
                "convert it: `openssl x509 -inform der` for a certificate, `openssl pkey` for a key".to_owned()
            }
            (P::NotYetValid { .. }, _) => "compare the clock of this machine with the server's".to_owned(),
            (P::EncryptedKey, _) => "store it without a passphrase, readable by the bot's user only".to_owned(),
            (P::HardwareKey, _) => "sign a certificate for the bot that has its key in a file".to_owned(),
            (P::KeyMismatch { .. }, FileRole::ClientKey) => {
                "client_crt and client_key must come from the same `tctl auth sign`, with the same name before the dot"
                    .to_owned()
            }
            (P::Missing { found, .. }, role) if is_swapped(role, found) => {
                format!("are the files swapped? {role} wants {}", wanted_file(role))
            }
            (_, FileRole::Identity) => new_identity(),
            (_, FileRole::ExtraCa) => {
                "extra_ca wants the PEM certificates of the authorities that signed the proxy's web certificate"
                    .to_owned()
            }
            (P::Expired { .. }, _) => {
                "sign a new one with `tctl auth sign --format=tls`, or let tbot renew it".to_owned()
            }
            (_, role) => {
                format!("{role} wants {}; sign new ones with `tctl auth sign --format=tls`", wanted_file(role))
            }
        }
    }
}

fn new_identity() -> String {
    "make a new identity file with tbot or `tctl auth sign --format=file`, readable by the bot's user only".to_owned()
}

fn wanted_file(role: FileRole) -> &'static str {
    match role {
        FileRole::ClientCrt => "the file that ends in .crt",
        FileRole::ClientKey => "the file that ends in .key",
        FileRole::RootCas => "the file that ends in .cas",
        FileRole::Identity => "the whole identity file",
        FileRole::ExtraCa => "the certificates of web authorities",
    }
}

/// Whether what was found would have been right for another file.
fn is_swapped(role: FileRole, found: &str) -> bool {
    match role {
        FileRole::ClientCrt => found.contains("private key") || found.contains("authority"),
        FileRole::ClientKey | FileRole::RootCas => found.contains("certificate") || found.contains("private key"),
        FileRole::Identity | FileRole::ExtraCa => false,
    }
}

impl From<PemError> for CredentialProblem {
    fn from(error: PemError) -> Self {
        match error {
            PemError::Truncated(label) => Self::Truncated(label),
            PemError::Garbled(label) => Self::Garbled(label),
        }
    }
}

impl From<PrivateKeyError> for CredentialProblem {
    fn from(error: PrivateKeyError) -> Self {
        match error {
            PrivateKeyError::Encrypted => Self::EncryptedKey,
            PrivateKeyError::Hardware => Self::HardwareKey,
            PrivateKeyError::Unusable(why) => Self::UnusableKey(why),
        }
    }
}

impl From<CredentialError> for TeleportError {
    fn from(error: CredentialError) -> Self {
        Self::new(TeleportErrorKind::Credentials, "load credentials", error.to_string()).with_hint(error.hint())
    }
}
