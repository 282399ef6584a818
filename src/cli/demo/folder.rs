//! A folder for the demo's files, which hold keys: nobody else can look into it, and it goes when the demo goes.

use std::io;
use std::path::{Path, PathBuf};

/// So many names are tried. Others are taken by demos that were killed, or by somebody who wants to be in the way.
const TRIES: u32 = 100;

/// The folder. It is removed, with everything in it, when this is dropped.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// Makes a new folder among the temporary ones. A folder that is there already is never taken: it may be a trap.
    pub(super) fn new() -> io::Result<Self> {
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        let mut taken = io::Error::from(io::ErrorKind::AlreadyExists);
        for n in 0..TRIES {
            let path = std::env::temp_dir().join(format!("accessbot-demo-{}-{n}", std::process::id()));
            match builder.create(&path) {
                Ok(()) => return Ok(Self(path)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => taken = error,
                Err(error) => return Err(error),
            }
        }
        Err(taken)
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Whoever has removed it already has done it for us.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_folder_is_private_new_and_gone_afterwards() {
        use std::os::unix::fs::PermissionsExt as _;
        let (one, other) = (Folder::new().unwrap(), Folder::new().unwrap());
        assert_ne!(one.path(), other.path());
        assert_eq!(std::fs::metadata(one.path()).unwrap().permissions().mode() & 0o777, 0o700);
        let path = one.path().to_owned();
        std::fs::write(path.join("key"), "secret").unwrap();
        drop(one);
        assert!(!path.exists());
    }
}
