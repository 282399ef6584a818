//! TLS as Teleport's Auth server wants it.

use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::ServerName;

/// The name that every Auth server's certificate holds, whatever address it was dialled by.
const AUTH_SERVER_NAME: &str = "teleport.cluster.local";

/// The server name to ask for and to verify.
pub(crate) fn server_name() -> Result<ServerName<'static>, rustls::Error> {
    ServerName::try_from(AUTH_SERVER_NAME).map_err(|e| rustls::Error::General(e.to_string()))
}

/// A configuration that always presents `identity` and trusts `roots` alone: web authorities have no say about clusters.
pub(crate) fn client_config(
    provider: Arc<CryptoProvider>,
    identity: CertifiedKey,
    roots: RootCertStore,
) -> Result<ClientConfig, rustls::Error> {
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        // Not asked for a certificate of certain authorities, a client that withholds its own becomes anonymous to Auth.
        .with_client_cert_resolver(Arc::new(SingleCertAndKey::from(identity)));
    config.alpn_protocols = vec![b"h2".to_vec()];
    // A ticket would outlive the certificate that it was got with.
    config.resumption = Resumption::disabled();
    Ok(config)
}
