//! Teleport's identity file: private key, OpenSSH certificate, TLS certificate and authorities in one text.
//!
//! Reading rules as in api/identityfile of gravitational/teleport (v7 to v18): line by line, unknown lines skipped; the first
//! certificate is the client's, all later ones are authorities. The OpenSSH parts are for tunnels; they are not used here.

use accessbot_core::clock::Timestamp;

use crate::credential_error::CredentialError;
use crate::credential_file::CredentialFile;
use crate::credentials::{Credentials, Material, assemble};
use crate::pem::Block;

pub(crate) fn credentials(file: &CredentialFile, now: Timestamp) -> Result<Credentials, CredentialError> {
    let parts = file.parts()?;
    let mut certificates = parts.blocks.iter().filter(|b| b.is_certificate());
    let private_key = parts.blocks.iter().find(|b| b.is_private_key());
    let private_key = private_key.ok_or_else(|| file.missing("private key", &parts))?;
    let certificate = certificates.next().ok_or_else(|| file.missing("TLS certificate", &parts))?;
    let authorities: Vec<&Block> = certificates.collect();
    if authorities.is_empty() {
        // Without them the server could not be verified; files of very old tools lack them.
        return Err(file.missing("certificate of an authority", &parts));
    }
    assemble(&Material { crt: file, certificate, key: file, private_key, cas: file, authorities }, now)
}
