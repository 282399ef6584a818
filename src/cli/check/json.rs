//! The report for programs: one JSON object.

use serde_json::{Value, json};

use super::report::{Report, word};

/// The report as JSON: `{"ok": …, "exit_code": …, "findings": [{"area", "verdict", "subject", "found", "hint"}], "role"}`.
/// `hint` and `role` are null where there is none.
pub(super) fn render(report: &Report) -> String {
    let finding = |line: &super::report::Line| {
        let finding = &line.finding;
        json!({
            "area": line.area.name(),
            "verdict": word(finding.verdict),
            "subject": finding.subject,
            "found": finding.found,
            "hint": finding.hint,
        })
    };
    let findings: Vec<Value> = report.lines.iter().map(finding).collect();
    let code = report.exit_code();
    let whole = json!({"ok": code == 0, "exit_code": code, "findings": findings, "role": report.role});
    format!("{whole:#}\n")
}
