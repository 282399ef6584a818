//! A file that is appended to, such as the log, and that others rotate.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Clones append to the same file.
#[derive(Clone)]
pub(super) struct AppendedFile(Arc<Inner>);

struct Inner {
    path: PathBuf,
    /// Who may do what with the file if it has to be made, before the process's mask.
    mode: u32,
    file: Mutex<File>,
}

impl AppendedFile {
    /// Opens the file, which is made with this mode if it is not there.
    pub(super) fn open(path: &Path, mode: u32) -> io::Result<Self> {
        let file = Mutex::new(append(path, mode)?);
        Ok(Self(Arc::new(Inner { path: path.to_owned(), mode, file })))
    }

    /// Opens the file of that name anew, after it was rotated. If that fails the old one goes on.
    pub(super) fn reopen(&self) -> io::Result<()> {
        let anew = append(&self.0.path, self.0.mode)?;
        *self.0.file.lock().unwrap_or_else(PoisonError::into_inner) = anew;
        Ok(())
    }

    /// Appends all of it.
    pub(super) fn write_all(&self, bytes: &[u8]) -> io::Result<()> {
        self.0.file.lock().unwrap_or_else(PoisonError::into_inner).write_all(bytes)
    }
}

fn append(path: &Path, mode: u32) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(mode).open(path)
}
