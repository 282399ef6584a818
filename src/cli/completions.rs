//! `accessbot completions`: what a shell must know to complete our arguments.

use accessbot_core::backend::BackendDef;
use clap_complete::Shell;

use super::arguments;

/// The script for `shell`.
pub(super) fn script(backends: &[BackendDef], shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut arguments::command(backends), arguments::NAME, &mut script);
    String::from_utf8_lossy(&script).into_owned()
}
