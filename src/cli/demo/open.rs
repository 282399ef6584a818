//! Opening the page in the browser that the desktop prefers.

use std::io;
use std::process::{Command, Stdio};

/// The program that opens an address.
const OPENER: &str = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };

/// Opens `url`. Whether a browser shows it is not known.
///
/// # Errors
/// When the desktop's opener cannot be run.
pub(super) fn in_browser(url: &str) -> io::Result<()> {
    let quiet = Stdio::null;
    let mut opener = Command::new(OPENER).arg(url).stdin(quiet()).stdout(quiet()).stderr(quiet()).spawn()?;
    // Somebody must take note of its end, or it stays in the process table.
    tokio::task::spawn_blocking(move || opener.wait());
    Ok(())
}
