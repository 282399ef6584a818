//! The report for people: one line each, and below it how to mend what is wrong.

use std::fmt::Write as _;

use super::report::{Report, word};
use crate::cli::lines::{one_line, plural};

/// The report as text.
pub(super) fn render(report: &Report) -> String {
    let mut text = String::new();
    let wide = report.lines.iter().map(|line| line.area.name().len()).max().unwrap_or_default();
    for line in &report.lines {
        let finding = &line.finding;
        let found = one_line(&finding.found);
        let (verdict, area, subject) = (word(finding.verdict), line.area.name(), one_line(&finding.subject));
        let _ = writeln!(text, "{verdict:<8} {area:<wide$} {subject}: {found}");
        if let Some(hint) = &finding.hint {
            let _ = writeln!(text, "{:<8} {:<wide$} hint: {}", "", "", one_line(hint));
        }
    }
    if let Some(role) = &report.role {
        let _ = write!(text, "\nwhat is missing, as a role for `tctl create -f`:\n\n{role}");
    }
    let (failures, warnings) = report.counts();
    let _ = writeln!(text, "\n{}, {}", plural(failures, "failure"), plural(warnings, "warning"));
    text
}
