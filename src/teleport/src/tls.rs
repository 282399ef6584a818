//! TLS as Teleport's Auth server wants it.

use std::sync::Arc;

use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::ServerName;

use crate::witness::Witness;

/// The name that every Auth server's certificate holds, whatever address it was dialled by.
pub(crate) const AUTH_SERVER_NAME: &str = "teleport.cluster.local";

/// The server name to ask for and to verify.
pub(crate) fn server_name() -> Result<ServerName<'static>, rustls::Error> {
    ServerName::try_from(AUTH_SERVER_NAME).map_err(|e| rustls::Error::General(e.to_string()))
}

/// The longest name of a protocol that a TLS client can offer.
const LONGEST_PROTOCOL: usize = 255;

/// How to speak TLS with one cluster: always presents one certificate, trusts the cluster's authorities and nobody else.
pub(crate) struct ClusterTls {
    config: ClientConfig,
    judge: Arc<WebPkiServerVerifier>,
}

impl ClusterTls {
    /// Presents `identity` and trusts `roots` alone: web authorities have no say about clusters.
    ///
    /// It serves both doors of `cluster`: Auth's own port, and the web port of a proxy (v8 and later), which hands the
    /// bytes through to Auth when the first protocol that is offered names the cluster. Auth passes over that name.
    pub(crate) fn new(
        provider: Arc<CryptoProvider>,
        identity: CertifiedKey,
        roots: RootCertStore,
        cluster: &str,
    ) -> Result<Self, rustls::Error> {
        let judge = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
            .build()
            .map_err(|e| rustls::Error::General(e.to_string()))?;
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(judge.clone())
            // Not asked for a certificate of certain authorities, a client that withholds its own becomes anonymous to Auth.
            .with_client_cert_resolver(Arc::new(SingleCertAndKey::from(identity)));
        config.alpn_protocols = protocols(cluster);
        // A ticket would outlive the certificate that it was got with.
        config.resumption = Resumption::disabled();
        Ok(Self { config, judge })
    }

    /// The configuration for one connection, and who tells afterwards which certificate the server showed.
    pub(crate) fn for_one_connection(&self) -> (Arc<ClientConfig>, Arc<Witness>) {
        let witness = Arc::new(Witness::new(self.judge.clone()));
        let mut config = self.config.clone();
        config.dangerous().set_certificate_verifier(witness.clone());
        (Arc::new(config), witness)
    }
}

/// What is offered in the handshake: the way to the cluster's Auth for a proxy, and HTTP/2, which is what Auth picks.
/// The order is the proxy's rule, and so is the name: `teleport-auth@`, the cluster's name in hexadecimal, and the
/// suffix of Teleport's internal names.
fn protocols(cluster: &str) -> Vec<Vec<u8>> {
    let mut route = String::from("teleport-auth@");
    for byte in cluster.bytes() {
        for digit in [byte >> 4, byte & 15] {
            route.extend(char::from_digit(digit.into(), 16));
        }
    }
    route.extend([".", AUTH_SERVER_NAME]);
    let route = route.into_bytes();
    let http2 = b"h2".to_vec();
    // A cluster with so long a name can only be reached directly.
    if cluster.is_empty() || route.len() > LONGEST_PROTOCOL { vec![http2] } else { vec![route, http2] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_told_the_cluster_and_auth_is_offered_http2() {
        let offered = |cluster: &str| -> Vec<String> {
            protocols(cluster).iter().map(|p| String::from_utf8_lossy(p).into_owned()).collect()
        };
        let way = "teleport-auth@6c61622e6578616d706c65.teleport.cluster.local";
        assert_eq!(offered("lab.example"), [way, "h2"]);
        assert_eq!(offered(&"x".repeat(109)).len(), 2, "the longest name that fits");
        assert_eq!(offered(&"x".repeat(110)), ["h2"]);
        assert_eq!(offered(""), ["h2"]);
    }
}
