//! A second look at a port where no connection to Auth came about, when the failure itself does not name its cause.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::timeout;

use crate::dial_error::{DialError, Refusal, TLS_STEP};
use crate::door::Door;
use crate::first_words::{self, Speaker};
use crate::version;
use crate::web_discovery::{self, NoProxy, Proxy};
use crate::witness::Shown;

/// For the whole second look. With the dial before it, it stays within the time of the shortest call.
const PATIENCE: Duration = Duration::from_secs(3);

/// The first version whose proxies hand connections to Auth through.
const FIRST_ROUTING: u64 = 8;

/// Where the dial failed.
pub(crate) struct Scene<'a> {
    pub(crate) door: &'a Door,
    /// The address in words.
    pub(crate) address: &'a str,
    pub(crate) socket: SocketAddr,
    /// The cluster of our credentials; empty if they do not say.
    pub(crate) cluster: &'a str,
}

/// What `cause` comes from, as far as that can be found out. `shown` is the certificate that the server showed.
pub(crate) async fn look_closer(scene: &Scene<'_>, cause: DialError, shown: Option<&Shown>) -> DialError {
    if let Some(theirs) = shown.and_then(Shown::cluster) {
        return by_cluster(scene, cause, theirs);
    }
    let found = match &cause {
        // No TLS. A server that spoke it would take plain words for a mistake, and say so in plain HTTP.
        DialError::NotTls { .. } | DialError::TimedOut { step: TLS_STEP, .. } => {
            first_words::ask(scene.socket).await.map(|speaker| named(scene, speaker))
        }
        DialError::ForeignServer { .. }
        | DialError::WrongName { .. }
        | DialError::ServerCertificate { .. }
        | DialError::NotHttp2 { .. }
        | DialError::Closed { .. }
        | DialError::Tls { .. } => timeout(PATIENCE, ask(scene, &cause)).await.ok().flatten(),
        _ => None,
    };
    found.unwrap_or(cause)
}

/// The cause, when a server of the cluster `theirs` is there.
fn by_cluster(scene: &Scene<'_>, cause: DialError, theirs: &str) -> DialError {
    let (ours, known) = (scene.cluster, !theirs.is_empty() && !scene.cluster.is_empty());
    match cause {
        DialError::ForeignServer { address } if known && theirs == ours => {
            DialError::Rotated { address, cluster: ours.to_owned() }
        }
        DialError::ForeignServer { address } if known => other_cluster(address, ours, theirs),
        DialError::CertificateRefused { address, alert, why: Refusal::Unknown } if known && theirs != ours => {
            let why = Refusal::Foreign { ours: ours.to_owned(), theirs: theirs.to_owned() };
            DialError::CertificateRefused { address, alert, why }
        }
        cause => cause,
    }
}

fn other_cluster(address: String, ours: &str, theirs: &str) -> DialError {
    DialError::OtherCluster { address, ours: ours.to_owned(), theirs: theirs.to_owned() }
}

/// Asks the web server that may be there.
async fn ask(scene: &Scene<'_>, cause: &DialError) -> Option<DialError> {
    let address = scene.address.to_owned();
    match web_discovery::find(scene.door.address(), scene.socket, scene.door.authorities()).await {
        Ok(proxy) => Some(behind(scene, cause, proxy)),
        Err(NoProxy::Untrusted(why)) => Some(DialError::UntrustedWeb { address, why }),
        Err(NoProxy::OtherWebServer(answer)) => Some(DialError::NotTeleport { address, answer }),
        Err(NoProxy::NoWebServer) => None,
        Err(NoProxy::Silent) => first_words::ask(scene.socket).await.map(|speaker| named(scene, speaker)),
    }
}

/// The cause, when `proxy` answers at the address and the connection to Auth failed with `cause` all the same.
fn behind(scene: &Scene<'_>, cause: &DialError, proxy: Proxy) -> DialError {
    let address = scene.address.to_owned();
    let Proxy { version, cluster } = proxy;
    if !cluster.is_empty() && !scene.cluster.is_empty() && cluster != scene.cluster {
        return other_cluster(address, scene.cluster, &cluster);
    }
    match cause {
        _ if version::major(&version).is_some_and(|major| major < FIRST_ROUTING) => {
            DialError::ProxyTooOld { address, version }
        }
        DialError::Closed { .. } => DialError::AuthAway { address, version, cluster: scene.cluster.to_owned() },
        _ => DialError::NoRouting { address, version },
    }
}

fn named(scene: &Scene<'_>, speaker: Speaker) -> DialError {
    let address = scene.address.to_owned();
    match speaker {
        Speaker::Ssh(line) => DialError::SshPort { address, line },
        Speaker::Http => DialError::PlainHttp { address },
    }
}
