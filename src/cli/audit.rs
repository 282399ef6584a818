//! The file of the audit trail: a line of JSON for each decision and each refusal.

use std::io;
use std::path::Path;

use accessbot_core::review::audit::AuditFile;

use super::appended::AppendedFile;

/// Owner and group may read it: it holds names, and what people wrote.
const MODE: u32 = 0o640;

/// The trail. Clones write to the same file; whoever rotates it has it [opened anew](Self::reopen).
#[derive(Clone)]
pub(super) struct Trail {
    file: AppendedFile,
    /// Whether the last line may have been written in part.
    torn: bool,
}

impl Trail {
    /// Opens the file.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { file: AppendedFile::open(path, MODE)?, torn: false })
    }

    /// Opens the file of that name anew.
    pub(super) fn reopen(&self) -> io::Result<()> {
        self.file.reopen()
    }
}

impl AuditFile for Trail {
    fn write(&mut self, line: &str) -> io::Result<()> {
        // After half a line, as on a full disk, the next one begins on a line of its own.
        let whole = format!("{}{line}\n", if self.torn { "\n" } else { "" });
        let written = self.file.write_all(whole.as_bytes());
        self.torn = written.is_err();
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_appended_and_go_on_in_a_new_file_after_a_rotation() {
        let folder = tempfile::tempdir().unwrap();
        let (path, old) = (folder.path().join("audit.jsonl"), folder.path().join("audit.jsonl.1"));
        std::fs::write(&path, "{\"before\":1}\n").unwrap();
        let mut trail = Trail::open(&path).unwrap();
        let rotation = trail.clone();
        trail.write("{\"a\":1}").unwrap();
        std::fs::rename(&path, &old).unwrap();
        trail.write("{\"b\":2}").unwrap();
        rotation.reopen().unwrap();
        trail.write("{\"c\":3}").unwrap();
        assert_eq!(std::fs::read_to_string(&old).unwrap(), "{\"before\":1}\n{\"a\":1}\n{\"b\":2}\n");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "{\"c\":3}\n");
    }

    #[test]
    fn a_line_after_a_failure_stands_alone() {
        // The device takes nothing.
        let mut trail = Trail::open(Path::new("/dev/full")).unwrap();
        assert!(trail.write("{}").is_err());
        assert!(trail.torn);
    }
}
