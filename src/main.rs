//! The bot as it ships. A bot of your own looks the same, with a list of your own.

use std::process::ExitCode;

fn main() -> ExitCode {
    accessbot::run(&accessbot::bundled_backends())
}
