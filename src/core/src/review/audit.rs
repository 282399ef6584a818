//! The audit trail: one line of JSON for every decision and every refusal.

use std::sync::Mutex;

use serde::Serialize;

use crate::clock::Timestamp;

/// The target under which audit lines are logged.
pub const TARGET: &str = "accessbot::audit";

/// What happened. Everything in it that is not ours is text from outside; JSON keeps it in its place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// When.
    pub time: String,
    /// Which event: a `decision` that somebody takes, or what becomes of a `vote` later.
    pub event: &'static str,
    /// In which cluster.
    pub cluster: String,
    /// About which request.
    pub request: String,
    /// In which chat.
    pub chat: String,
    /// The chat account.
    pub chat_user_id: String,
    /// Its name, if the chat server told it.
    pub chat_user_name: Option<String>,
    /// The Teleport user that it was mapped to.
    pub teleport_user: Option<String>,
    /// How it was mapped: `map`, `trait` or `email`.
    pub mapped_by: Option<&'static str>,
    /// `approve` or `deny`.
    pub action: Option<&'static str>,
    /// Why, in that person's words.
    pub reason: Option<String>,
    /// By what means: `button`, `reply` or `reaction`.
    pub input: Option<&'static str>,
    /// On which message.
    pub message: String,
    /// In which mode.
    pub mode: &'static str,
    /// What became of it, in one word.
    pub result: &'static str,
    /// Why it was refused, or what else an auditor should know.
    pub detail: Option<String>,
}

impl Entry {
    /// An entry of this moment.
    pub fn at(event: &'static str, now: Timestamp) -> Self {
        Self { time: now.to_string(), event, ..Self::default() }
    }
}

/// Where lines are kept beside the log.
pub trait AuditFile: Send {
    /// Keeps a line, which has no line break in it.
    ///
    /// # Errors
    /// When it could not be kept.
    fn write(&mut self, line: &str) -> std::io::Result<()>;
}

/// Takes down entries: as log lines under [`TARGET`], and in a file if there is one.
#[derive(Default)]
pub struct AuditLog {
    file: Option<Mutex<Box<dyn AuditFile>>>,
}

impl AuditLog {
    /// One that keeps its lines in `file` too.
    pub fn with_file(file: Box<dyn AuditFile>) -> Self {
        Self { file: Some(Mutex::new(file)) }
    }

    /// Takes down an entry. A line that cannot be kept is an error in the log, which has it as well.
    pub fn note(&self, entry: &Entry) {
        let Ok(line) = serde_json::to_string(entry) else { return };
        tracing::info!(target: TARGET, "{line}");
        if let Some(file) = &self.file {
            let mut file = file.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            if let Err(error) = file.write(&line) {
                tracing::error!(%error, "an audit line could not be written to the audit file\n  hint: look at its disk and permissions");
            }
        }
    }
}

impl std::fmt::Debug for AuditLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuditLog").field("file", &self.file.is_some()).finish()
    }
}
