//! Text that must never be shown: tokens, keys, passwords.

use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use secrecy::{ExposeSecret, SecretString};

use crate::appearance::Appearance;

/// The largest file that can hold a secret. Tokens have tens of bytes.
const LARGEST_FILE: u64 = 64 * 1024;

/// A secret. It has no way to be printed, logged or serialised; only [`Secret::expose`] gives it out, so that every use
/// can be found by that name. The memory is wiped when it is dropped.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes `text` as a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// The text itself. Hand it to the wire, never to a message.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// Why a secret could not be read. Names the file, never its content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot read the secret in {path}: {problem}")]
pub struct SecretError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub problem: String,
}

/// Where a secret comes from: the configuration itself, or a file that is read again whenever it changes.
#[derive(Clone, Debug)]
pub struct SecretSource(Source);

#[derive(Clone, Debug)]
enum Source {
    Fixed(Secret),
    File { path: PathBuf, last: Arc<Mutex<Option<Read>>> },
}

/// What was read last, and how the file looked then.
#[derive(Clone, Debug)]
struct Read {
    seen: Appearance,
    secret: Secret,
}

impl SecretSource {
    /// A secret that stands in the configuration.
    pub fn fixed(secret: Secret) -> Self {
        Self(Source::Fixed(secret))
    }

    /// A secret in a file.
    pub fn file(path: PathBuf) -> Self {
        Self(Source::File { path, last: Arc::default() })
    }

    /// The secret as it is now. A file is read only if it changed since the last time; space around its text is cut off.
    ///
    /// # Errors
    /// When the file cannot be read, is empty, too large or no text.
    pub fn current(&self) -> Result<Secret, SecretError> {
        let (path, last) = match &self.0 {
            Source::Fixed(secret) => return Ok(secret.clone()),
            Source::File { path, last } => (path, last),
        };
        let failed = |problem: String| SecretError { path: path.clone(), problem };
        // Before it is read: what is written meanwhile is seen the next time.
        let seen = Appearance::of([path.as_path()]);
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(read) = last.as_ref().filter(|read| read.seen == seen) {
            return Ok(read.secret.clone());
        }
        let secret = read_file(path).map_err(failed)?;
        *last = Some(Read { seen, secret: secret.clone() });
        Ok(secret)
    }
}

fn read_file(path: &Path) -> Result<Secret, String> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|e| e.to_string())?;
    file.take(LARGEST_FILE + 1).read_to_end(&mut bytes).map_err(|e| e.to_string())?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(format!("larger than {LARGEST_FILE} bytes"));
    }
    let text = String::from_utf8(bytes).map_err(|_| "not a text".to_owned())?;
    match text.trim() {
        "" => Err("empty".to_owned()),
        text => Ok(Secret::new(text)),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn debug_does_not_show_it() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "[secret]");
        assert!(!format!("{:?}", SecretSource::fixed(Secret::new("hunter2"))).contains("hunter2"));
    }

    #[test]
    fn a_file_is_trimmed_and_read_again_when_it_changes() {
        let dir = std::env::temp_dir().join(format!("accessbot-secret-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let path = dir.join("token");
        let source = SecretSource::file(path.clone());
        assert!(source.current().is_err());
        fs::write(&path, " one\n").unwrap();
        assert_eq!(source.current().unwrap().expose(), "one");
        fs::write(&path, "two-longer\n").unwrap();
        assert_eq!(source.current().unwrap().expose(), "two-longer");
        // Another file takes its place, as long and as old: a link to a folder that is replaced does that.
        let moment = fs::metadata(&path).unwrap().modified().unwrap();
        fs::write(dir.join("other"), "six-longer\n").unwrap();
        File::options().write(true).open(dir.join("other")).unwrap().set_modified(moment).unwrap();
        fs::rename(dir.join("other"), &path).unwrap();
        assert_eq!(source.current().unwrap().expose(), "six-longer");
        fs::write(&path, "\n").unwrap();
        assert!(source.current().unwrap_err().to_string().ends_with("empty"));
        fs::remove_dir_all(&dir).unwrap();
    }
}
