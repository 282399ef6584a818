//! What an operator can do about a connection that does not come about.

use crate::dial_error::{DialError, Refusal};
use crate::web_discovery::Distrust;

/// Which addresses are good.
const ADDRESSES: &str = "the address must be of a proxy's web port (443 or 3080), or of Auth (3025)";

/// For a port that nobody gave.
const ASSUMED_PORT: &str =
    "no port was given, so 3025 was taken: give the port, 443 or 3080 for a proxy's web port, 3025 for Auth";

impl DialError {
    /// What can be done. `port_assumed`: nobody gave the port that was dialled.
    pub(crate) fn hint(&self, port_assumed: bool) -> Option<String> {
        if port_assumed && self.may_be_the_port() {
            return Some(ASSUMED_PORT.to_owned());
        }
        let hint = match self {
            Self::CertificateRefused { why, .. } => return Some(refused(why)),
            Self::OtherCluster { ours, theirs, .. } => {
                return Some(format!("give the address of `{ours}`, or credentials of `{theirs}`"));
            }
            Self::Name { .. } => "look at the spelling of the address, and at this machine's DNS",
            Self::Refused { .. } => {
                "is this the address of Auth (port 3025 by default) or of a proxy's web port, and is it running?"
            }
            Self::TimedOut { .. } | Self::Unreachable { .. } => {
                "look at the address, at firewalls and at routes between here and there"
            }
            Self::Rotated { .. } => {
                "the cluster's authorities were rotated since the credentials were made, or this is another cluster of \
                 the same name: make new credentials"
            }
            Self::ForeignServer { .. } => {
                "the address is of another cluster, or the cluster's authorities were rotated since the credentials \
                 were made"
            }
            Self::ServerCertificate { .. } => "compare the clock of this machine with the server's",
            Self::UntrustedWeb { why: Distrust::OtherName, .. } => {
                "if it is your proxy, give its address by the name in that certificate"
            }
            Self::UntrustedWeb { .. } => {
                "if it is your proxy, name a file with the authorities of its web certificate in teleport.extra_ca, so \
                 that it can be asked what is wrong; if not, the address is wrong"
            }
            Self::NoRouting { .. } => {
                "let the balancer hand TLS through (layer 4), or give the address of the proxy itself or of Auth"
            }
            Self::ProxyTooOld { .. } => "give the address of Auth (port 3025 by default)",
            Self::AuthAway { .. } => {
                "the proxy cannot reach that Auth server, or has never heard of the cluster: look into its log"
            }
            Self::Closed { .. } => {
                "a proxy does that when it knows no cluster of the credentials' name, or cannot reach its Auth; so does \
                 a port of another kind"
            }
            Self::WrongName { .. }
            | Self::NotTeleport { .. }
            | Self::SshPort { .. }
            | Self::PlainHttp { .. }
            | Self::NotTls { .. }
            | Self::NotHttp2 { .. } => ADDRESSES,
            Self::Tls { .. } => return None,
        };
        Some(hint.to_owned())
    }

    /// Whether another port may be what is missing.
    fn may_be_the_port(&self) -> bool {
        match self {
            Self::Refused { .. }
            | Self::TimedOut { .. }
            | Self::Unreachable { .. }
            | Self::Closed { .. }
            | Self::WrongName { .. }
            | Self::NotTeleport { .. }
            | Self::SshPort { .. }
            | Self::PlainHttp { .. }
            | Self::NotTls { .. }
            | Self::NotHttp2 { .. } => true,
            Self::Name { .. }
            | Self::CertificateRefused { .. }
            | Self::ForeignServer { .. }
            | Self::OtherCluster { .. }
            | Self::Rotated { .. }
            | Self::ServerCertificate { .. }
            | Self::UntrustedWeb { .. }
            | Self::NoRouting { .. }
            | Self::ProxyTooOld { .. }
            | Self::AuthAway { .. }
            | Self::Tls { .. } => false,
        }
    }
}

fn refused(why: &Refusal) -> String {
    match why {
        Refusal::Expired(when) => format!("it expired at {when}: renew it"),
        Refusal::NotYetValid(when) => {
            format!("it is valid from {when} only: compare the clock of this machine with that of whoever signed it")
        }
        Refusal::ClocksDiffer => {
            "by the server's clock it has expired, by this machine's it has not: compare the two clocks".to_owned()
        }
        Refusal::Foreign { ours, theirs } => {
            format!("it is of the cluster `{ours}`, and the server of `{theirs}`: sign one there")
        }
        Refusal::Unknown => {
            "it is of another cluster, or was signed by an authority that has been rotated away: sign a new one"
                .to_owned()
        }
    }
}
