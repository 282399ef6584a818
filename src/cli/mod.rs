//! The program: command line, configuration, logging, signals, and what is wired to what.
//!
//! The order of the modules is the order of a start: arguments, configuration, logging, the work itself, signals; and
//! at the end the one place where failures become words and exit codes.

mod accept;
mod appended;
mod arguments;
mod audit;
mod callbacks;
mod check;
mod completions;
mod config;
mod configure;
#[cfg(feature = "demo")]
mod demo;
#[cfg(test)]
mod echo;
mod exit;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod help;
mod lines;
mod logging;
mod review_mode;
mod role;
mod signals;
mod start;
mod status;
mod teleport;
mod version;

use std::process::ExitCode;

use accessbot_core::backend::BackendDef;

use self::arguments::Command;
use self::exit::Failure;

/// Runs the program with these backends, from the arguments and the environment of the process, to its end.
///
/// Takes over the process: it installs a TLS provider, a log subscriber and signal handlers. Call it from `main` and
/// return what it returns.
pub fn run(backends: &[BackendDef]) -> ExitCode {
    // Both TLS libraries of the graph would do; with none chosen rustls panics at the first connection. Fails only when
    // whoever calls us has chosen one already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let command = match arguments::parse(backends, std::env::args_os()) {
        Ok(command) => command,
        Err(answer) => return exit::answer(&answer),
    };
    match execute(backends, command) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => exit::report(&failure),
    }
}

/// Does what was asked for, and says with what code to end.
fn execute(backends: &[BackendDef], command: Command) -> Result<u8, Failure> {
    match command {
        Command::Check(arguments) => return check::check(backends, arguments),
        Command::Status(arguments) => return status::status(backends, arguments),
        Command::Start(arguments) => start::start(backends, arguments),
        Command::Completions(shell) => exit::say(&completions::script(backends, shell)),
        Command::Configure { backends: chosen } => exit::say(&configure::configuration(backends, &chosen)),
        #[cfg(feature = "demo")]
        Command::Demo(arguments) => demo::demo(backends, &arguments),
        Command::Version => exit::say(&version::version(backends)),
    }
    .map(|()| exit::DONE)
}
