//! The certificate with which callbacks are answered, from two files that may change at any time.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use accessbot_core::appearance::Appearance;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(30);
/// The largest file that is read, in bytes; a chain of certificates has some thousands.
const LARGEST: u64 = 1024 * 1024;
/// What we speak.
const PROTOCOL: &[u8] = b"http/1.1";

/// The files that hold the certificate, with those of its issuers behind it, and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct CertificateFiles {
    /// Certificates (PEM), the server's own first.
    pub cert: PathBuf,
    /// The private key (PEM).
    pub key: PathBuf,
}

/// Why the files cannot be used. Never shows what is in them.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum CertificateError {
    /// A file cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// A file does not hold what it should.
    #[error("{} holds no {wanted} in PEM form", path.display())]
    Lacking {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        wanted: &'static str,
    },
    /// The two do not belong together, or are of a kind that cannot be used.
    #[error("{} and {} cannot be used together: {source}", cert.display(), key.display())]
    Unfit {
        /// The file of the certificate.
        cert: PathBuf,
        /// The file of the key.
        key: PathBuf,
        /// What the TLS library says.
        source: rustls::Error,
    },
}

impl CertificateFiles {
    /// Reads both.
    pub(in crate::cli) fn load(&self) -> Result<Arc<CertifiedKey>, CertificateError> {
        let lacking = |path: &Path, wanted| CertificateError::Lacking { path: path.to_owned(), wanted };
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&contents(&self.cert)?).collect();
        let chain = chain.ok().filter(|chain| !chain.is_empty()).ok_or_else(|| lacking(&self.cert, "certificate"))?;
        let key =
            PrivateKeyDer::from_pem_slice(&contents(&self.key)?).map_err(|_| lacking(&self.key, "private key"))?;
        let certified = CertifiedKey::from_der(chain, key, &ring::default_provider());
        certified.map(Arc::new).map_err(|source| CertificateError::Unfit {
            cert: self.cert.clone(),
            key: self.key.clone(),
            source,
        })
    }

    fn appearance(&self) -> Appearance {
        Appearance::of([self.cert.as_path(), &self.key])
    }
}

fn contents(path: &Path) -> Result<Vec<u8>, CertificateError> {
    let failed = |source| CertificateError::Unreadable { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(LARGEST).read_to_end(&mut bytes)).map_err(failed)?;
    Ok(bytes)
}

/// The certificate that is shown now.
#[derive(Debug)]
pub(super) struct Shown {
    files: CertificateFiles,
    /// How the files looked when it was read.
    seen: Appearance,
    certificate: Arc<Current>,
}

#[derive(Debug)]
struct Current(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

impl Shown {
    /// Reads the files, which must be good once.
    pub(super) fn load(files: CertificateFiles) -> Result<Self, CertificateError> {
        let seen = files.appearance();
        let certificate = Arc::new(Current(RwLock::new(files.load()?)));
        Ok(Self { files, seen, certificate })
    }

    /// How connections are to be answered, with whatever certificate is shown when they come.
    pub(super) fn config(&self) -> Result<ServerConfig, rustls::Error> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(self.certificate.clone());
        config.alpn_protocols = vec![PROTOCOL.to_vec()];
        Ok(config)
    }

    /// Follows the files for ever. What cannot be used, perhaps because it is half written, is not taken: the next look
    /// tells. Says so once for each reason.
    pub(super) async fn follow(mut self) {
        let mut kept = None;
        loop {
            tokio::time::sleep(LOOK).await;
            let appearance = self.files.appearance();
            if appearance == self.seen {
                continue;
            }
            // Files may be on a network.
            let files = self.files.clone();
            match tokio::task::spawn_blocking(move || files.load()).await {
                Ok(Ok(certificate)) => {
                    *self.certificate.0.write().unwrap_or_else(PoisonError::into_inner) = certificate;
                    (self.seen, kept) = (appearance, None);
                    tracing::info!(file = %self.files.cert.display(), "took the new certificate for callbacks");
                }
                Ok(Err(error)) => {
                    let reason = error.to_string();
                    if kept.as_ref() != Some(&reason) {
                        tracing::warn!(%error, "the certificate for callbacks changed, keeping the old one");
                        kept = Some(reason);
                    }
                }
                Err(_) => {}
            }
        }
    }
}
