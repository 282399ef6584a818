//! `accessbot configure`: an annotated configuration, in the words of the backends themselves.

use accessbot_core::backend::BackendDef;

/// The sections that every configuration has.
const GENERAL: &str = include_str!("configure.toml");

/// A configuration with these backends to fill in; with all of them when none is chosen.
pub(super) fn configuration(backends: &[BackendDef], chosen: &[String]) -> String {
    let mut text = GENERAL.to_owned();
    for backend in backends {
        if chosen.is_empty() || chosen.iter().any(|name| name == backend.name) {
            let example = backend.example.trim();
            text.push('\n');
            // An example may be the keys alone.
            if !example.lines().any(|line| line.trim() == format!("[{}]", backend.name)) {
                text.extend(["[", backend.name, "]\n"]);
            }
            text.push_str(example);
            text.push('\n');
        }
    }
    text
}
