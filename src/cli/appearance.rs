//! Whether files have changed, by a look from outside.

use std::path::Path;
use std::time::SystemTime;

/// How some files look from outside; changes when one of them is written.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Appearance(Vec<Option<(SystemTime, u64)>>);

impl Appearance {
    /// How these files look now.
    pub(super) fn of<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Self {
        let look = |path: &Path| {
            let metadata = std::fs::metadata(path).ok()?;
            Some((metadata.modified().ok()?, metadata.len()))
        };
        Self(paths.into_iter().map(look).collect())
    }
}
