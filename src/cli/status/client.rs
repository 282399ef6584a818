//! Asks a running bot. Who answers there is not known, so the answer is limited in size and time, and believed to be no
//! more than words.

use std::io;
use std::path::Path;
use std::time::Duration;

use accessbot_core::engine::status::Status;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::time::timeout;

use super::QUESTION;

/// For everything.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of an answer, and several times what the longest one has.
const LARGEST: u64 = 32 << 20;

/// Why there is no status to show.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum AskError {
    /// Nobody is there.
    #[error("nobody answers there: {0}")]
    Nobody(io::Error),
    /// The bot hung up on us.
    #[error("whoever listens there hung up without an answer")]
    HungUp,
    /// The connection broke.
    #[error("the answer broke off: {0}")]
    Broken(io::Error),
    /// Nothing came in time.
    #[error("no answer within {} seconds", PATIENCE.as_secs())]
    TooLate,
    /// Too much came.
    #[error("the answer is longer than {LARGEST} bytes")]
    TooLong,
    /// It is no status.
    #[error("the answer is not a status: {0}")]
    Garbage(serde_json::Error),
}

impl AskError {
    pub(in crate::cli) fn hint(&self) -> &'static str {
        match self {
            Self::Nobody(_) => "is the bot running, with this file as its status.socket? Ask as its user, or as root",
            Self::HungUp => "only root and the user that the bot runs as are answered",
            Self::Broken(_) | Self::TooLate => "the bot may be ending, or stuck: its log says more",
            Self::TooLong | Self::Garbage(_) => "is it an accessbot of the same version that listens there?",
        }
    }
}

/// Asks the bot that listens at `path`.
pub(super) async fn ask(path: &Path) -> Result<Status, AskError> {
    let answer = timeout(PATIENCE, exchange(path)).await.map_err(|_| AskError::TooLate)??;
    serde_json::from_slice(&answer).map_err(AskError::Garbage)
}

async fn exchange(path: &Path) -> Result<Vec<u8>, AskError> {
    let mut stream = UnixStream::connect(path).await.map_err(AskError::Nobody)?;
    // Whoever hangs up before it has read this may have said something all the same.
    let asked = stream.write_all(QUESTION.as_bytes()).await;
    let mut answer = Vec::new();
    let read = stream.take(LARGEST + 1).read_to_end(&mut answer).await;
    if answer.is_empty() && (asked.is_err() || read.is_err()) {
        return Err(AskError::HungUp);
    }
    match read.map_err(AskError::Broken)? {
        0 => Err(AskError::HungUp),
        length if u64::try_from(length).is_ok_and(|length| length <= LARGEST) => Ok(answer),
        _ => Err(AskError::TooLong),
    }
}
