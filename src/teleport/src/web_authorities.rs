//! Who is trusted with the web certificate of a proxy, beside those whom the machine trusts.

use std::path::Path;

use rustls::RootCertStore;
use rustls_pki_types::CertificateDer;

use crate::credential_error::{CredentialError, CredentialProblem, FileRole};
use crate::credential_file::CredentialFile;

/// Authorities for the web that an operator added. They have no say about the cluster itself: its servers are known by the
/// cluster's own authorities alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebAuthorities(Vec<CertificateDer<'static>>);

impl WebAuthorities {
    /// Reads a PEM file with one certificate or more.
    pub fn load(path: &Path) -> Result<Self, CredentialError> {
        Self::read(&CredentialFile::read(FileRole::ExtraCa, path)?)
    }

    /// The same from a text.
    pub fn from_pem(text: &str) -> Result<Self, CredentialError> {
        Self::read(&CredentialFile::new(FileRole::ExtraCa, Path::new("(in memory)"), text.to_owned())?)
    }

    fn read(file: &CredentialFile) -> Result<Self, CredentialError> {
        let parts = file.parts()?;
        let mut found = Vec::new();
        for block in parts.blocks.iter().filter(|block| block.is_certificate()) {
            file.certificate(block)?;
            let certificate = CertificateDer::from(block.der.clone());
            let usable = RootCertStore::empty().add(certificate.clone());
            usable.map_err(|e| file.error(CredentialProblem::BadCertificate(e.to_string())))?;
            found.push(certificate);
        }
        if found.is_empty() { Err(file.missing("certificate of an authority", &parts)) } else { Ok(Self(found)) }
    }

    /// The certificates.
    pub(crate) fn certificates(&self) -> Vec<CertificateDer<'static>> {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_certificates_is_refused() {
        let refused = |text: &str| WebAuthorities::from_pem(text).unwrap_err().to_string();
        assert_eq!(refused(""), "extra_ca (in memory): is empty");
        assert_eq!(
            refused("hello"),
            "extra_ca (in memory): holds text that is not PEM, but no certificate of an authority"
        );
        assert_eq!(
            refused("-----BEGIN CERTIFICATE-----\nAQ==\n-----END CERTIFICATE-----"),
            "extra_ca (in memory): holds a certificate that cannot be read: it is damaged"
        );
    }
}
