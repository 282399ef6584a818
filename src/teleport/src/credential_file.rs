//! One credential file: read within limits, taken apart, and described when it is not what was wanted.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::certificate::Certificate;
use crate::credential_error::{CredentialError, CredentialProblem, FileRole};
use crate::pem::{self, Block, Parts};

/// The largest file that is read. A credential has a few kilobytes, even with many authorities.
const LARGEST_FILE: u64 = 1024 * 1024;

/// A file's text, and what it was given for.
pub(crate) struct CredentialFile {
    pub(crate) role: FileRole,
    pub(crate) path: PathBuf,
    text: String,
}

impl CredentialFile {
    pub(crate) fn read(role: FileRole, path: &Path) -> Result<Self, CredentialError> {
        let failed = |problem| CredentialError { role, path: path.to_owned(), problem };
        let unreadable = |e: std::io::Error| failed(CredentialProblem::Unreadable(e.to_string()));
        let mut bytes = Vec::new();
        File::open(path).map_err(unreadable)?.take(LARGEST_FILE + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        if bytes.len() as u64 > LARGEST_FILE {
            return Err(failed(CredentialProblem::TooLarge));
        }
        let text = String::from_utf8(bytes).map_err(|_| failed(CredentialProblem::Binary))?;
        Self::new(role, path, text)
    }

    pub(crate) fn new(role: FileRole, path: &Path, text: String) -> Result<Self, CredentialError> {
        let file = Self { role, path: path.to_owned(), text };
        if file.text.trim().is_empty() { Err(file.error(CredentialProblem::Empty)) } else { Ok(file) }
    }

    pub(crate) fn parts(&self) -> Result<Parts<'_>, CredentialError> {
        pem::parts(&self.text).map_err(|e| self.error(e))
    }

    pub(crate) fn certificate(&self, block: &Block) -> Result<Certificate, CredentialError> {
        Certificate::parse(&block.der).map_err(|e| self.error(CredentialProblem::BadCertificate(e)))
    }

    pub(crate) fn error(&self, problem: impl Into<CredentialProblem>) -> CredentialError {
        CredentialError { role: self.role, path: self.path.clone(), problem: problem.into() }
    }

    /// The error that `wanted` is not there, which names what is.
    pub(crate) fn missing(&self, wanted: &'static str, parts: &Parts<'_>) -> CredentialError {
        self.error(CredentialProblem::Missing { wanted, found: describe(parts) })
    }
}

/// What a file holds, in words.
fn describe(parts: &Parts<'_>) -> String {
    let mut found: Vec<String> = Vec::new();
    for block in &parts.blocks {
        let what = if block.is_private_key() {
            format!("a private key ({})", block.label)
        } else if block.is_certificate() {
            match Certificate::parse(&block.der) {
                Ok(certificate) if certificate.authority => "the certificate of an authority".to_owned(),
                Ok(certificate) => format!("the certificate of `{}`", certificate.user),
                Err(_) => "a certificate".to_owned(),
            }
        } else {
            format!("`{}`", block.label)
        };
        if !found.contains(&what) {
            found.push(what);
        }
    }
    if parts.lines.iter().any(|line| is_ssh_certificate(line)) {
        found.push("an OpenSSH certificate".to_owned());
    } else if parts.lines.iter().any(|line| line.starts_with("ssh-") || line.starts_with("ecdsa-")) {
        found.push("an OpenSSH public key".to_owned());
    } else if found.is_empty() {
        found.push("text that is not PEM".to_owned());
    }
    found.join(" and ")
}

/// Whether a line is an OpenSSH certificate in the form of `authorized_keys`.
pub(crate) fn is_ssh_certificate(line: &str) -> bool {
    line.split_whitespace().next().is_some_and(|kind| kind.ends_with("@openssh.com") && kind.contains("-cert-v"))
}
