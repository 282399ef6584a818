//! What a check has found so far.

use accessbot_core::backend::{Finding, Verdict};

/// What a finding is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Area {
    /// The configuration.
    Config,
    /// The files that say who we are, the way to Teleport, the server, and what it lets us do.
    Teleport,
    /// A chat system, by its section.
    Chat(String),
}

impl Area {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Config => "config",
            Self::Teleport => "teleport",
            Self::Chat(name) => name,
        }
    }
}

/// One line of the report.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// What it is about.
    pub area: Area,
    /// What was tried and found.
    pub finding: Finding,
}

/// All findings, in the order in which things were tried.
#[derive(Clone, Debug, Default)]
pub(super) struct Report {
    /// The lines.
    pub lines: Vec<Line>,
    /// A role with the permissions that are missing, if any, for `tctl create -f`.
    pub role: Option<String>,
    exit_code: u8,
}

impl Report {
    /// Adds a finding. `code` is what the program ends with if it is a failure and the first one.
    pub(super) fn add(&mut self, area: Area, code: u8, finding: Finding) {
        if self.exit_code == 0 && is_failure(finding.verdict) {
            self.exit_code = code;
        }
        self.lines.push(Line { area, finding });
    }

    /// What the program ends with: 0 unless something failed.
    pub(super) fn exit_code(&self) -> u8 {
        self.exit_code
    }

    /// How many lines have failed, and how many are warnings.
    pub(super) fn counts(&self) -> (usize, usize) {
        let count = |wanted: fn(Verdict) -> bool| self.lines.iter().filter(|l| wanted(l.finding.verdict)).count();
        (count(is_failure), count(|verdict| verdict == Verdict::Warning))
    }
}

fn is_failure(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Failure | Verdict::Refused)
}

/// The word for a verdict.
pub(super) fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ok => "ok",
        Verdict::Warning => "warning",
        Verdict::Failure | Verdict::Refused => "failure",
    }
}
