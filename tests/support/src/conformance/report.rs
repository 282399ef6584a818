//! What the suite found.

use std::fmt;

use super::rule::{Rule, Verdict};

/// What was found about one rule.
#[derive(Clone, Debug)]
pub struct Found {
    /// The rule's name.
    pub rule: &'static str,
    /// Its text.
    pub text: &'static str,
    /// What was seen, or why it was not tried.
    pub why: String,
}

/// What the suite found about a backend.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The names of the rules that hold.
    pub kept: Vec<&'static str>,
    /// The rules that are broken.
    pub broken: Vec<Found>,
    /// The rules that say nothing about this backend.
    pub not_applicable: Vec<Found>,
}

impl Report {
    pub(super) fn note(&mut self, rule: &'static Rule, verdict: Verdict) {
        let found = |why| Found { rule: rule.name, text: rule.text, why };
        match verdict {
            Verdict::Kept => self.kept.push(rule.name),
            Verdict::Broken(why) => self.broken.push(found(why)),
            Verdict::NotApplicable(why) => self.not_applicable.push(found(why)),
        }
    }

    /// Whether no rule is broken.
    pub fn conforms(&self) -> bool {
        self.broken.is_empty()
    }

    /// The names of the broken rules, sorted.
    pub fn broken_names(&self) -> Vec<&'static str> {
        names(&self.broken)
    }

    /// The names of the rules that say nothing about this backend, sorted.
    pub fn not_applicable_names(&self) -> Vec<&'static str> {
        names(&self.not_applicable)
    }
}

fn names(found: &[Found]) -> Vec<&'static str> {
    let mut names: Vec<_> = found.iter().map(|found| found.rule).collect();
    names.sort_unstable();
    names
}

/// For the message of a failed test.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} rules hold, {} are broken", self.kept.len(), self.broken.len())?;
        for found in &self.broken {
            writeln!(f, "broken: {}\n  rule: {}\n  seen: {}", found.rule, found.text, found.why)?;
        }
        for found in &self.not_applicable {
            writeln!(f, "not applicable: {} ({})", found.rule, found.why)?;
        }
        Ok(())
    }
}
