//! Credentials on disk, as `tctl auth sign` writes them.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::authority::Credentials;
use crate::common::error::SandboxError;

/// Where the credentials of a user were written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialPaths {
    /// The certificate, `NAME.crt`.
    pub crt: PathBuf,
    /// The private key, `NAME.key`.
    pub key: PathBuf,
    /// The authorities, `NAME.cas`.
    pub cas: PathBuf,
    /// The identity file, `NAME.pem`.
    pub identity: PathBuf,
}

/// Writes `NAME.crt`, `NAME.key`, `NAME.cas` and `NAME.pem` into a folder, which is made if it is not there.
pub(crate) fn write(credentials: &Credentials, name: &str, dir: &Path) -> Result<CredentialPaths, SandboxError> {
    fs::create_dir_all(dir).map_err(|source| SandboxError::Write { path: dir.to_owned(), source })?;
    let path = |extension: &str| dir.join(format!("{name}.{extension}"));
    let paths = CredentialPaths { crt: path("crt"), key: path("key"), cas: path("cas"), identity: path("pem") };
    for (path, text) in [
        (&paths.crt, &credentials.certificate),
        (&paths.key, &credentials.key),
        (&paths.cas, &credentials.host_authorities),
        (&paths.identity, &credentials.identity),
    ] {
        write_private(path, text).map_err(|source| SandboxError::Write { path: path.clone(), source })?;
    }
    Ok(paths)
}

/// Writes what everybody may know.
pub(crate) fn write_public(path: &Path, text: &str) -> Result<(), SandboxError> {
    fs::write(path, text).map_err(|source| SandboxError::Write { path: path.to_owned(), source })
}

/// Replaces the file at one blow, so that a bot which reads it again never sees half of it. Nobody else may read it.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut new = path.as_os_str().to_owned();
    new.push(".new");
    let new = PathBuf::from(new);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&new)?.write_all(text.as_bytes())?;
    fs::rename(new, path)
}
