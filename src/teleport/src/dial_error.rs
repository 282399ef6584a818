//! Why no connection to Auth came about, told from what the operating system and TLS say.

use std::io;

use accessbot_core::clock::Timestamp;
use accessbot_core::teleport::{TeleportError, TeleportErrorKind};
use rustls::{AlertDescription, CertificateError};

use crate::calls::Call;
use crate::certificate::Certificate;
use crate::web_discovery::Distrust;

/// The steps of a dial that can take too long.
pub(crate) const TCP_STEP: &str = "TCP connect";
/// See [`TCP_STEP`].
pub(crate) const TLS_STEP: &str = "TLS handshake";

/// The cause of a failed dial. What can be done about each is in [`Self::hint`].
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
    CertificateRefused { address: String, alert: String, why: Refusal },
    #[error("the certificate that {address} shows is not from an authority of our cluster")]
    ForeignServer { address: String },
    #[error("{address} is of the cluster `{theirs}`, and our credentials are of the cluster `{ours}`")]
    OtherCluster { address: String, ours: String, theirs: String },
    #[error("{address} is of our cluster `{cluster}`, but no authority in our credentials vouches for it")]
    Rotated { address: String, cluster: String },
    #[error("the certificate that {address} shows is not an Auth server's")]
    WrongName { address: String },
    #[error("the certificate that {address} shows cannot be accepted: {problem}")]
    ServerCertificate { address: String, problem: String },
    #[error(
        "{address} does not lead to Auth, and its web certificate is not trusted, so it was not asked what it is: {why}"
    )]
    UntrustedWeb { address: String, why: Distrust },
    #[error("{address} is a web server, but not Teleport's: {answer}")]
    NotTeleport { address: String, answer: String },
    #[error("{address} leads to a Teleport {version} proxy, but something before it ends TLS")]
    NoRouting { address: String, version: String },
    #[error("{address} is a Teleport {version} proxy, and only those from 8.0 on hand connections to Auth through")]
    ProxyTooOld { address: String, version: String },
    #[error("{address} is a Teleport {version} proxy, and closed the connection to the Auth server of `{cluster}`")]
    AuthAway { address: String, version: String, cluster: String },
    #[error("{address} is an SSH port: it says `{line}`")]
    SshPort { address: String, line: String },
    #[error("{address} speaks plain HTTP, not TLS")]
    PlainHttp { address: String },
    #[error("{address} does not speak TLS")]
    NotTls { address: String },
    #[error("{address} speaks TLS, but no HTTP/2")]
    NotHttp2 { address: String },
    #[error("{address} closed the connection during the TLS handshake")]
    Closed { address: String },
    #[error("TLS with {address} failed: {problem}")]
    Tls { address: String, problem: String },
}

/// Why a server refuses our certificate. Its alert is about the same for every reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It expired then.
    Expired(Timestamp),
    /// It is valid from then on only.
    NotYetValid(Timestamp),
    /// The server says that it expired, and by our clock it has not.
    ClocksDiffer,
    /// It is of one cluster, and the server of another.
    Foreign { ours: String, theirs: String },
    /// Something else.
    Unknown,
}

impl Refusal {
    fn new(alert: AlertDescription, ours: &Certificate, now: Timestamp) -> Self {
        if now >= ours.not_after {
            Self::Expired(ours.not_after)
        } else if now < ours.not_before {
            Self::NotYetValid(ours.not_before)
        } else if alert == AlertDescription::CertificateExpired {
            Self::ClocksDiffer
        } else {
            Self::Unknown
        }
    }
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

    /// The cause behind an error of TLS with `address`, in the handshake or in the first read after it. `now` is the present
    /// moment, and `ours` the certificate that we presented.
    pub(crate) fn from_tls(address: &str, error: &io::Error, now: Timestamp, ours: &Certificate) -> Self {
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
                let why = Refusal::new(*alert, ours, now);
                Self::CertificateRefused { address, alert: format!("{alert:?}"), why }
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

    /// This cause as the error of `call`. `port_assumed`: nobody gave the port that was dialled.
    pub(crate) fn into_teleport_error(self, call: &Call, port_assumed: bool) -> TeleportError {
        let error = TeleportError::new(self.kind(), call.name, self.to_string());
        match self.hint(port_assumed) {
            Some(hint) => error.with_hint(hint),
            None => error,
        }
    }

    /// Credentials, if new ones are what mends it.
    fn kind(&self) -> TeleportErrorKind {
        match self {
            Self::CertificateRefused { .. }
            | Self::ForeignServer { .. }
            | Self::OtherCluster { .. }
            | Self::Rotated { .. } => TeleportErrorKind::Credentials,
            _ => TeleportErrorKind::Unavailable,
        }
    }
}
