//! What a server showed of itself in a TLS handshake, also in one that failed.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::{DigitallySignedStruct, Error, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use x509_parser::extensions::GeneralName;
use x509_parser::parse_x509_certificate;

use crate::first_words;
use crate::tls::AUTH_SERVER_NAME;

/// Notes which certificate a server shows, and leaves the judgement to another.
#[derive(Debug)]
pub(crate) struct Witness {
    judge: Arc<dyn ServerCertVerifier>,
    shown: Mutex<Option<Shown>>,
}

impl Witness {
    pub(crate) fn new(judge: Arc<dyn ServerCertVerifier>) -> Self {
        Self { judge, shown: Mutex::default() }
    }

    /// The certificate that was shown; none if it did not come to that, or if it cannot be read.
    pub(crate) fn shown(&self) -> Option<Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Shown::read(end_entity);
        self.judge.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.judge.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.judge.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.judge.supported_verify_schemes()
    }
}

/// A server's certificate, as far as it tells who is there. Anybody can show anything: good for a sentence to an
/// operator, never for a decision about trust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    /// Whether it bears the name that the servers of Teleport clusters have among themselves.
    internal: bool,
    /// Who signed it, in a form that can be printed. A cluster's authority has the cluster's name.
    issuer: String,
}

impl Shown {
    fn read(der: &[u8]) -> Option<Self> {
        let (_, certificate) = parse_x509_certificate(der).ok()?;
        let names = certificate.subject_alternative_name().ok().flatten();
        let internal = names.is_some_and(|names| {
            let names = &names.value.general_names;
            names.iter().any(|name| matches!(name, GeneralName::DNSName(name) if *name == AUTH_SERVER_NAME))
        });
        let issuer = certificate.issuer();
        let issuer = issuer.iter_common_name().chain(issuer.iter_organization()).find_map(|name| name.as_str().ok());
        Some(Self { internal, issuer: first_words::printable(issuer.unwrap_or_default()) })
    }

    /// The name of the cluster whose server it is, empty if it does not say; none if it is a certificate for the web.
    pub(crate) fn cluster(&self) -> Option<&str> {
        self.internal.then_some(self.issuer.as_str())
    }
}
