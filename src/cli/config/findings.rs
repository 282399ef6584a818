//! What is found while the configuration is read: mistakes, which end the start, and notes, which the log tells.

use accessbot_core::backend::ConfigError;

/// Something that the operator should know and that is no mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Note {
    /// Whether it asks for a change, sooner or later.
    pub warning: bool,
    /// What there is to know. Never a secret.
    pub text: String,
}

/// Mistakes and notes, in the order in which they were found.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// What keeps the program from starting.
    pub errors: Vec<ConfigError>,
    /// What it says when it has started.
    pub notes: Vec<Note>,
}

impl Findings {
    /// Remembers a mistake, once.
    pub(super) fn error(&mut self, error: ConfigError) {
        if !self.errors.contains(&error) {
            self.errors.push(error);
        }
    }

    /// Remembers something that is not as the operator may think.
    pub(super) fn warn(&mut self, text: impl Into<String>) {
        self.note(true, text.into());
    }

    /// Remembers something that is good to know.
    pub(super) fn info(&mut self, text: impl Into<String>) {
        self.note(false, text.into());
    }

    fn note(&mut self, warning: bool, text: String) {
        let note = Note { warning, text };
        // The same old spelling in two layers is one piece of advice.
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Takes the value, or remembers the mistakes.
    pub(super) fn take<T>(&mut self, result: Result<T, Vec<ConfigError>>) -> Option<T> {
        result.map_err(|errors| errors.into_iter().for_each(|error| self.error(error))).ok()
    }
}
