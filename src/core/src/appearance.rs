//! Whether files have changed, by a look from outside: files of secrets, credentials and certificates are read again then.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::SystemTime;

/// How some files look from outside; changes when one of them is written, or another takes its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appearance(Vec<Option<Look>>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Look {
    modified: SystemTime,
    len: u64,
    /// Which file it is, whatever its name: one that a link leads to may be as long and as old as the one before.
    file: (u64, u64),
}

impl Appearance {
    /// How these files look now. One that is not there looks like any other that is not.
    pub fn of<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Self {
        let look = |path: &Path| {
            let metadata = std::fs::metadata(path).ok()?;
            let file = (metadata.dev(), metadata.ino());
            Some(Look { modified: metadata.modified().ok()?, len: metadata.len(), file })
        };
        Self(paths.into_iter().map(look).collect())
    }
}
