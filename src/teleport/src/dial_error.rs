//! Why no connection to Auth came about, told from what the operating system and TLS say.

use std::io;

use accessbot_core::clock::Timestamp;
use accessbot_core::teleport::{TeleportError, TeleportErrorKind};
use rustls::{AlertDescription, CertificateError};

use crate::calls::Call;

/// The cause of a failed dial.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DialError {
    #[error("the name `{host}` cannot be resolved: {problem}")]
    Name { host: String, problem: String },
    #[error("nothing listens at {address}: connection refused")]
    Refused { address: String },
    #[error("{address} cannot be reached: {problem}")]
    Unreachable { address: String, problem: String },
    #[error("{address} did not answer within {seconds} s ({step})")]
    TimedOut { address: String, seconds: u64, step: &'static str },
    #[error("{address} refused our client certificate ({alert})")]
    CertificateRefused { address: String, alert: String, expired: Option<Timestamp> },
    #[error("the certificate that {address} shows is not from an authority of our cluster")]
    ForeignServer { address: String },
    #[error("the certificate that {address} shows is not an Auth server's")]
    WrongName { address: String },
    #[error("the certificate that {address} shows cannot be accepted: {problem}")]
    ServerCertificate { address: String, problem: String },
    #[error("{address} does not speak TLS")]
    NotTls { address: String },
    #[error("{address} speaks TLS, but no HTTP/2")]
    NotHttp2 { address: String },
    #[error("{address} closed the connection during the TLS handshake")]
    Closed { address: String },
    #[error("TLS with {address} failed: {problem}")]
    Tls { address: String, problem: String },
}

impl DialError {
    /// The cause behind an error of connecting to `address`.
    pub(crate) fn from_connect(address: &str, error: &io::Error) -> Self {
        let address = address.to_owned();
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Self::Refused { address },
            _ => Self::Unreachable { address, problem: error.to_string() },
        }
    }

    /// The cause behind an error of TLS with `address`, in the handshake or in the first read after it. `expires` is the end
    /// of our certificate's time: only we can tell an expired one from a foreign one, the server's alert is the same.
    pub(crate) fn from_tls(address: &str, error: &io::Error, now: Timestamp, expires: Timestamp) -> Self {
        use AlertDescription as A;
        use CertificateError as C;

        let address = address.to_owned();
        let Some(tls) = error.get_ref().and_then(|e| e.downcast_ref::<rustls::Error>()) else {
            return match error.kind() {
                io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
                    Self::Closed { address }
                }
                _ => Self::Unreachable { address, problem: error.to_string() },
            };
        };
        match tls {
            rustls::Error::AlertReceived(
                alert @ (A::BadCertificate
                | A::CertificateExpired
                | A::CertificateRevoked
                | A::CertificateUnknown
                | A::CertificateRequired
                | A::UnsupportedCertificate
                | A::UnknownCA
                | A::AccessDenied
                // What a server says to the signature of an authority that has the right name and the wrong key.
                | A::DecryptError),
            ) => {
                let alert = format!("{alert:?}");
                Self::CertificateRefused { address, alert, expired: (now >= expires).then_some(expires) }
            }
            rustls::Error::AlertReceived(A::NoApplicationProtocol) => Self::NotHttp2 { address },
            rustls::Error::InvalidCertificate(C::UnknownIssuer | C::BadSignature) => Self::ForeignServer { address },
            rustls::Error::InvalidCertificate(C::NotValidForName | C::NotValidForNameContext { .. }) => {
                Self::WrongName { address }
            }
            rustls::Error::InvalidCertificate(problem) => {
                Self::ServerCertificate { address, problem: problem.to_string() }
            }
            rustls::Error::InvalidMessage(_) => Self::NotTls { address },
            other => Self::Tls { address, problem: other.to_string() },
        }
    }

    /// This cause as the error of `call`.
    pub(crate) fn into_teleport_error(self, call: &Call) -> TeleportError {
        let error = TeleportError::new(self.kind(), call.name, self.to_string());
        match self.hint() {
            Some(hint) => error.with_hint(hint),
            None => error,
        }
    }

    fn kind(&self) -> TeleportErrorKind {
        match self {
            Self::CertificateRefused { .. } | Self::ForeignServer { .. } => TeleportErrorKind::Credentials,
            _ => TeleportErrorKind::Unavailable,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Name { .. } => "look at the spelling of the address, and at this machine's DNS".to_owned(),
            Self::Refused { .. } => {
                "is this the address of Auth (port 3025 by default) or of a proxy's web port, and is it running?".to_owned()
            }
            Self::TimedOut { .. } | Self::Unreachable { .. } => {
                "look at the address, at firewalls and at routes between here and there".to_owned()
            }
            Self::CertificateRefused { expired: Some(when), .. } => format!("it expired at {when}: renew it"),
            Self::CertificateRefused { expired: None, .. } => {
                "it is of another cluster, or was signed by an authority that has been rotated away: sign a new one"
                    .to_owned()
            }
            Self::ForeignServer { .. } => {
                "the address is of another cluster, or of a balancer that ends TLS before the proxy does, or the cluster's \
                 authorities were rotated since the credentials were made"
                    .to_owned()
            }
            Self::ServerCertificate { .. } => "compare the clock of this machine with the server's".to_owned(),
            Self::Closed { .. } => {
                "a proxy does that when it knows no cluster of the credentials' name, or cannot reach its Auth".to_owned()
            }
            Self::WrongName { .. } | Self::NotTls { .. } | Self::NotHttp2 { .. } => {
                "the address must be of Auth (port 3025 by default) or of a proxy's web port (443 or 3080)".to_owned()
            }
            Self::Tls { .. } => return None,
        })
    }
}
