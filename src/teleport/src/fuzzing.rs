//! Parsers that nobody can reach from outside, for the fuzz targets: no part of the interface.

use std::path::Path;

use accessbot_core::clock::Timestamp;

use crate::certificate::Certificate;
use crate::credential_error::{CredentialError, FileRole};
use crate::credential_file::CredentialFile;
use crate::credentials::Credentials;
use crate::pem::Block;
use crate::{identity_file, private_key};

/// Credentials from the text of an identity file.
pub fn identity_file(text: &str, now: Timestamp) -> Result<Credentials, CredentialError> {
    let file = CredentialFile::new(FileRole::Identity, Path::new("(in memory)"), text.to_owned())?;
    identity_file::credentials(&file, now)
}

/// What a certificate says.
pub fn certificate(der: &[u8]) -> Option<Certificate> {
    Certificate::parse(der).ok()
}

/// Whether the content of a PEM block of this label is a private key.
pub fn private_key(label: &str, der: &[u8]) -> bool {
    let block = Block { label: label.to_owned(), der: der.to_owned(), encrypted: false };
    private_key::read(&block, rustls::crypto::ring::default_provider().key_provider).is_ok()
}
