//! Which of the two doors an address is.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::witness::Witness;

/// How Auth is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// At its own port.
    Direct,
    /// Through a proxy's web port, which hands the bytes through to Auth.
    Proxy,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Direct => "direct to Auth",
            Self::Proxy => "through the proxy, TLS routing",
        })
    }
}

/// What a browser offers. Auth picks the first.
const BROWSER: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// For the whole question. Whoever asks is connected already.
const PATIENCE: Duration = Duration::from_millis(1500);

/// Finds out which door `socket` is; none if it cannot be told.
///
/// The connection to Auth does not show it: through a proxy that hands the bytes through everything in it is Auth's. So
/// the server is asked once more, without saying that Auth is wanted: a proxy shows its web certificate then, and Auth
/// its own. Nothing is sent in that connection.
pub(crate) async fn find(host: &str, socket: SocketAddr) -> Option<Way> {
    let asked = async {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let schemes = provider.signature_verification_algorithms.supported_schemes();
        let witness = Arc::new(Witness::new(Arc::new(Nobody(schemes))));
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .ok()?
            .dangerous()
            .with_custom_certificate_verifier(witness.clone())
            .with_no_client_auth();
        config.alpn_protocols = BROWSER.map(<[u8]>::to_vec).into();
        let name = ServerName::try_from(host.to_owned()).ok()?;
        let tcp = TcpStream::connect(socket).await.ok()?;
        // Ends with an error always: nobody is trusted.
        let _ = TlsConnector::from(Arc::new(config)).connect(name, tcp).await;
        let cluster = witness.shown()?.cluster().is_some();
        Some(if cluster { Way::Direct } else { Way::Proxy })
    };
    timeout(PATIENCE, asked).await.ok().flatten()
}

/// Trusts nobody, so that the handshake ends with the server's certificate. Holds the schemes to offer.
#[derive(Debug)]
struct Nobody(Vec<SignatureScheme>);

impl ServerCertVerifier for Nobody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Err(nobody())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(nobody())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(nobody())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.clone()
    }
}

fn nobody() -> Error {
    Error::InvalidCertificate(rustls::CertificateError::ApplicationVerificationFailure)
}
