//! TLS as the Auth server does it, with certificates on both sides, and as the proxy's web port does it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use accessbot_core::clock::{SharedClock, Timestamp};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::ring;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::time_provider::TimeProvider;
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, RootCertStore, ServerConfig, SignatureScheme,
};
use rustls_pki_types::{CertificateDer, UnixTime};

use super::authority::{Authorities, ServerCertificate};
use crate::common::error::SandboxError;

/// The server's side of TLS. A client certificate is verified if one is given; who gives none is nobody.
pub(crate) fn server_config(
    authorities: &Authorities,
    clock: SharedClock,
    reject: Arc<AtomicBool>,
) -> Result<ServerConfig, SandboxError> {
    let failed = |error: &dyn fmt::Display| SandboxError::Certificate(error.to_string());
    let provider = Arc::new(ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(authorities.users()).map_err(|e| failed(&e))?;
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
        .allow_unauthenticated()
        .build()
        .map_err(|e| failed(&e))?;
    let server = authorities.server()?;
    let mut config = ServerConfig::builder_with_details(provider, Arc::new(Time(clock)))
        .with_safe_default_protocol_versions()
        .map_err(|e| failed(&e))?
        .with_client_cert_verifier(Arc::new(Verifier { inner: verifier, reject }))
        .with_single_cert(server.chain, server.key)
        .map_err(|e| failed(&e))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// What clients offer that want a tunnel. A proxy without a load balancer before it takes the offer.
pub(crate) const REVERSE_TUNNEL: &[u8] = b"teleport-reversetunnel";

/// The proxy's side of TLS, where it answers itself.
pub(crate) fn web_config(server: ServerCertificate) -> Result<ServerConfig, SandboxError> {
    let failed = |error: rustls::Error| SandboxError::Certificate(error.to_string());
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(failed)?
        .with_no_client_auth()
        .with_single_cert(server.chain, server.key)
        .map_err(failed)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec(), REVERSE_TUNNEL.to_vec()];
    Ok(config)
}

/// Certificates expire by the sandbox's clock.
struct Time(SharedClock);

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Time")
    }
}

impl TimeProvider for Time {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(self.0.now().since(Timestamp::from_millis(0))))
    }
}

/// Refuses what is wrong with the alert that Teleport sends, whatever is wrong: `bad_certificate`.
#[derive(Debug)]
struct Verifier {
    inner: Arc<dyn ClientCertVerifier>,
    /// Set when every certificate is to be refused.
    reject: Arc<AtomicBool>,
}

impl ClientCertVerifier for Verifier {
    fn offer_client_auth(&self) -> bool {
        self.inner.offer_client_auth()
    }

    fn client_auth_mandatory(&self) -> bool {
        self.inner.client_auth_mandatory()
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.inner.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let bad = Error::InvalidCertificate(CertificateError::BadEncoding);
        if self.reject.load(Ordering::Relaxed) {
            return Err(bad);
        }
        self.inner.verify_client_cert(leaf, intermediates, now).map_err(|_| bad)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}
