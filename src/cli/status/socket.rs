//! The socket's file: who may reach it, and what becomes of one that was left behind.

use std::fs::{self, DirBuilder, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

/// Why the bot cannot listen for `accessbot status`.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum SocketError {
    /// Others could come in.
    #[error("its folder can be entered by others than its owner (mode {mode:04o})")]
    OpenFolder {
        /// The folder's permissions.
        mode: u32,
    },
    /// The folder is not ours.
    #[error("its folder belongs to the user with id {owner}, and the bot runs as {own}")]
    ForeignFolder {
        /// Whose it is.
        owner: u32,
        /// Who we are.
        own: u32,
    },
    /// Something else is there.
    #[error("there is something of that name already which is no socket")]
    NoSocket,
    /// A process answers there.
    #[error("another process listens there")]
    Live,
    /// The operating system refuses.
    #[error("cannot {action}: {source}")]
    System {
        /// What was tried.
        action: &'static str,
        /// What it says.
        source: io::Error,
    },
}

impl SocketError {
    /// Whether another configuration would help.
    pub(in crate::cli) fn is_mistake(&self) -> bool {
        matches!(self, Self::OpenFolder { .. } | Self::ForeignFolder { .. } | Self::NoSocket)
    }

    pub(in crate::cli) fn hint(&self) -> &'static str {
        match self {
            Self::OpenFolder { .. } => "chmod 700 the folder, or name one in status.socket that is not there yet",
            Self::ForeignFolder { .. } => "name a folder of the bot's own user in status.socket",
            Self::NoSocket => "remove it, or choose another name in status.socket",
            Self::Live => "stop the other bot, or give this one a status.socket of its own",
            Self::System { .. } => "name a socket in status.socket that the bot's user can make",
        }
    }
}

/// The socket's file. It is removed when this is dropped, unless it is another one by then.
#[derive(Debug)]
pub(in crate::cli) struct SocketFile {
    path: PathBuf,
    identity: (u64, u64),
    /// The user that made it: ourselves.
    pub(super) owner: u32,
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if fs::symlink_metadata(&self.path).is_ok_and(|found| identity(&found) == self.identity) {
            // A file that stays behind is replaced at the next start.
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn identity(found: &Metadata) -> (u64, u64) {
    (found.dev(), found.ino())
}

fn failed(action: &'static str) -> impl Fn(io::Error) -> SocketError {
    move |source| SocketError::System { action, source }
}

/// Makes the socket, with its folder if that is missing, so that nobody but our own user (and root) can reach it.
///
/// # Errors
/// When others could reach it, somebody listens there already, or the operating system refuses.
pub(in crate::cli) fn bind(path: &Path) -> Result<(UnixListener, SocketFile), SocketError> {
    // A name without a folder is in the working directory.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let owner = prepare(folder)?;
    let listener = match UnixListener::bind(path) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            remove_dead(path)?;
            UnixListener::bind(path)
        }
        bound => bound,
    };
    let listener = listener.map_err(failed("listen there"))?;
    let made = fs::symlink_metadata(path).map_err(failed("look at what was made there"))?;
    let file = SocketFile { path: path.to_owned(), identity: identity(&made), owner: made.uid() };
    if owner != file.owner {
        return Err(SocketError::ForeignFolder { owner, own: file.owner });
    }
    // Until here the folder alone has kept others out.
    fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(failed("set its permissions"))?;
    listener.set_nonblocking(true).map_err(failed("listen there"))?;
    Ok((listener, file))
}

/// Sees to it that the folder is there and only its owner can enter it, and tells the owner.
fn prepare(folder: &Path) -> Result<u32, SocketError> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(failed("make its folder")(error)),
        _ => {}
    }
    let found = fs::metadata(folder).map_err(failed("look at its folder"))?;
    let mode = found.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(SocketError::OpenFolder { mode });
    }
    Ok(found.uid())
}

/// Removes the socket of a process that has ended.
fn remove_dead(path: &Path) -> Result<(), SocketError> {
    let found = fs::symlink_metadata(path).map_err(failed("look at what is there"))?;
    if !found.file_type().is_socket() {
        return Err(SocketError::NoSocket);
    }
    match UnixStream::connect(path) {
        Ok(_) => Err(SocketError::Live),
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            fs::remove_file(path).map_err(failed("remove the socket of a process that has ended"))
        }
        // So many wait there that no more are let in.
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(SocketError::Live),
        Err(error) => Err(failed("find out whether a process listens there")(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn only_the_owner_can_reach_it_and_it_goes_when_the_bot_goes() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("made/status.sock");
        let (listener, file) = bind(&path).unwrap();
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        assert!(matches!(bind(&path), Err(SocketError::Live)), "somebody listens there");
        drop((listener, file));
        assert!(!path.exists());
    }

    #[test]
    fn what_a_dead_process_left_is_replaced_and_what_another_made_is_left() {
        let place = tempfile::tempdir().unwrap();
        fs::set_permissions(place.path(), Permissions::from_mode(0o700)).unwrap();
        let path = place.path().join("status.sock");
        drop(UnixListener::bind(&path).unwrap());
        let (_listener, file) = bind(&path).unwrap();
        fs::remove_file(&path).unwrap();
        fs::write(&path, "of somebody else").unwrap();
        drop(file);
        assert!(matches!(bind(&path), Err(SocketError::NoSocket)));
        assert_eq!(fs::read_to_string(&path).unwrap(), "of somebody else");
    }

    #[test]
    fn a_folder_that_others_can_enter_is_refused() {
        let place = tempfile::tempdir().unwrap();
        for open in [0o755, 0o710, 0o1777] {
            fs::set_permissions(place.path(), Permissions::from_mode(open)).unwrap();
            let refused = bind(&place.path().join("status.sock"));
            assert!(matches!(refused, Err(SocketError::OpenFolder { mode }) if mode == open), "{refused:?}");
        }
    }
}
