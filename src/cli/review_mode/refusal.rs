//! Why the bot does not start with a way of deciding.

use std::fmt;

use accessbot_core::backend::Finding;
use accessbot_core::review::Mode;

/// What does not work, in the order in which it was tried, and the role that would make it good.
#[derive(Debug)]
pub(in crate::cli) struct Refusal {
    /// The way of deciding.
    pub(super) mode: Mode,
    /// What the program ends with.
    pub(super) code: u8,
    /// What does not work, each with its own exit code. Never empty.
    pub(super) failures: Vec<(u8, Finding)>,
    /// A role with what is missing, for `tctl create -f`.
    pub(super) role: Option<String>,
}

impl Refusal {
    /// What the program ends with.
    pub(in crate::cli) fn code(&self) -> u8 {
        self.code
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "review.mode \"{}\" cannot work here:", self.mode.name())?;
        for (_, finding) in &self.failures {
            write!(f, "\n  {}: {}", finding.subject, finding.found)?;
            if let Some(hint) = &finding.hint {
                write!(f, "\n    hint: {hint}")?;
            }
        }
        match &self.role {
            Some(role) => write!(f, "\nwhat is missing, as a role for `tctl create -f`:\n\n{}", role.trim_end()),
            None => Ok(()),
        }
    }
}
