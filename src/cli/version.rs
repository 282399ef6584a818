//! `accessbot version`.

use accessbot_core::backend::BackendDef;

/// The version of the program, and the backends in it.
pub(super) fn version(backends: &[BackendDef]) -> String {
    let names: Vec<&str> = backends.iter().map(|b| b.name).collect();
    let contained = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    format!("accessbot {}\nbackends: {contained}\n", env!("CARGO_PKG_VERSION"))
}
