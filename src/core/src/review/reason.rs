//! Whether whoever decides must say why.

use regex_lite::Regex;

use crate::backend::decision::ReasonRule;

/// The longest reason that is taken, in bytes: Teleport refuses more than 4096, and others' names may go with it.
pub const LONGEST_REASON: usize = 3000;

/// Whether whoever decides must say why, and in which form.
#[derive(Clone, Debug, Default)]
pub struct ReasonPolicy {
    /// Whether they are asked.
    pub rule: ReasonRule,
    /// What a reason must match somewhere, such as the number of a ticket.
    pub pattern: Option<Regex>,
}

/// Why a reason will not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReasonProblem {
    /// There is none.
    Missing,
    /// It is too long.
    TooLong,
    /// It does not have the form that the operator wants.
    Mismatch,
}

impl ReasonProblem {
    /// What to tell whoever gave it.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Missing => "A reason is needed for this decision; please decide again and give one.",
            Self::TooLong => "This reason is too long; please say it in at most 3000 bytes.",
            Self::Mismatch => {
                "This reason does not have the form that is asked for here, such as the number of a ticket."
            }
        }
    }
}

impl ReasonPolicy {
    /// Whether `reason` will do.
    ///
    /// # Errors
    /// Why it will not.
    pub fn check(&self, reason: Option<&str>) -> Result<(), ReasonProblem> {
        let reason = reason.map(str::trim).filter(|reason| !reason.is_empty());
        match (reason, self.rule) {
            (None, ReasonRule::Required) => Err(ReasonProblem::Missing),
            (Some(reason), _) if reason.len() > LONGEST_REASON => Err(ReasonProblem::TooLong),
            (Some(reason), ReasonRule::Optional | ReasonRule::Required)
                if self.pattern.as_ref().is_some_and(|pattern| !pattern.is_match(reason)) =>
            {
                Err(ReasonProblem::Mismatch)
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_asked_for_as_the_operator_wants() {
        let pattern = || Some(Regex::new("^INC-[0-9]+").unwrap());
        let long = "x".repeat(LONGEST_REASON + 1);
        for (rule, pattern, reason, expected) in [
            (ReasonRule::Off, None, None, Ok(())),
            (ReasonRule::Off, None, Some("because"), Ok(())),
            (ReasonRule::Off, None, Some(long.as_str()), Err(ReasonProblem::TooLong)),
            (ReasonRule::Optional, pattern(), None, Ok(())),
            (ReasonRule::Optional, pattern(), Some("INC-7"), Ok(())),
            (ReasonRule::Optional, pattern(), Some("because"), Err(ReasonProblem::Mismatch)),
            (ReasonRule::Required, None, Some("because"), Ok(())),
            (ReasonRule::Required, None, Some(" \n"), Err(ReasonProblem::Missing)),
            (ReasonRule::Required, pattern(), None, Err(ReasonProblem::Missing)),
            (ReasonRule::Required, pattern(), Some("see INC-7"), Err(ReasonProblem::Mismatch)),
        ] {
            assert_eq!(ReasonPolicy { rule, pattern }.check(reason), expected, "{rule:?} {reason:?}");
        }
    }
}
