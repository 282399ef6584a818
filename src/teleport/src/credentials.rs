//! Who we are to a cluster, and whom we trust: a client certificate with its key, and the cluster's authorities.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use accessbot_core::clock::Timestamp;
use rustls::crypto::CryptoProvider;
use rustls::sign::CertifiedKey;
use rustls::{InconsistentKeys, RootCertStore};
use rustls_pki_types::CertificateDer;

use crate::certificate::Certificate;
use crate::credential_error::{CredentialError, CredentialProblem, FileRole};
use crate::credential_file::CredentialFile;
use crate::pem::Block;
use crate::tls::ClusterTls;
use crate::{identity_file, private_key};

/// Where credentials are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CredentialFiles {
    /// Three files, as `tctl auth sign --format=tls` writes them.
    Tls {
        /// The client certificate.
        client_crt: PathBuf,
        /// Its private key.
        client_key: PathBuf,
        /// The cluster's authorities, one after the other.
        root_cas: PathBuf,
    },
    /// One identity file, as tbot, `tsh login --out` and `tctl auth sign --format=file` write it.
    Identity(PathBuf),
}

impl CredentialFiles {
    /// Reads the files and checks all that can be checked without the server: forms, that key and certificate belong
    /// together, and that `now` lies within the certificate's time.
    pub fn load(&self, now: Timestamp) -> Result<Credentials, CredentialError> {
        match self {
            Self::Tls { client_crt, client_key, root_cas } => {
                let crt = CredentialFile::read(FileRole::ClientCrt, client_crt)?;
                let key = CredentialFile::read(FileRole::ClientKey, client_key)?;
                let cas = CredentialFile::read(FileRole::RootCas, root_cas)?;
                from_tls_files(&crt, &key, &cas, now)
            }
            Self::Identity(path) => identity_file::credentials(&CredentialFile::read(FileRole::Identity, path)?, now),
        }
    }
}

/// Loaded and checked credentials. The private key is inside and cannot be taken out or shown.
#[derive(Clone)]
pub struct Credentials {
    certificate: Certificate,
    tls: Arc<ClusterTls>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("certificate", &self.certificate).finish_non_exhaustive()
    }
}

/// From this long before the end of a certificate's time it is warned about, if its life is longer than three times that.
const LONGEST_WARNING: Duration = Duration::from_secs(7 * 24 * 3600);

impl Credentials {
    /// Credentials from PEM texts rather than files; checked as [`CredentialFiles::load`] does.
    pub fn from_pem(crt: &str, key: &str, cas: &str, now: Timestamp) -> Result<Self, CredentialError> {
        let file = |role, text: &str| CredentialFile::new(role, Path::new("(in memory)"), text.to_owned());
        let (crt, key) = (file(FileRole::ClientCrt, crt)?, file(FileRole::ClientKey, key)?);
        from_tls_files(&crt, &key, &file(FileRole::RootCas, cas)?, now)
    }

    /// The Teleport user.
    pub fn user(&self) -> &str {
        &self.certificate.user
    }

    /// The cluster that issued the certificate; empty if it does not say.
    pub fn cluster(&self) -> &str {
        &self.certificate.cluster
    }

    /// Until when the server accepts new connections with it.
    pub fn expires(&self) -> Timestamp {
        self.certificate.not_after
    }

    /// All that the certificate says.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// A warning when the certificate ends within seven days, or within the last third of its life if that is shorter:
    /// one of an hour, as tbot makes them, warns in its last 20 minutes.
    pub fn warning(&self, now: Timestamp) -> Option<String> {
        let Certificate { user, not_after, .. } = &self.certificate;
        if self.lifetime(now) == Lifetime::Fresh {
            return None;
        }
        let left = not_after.since(now);
        Some(if left.is_zero() {
            format!(
                "the Teleport certificate of `{user}` expired at {not_after}, the server refuses new connections: renew it"
            )
        } else {
            format!("the Teleport certificate of `{user}` expires in {}, at {not_after}: renew it", in_words(left))
        })
    }

    /// How far the certificate is in its life.
    pub fn lifetime(&self, now: Timestamp) -> Lifetime {
        let Certificate { not_before, not_after, .. } = &self.certificate;
        let late = LONGEST_WARNING.min(not_after.since(*not_before) / 3);
        match not_after.since(now) {
            left if left.is_zero() => Lifetime::Over,
            left if left <= late / 4 => Lifetime::Last,
            left if left <= late => Lifetime::Late,
            _ => Lifetime::Fresh,
        }
    }

    /// The TLS side: presents the certificate, trusts the cluster's authorities and nobody else.
    pub(crate) fn tls(&self) -> Arc<ClusterTls> {
        Arc::clone(&self.tls)
    }
}

/// How far a certificate is in its life, in the order in which it passes through these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lifetime {
    /// It need not be renewed yet.
    #[default]
    Fresh,
    /// It ends within seven days, or it is in the last third of its life if that is shorter.
    Late,
    /// Three quarters of that time have gone by as well.
    Last,
    /// It has expired.
    Over,
}

fn in_words(span: Duration) -> String {
    let minutes = span.as_secs() / 60;
    match minutes {
        0 => "less than a minute".to_owned(),
        1..=119 => format!("{minutes} min"),
        120..2880 => format!("{} h", minutes / 60),
        _ => format!("{} days", minutes / 1440),
    }
}

fn from_tls_files(
    crt: &CredentialFile,
    key: &CredentialFile,
    cas: &CredentialFile,
    now: Timestamp,
) -> Result<Credentials, CredentialError> {
    let crt_parts = crt.parts()?;
    // An authority where the client certificate should be is a swapped file, not a certificate to present.
    let is_client = |block: &&Block| crt.certificate(block).map_or(true, |c| !c.authority);
    let certificate = crt_parts.blocks.iter().filter(|b| b.is_certificate()).find(is_client);
    let certificate = certificate.ok_or_else(|| crt.missing("client certificate", &crt_parts))?;

    let key_parts = key.parts()?;
    let private_key = key_parts.blocks.iter().find(|b| b.is_private_key());
    let private_key = private_key.ok_or_else(|| key.missing("private key", &key_parts))?;

    let cas_parts = cas.parts()?;
    let authorities: Vec<&Block> = cas_parts.blocks.iter().filter(|b| b.is_certificate()).collect();
    if authorities.is_empty() {
        return Err(cas.missing("certificate of an authority", &cas_parts));
    }
    assemble(&Material { crt, certificate, key, private_key, cas, authorities }, now)
}

/// What credentials are made of, each piece with the file that it was found in.
pub(crate) struct Material<'a> {
    pub(crate) crt: &'a CredentialFile,
    pub(crate) certificate: &'a Block,
    pub(crate) key: &'a CredentialFile,
    pub(crate) private_key: &'a Block,
    pub(crate) cas: &'a CredentialFile,
    pub(crate) authorities: Vec<&'a Block>,
}

pub(crate) fn assemble(material: &Material<'_>, now: Timestamp) -> Result<Credentials, CredentialError> {
    let Material { crt, key, .. } = material;
    let certificate = crt.certificate(material.certificate)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let identity = certified_key(material, &provider)?;
    let roots = roots(material)?;
    if now < certificate.not_before {
        return Err(crt.error(CredentialProblem::NotYetValid { not_before: certificate.not_before, now }));
    }
    if now >= certificate.not_after {
        return Err(crt.error(CredentialProblem::Expired { not_after: certificate.not_after }));
    }
    let tls = ClusterTls::new(provider, identity, roots, &certificate.cluster);
    let tls = tls.map_err(|e| key.error(CredentialProblem::Tls(e.to_string())))?;
    Ok(Credentials { certificate, tls: Arc::new(tls) })
}

/// The certificate with its key, if they belong together.
fn certified_key(material: &Material<'_>, provider: &CryptoProvider) -> Result<CertifiedKey, CredentialError> {
    let Material { crt, key, .. } = material;
    let signing_key = private_key::read(material.private_key, provider.key_provider).map_err(|e| key.error(e))?;
    let chain = vec![CertificateDer::from(material.certificate.der.clone())];
    let certified = CertifiedKey::new(chain, signing_key);
    match certified.keys_match() {
        // Unknown: the provider cannot tell; the handshake will.
        Ok(()) | Err(rustls::Error::InconsistentKeys(InconsistentKeys::Unknown)) => Ok(certified),
        Err(rustls::Error::InconsistentKeys(_)) => {
            let same_file = key.path == crt.path;
            let certificate = if same_file {
                "its certificate".to_owned()
            } else {
                format!("the certificate in {}", crt.path.display())
            };
            Err(key.error(CredentialProblem::KeyMismatch { certificate }))
        }
        Err(e) => Err(crt.error(CredentialProblem::BadCertificate(e.to_string()))),
    }
}

fn roots(material: &Material<'_>) -> Result<RootCertStore, CredentialError> {
    let cas = material.cas;
    let mut roots = RootCertStore::empty();
    for block in &material.authorities {
        // A leaf as trust anchor would verify nothing; it stands here when files are swapped.
        if !cas.certificate(block)?.authority {
            continue;
        }
        let added = roots.add(CertificateDer::from(block.der.clone()));
        added.map_err(|e| cas.error(CredentialProblem::BadCertificate(e.to_string())))?;
    }
    if roots.is_empty() { Err(cas.missing("certificate of an authority", &cas.parts()?)) } else { Ok(roots) }
}

#[cfg(test)]
#[path = "credentials_tests.rs"]
mod tests;
