//! The command line.
//!
//! Built at run time and not by derive: which values `--backend` takes depends on the backends of this build.

use std::ffi::OsString;
use std::path::PathBuf;

use accessbot_core::backend::BackendDef;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, ValueHint, value_parser};
use clap_complete::Shell;

use super::help;

/// What the program is asked to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// Run the bot.
    Start(Run),
    /// Try all that the bot needs.
    Check(Check),
    /// Print what a shell needs to complete our arguments.
    Completions(Shell),
    /// Print an annotated configuration of these backends; of all when there are none.
    Configure {
        /// Names of backends.
        backends: Vec<String>,
    },
    /// Show the bot at work on stand-ins.
    #[cfg(feature = "demo")]
    Demo(super::demo::Demo),
    /// Ask a running bot how it fares.
    Status(Status),
    /// Print the version.
    Version,
}

/// The arguments of `check`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Check {
    /// What is to be checked.
    pub run: Run,
    /// Whether to print JSON.
    pub json: bool,
}

/// The arguments of `status`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Status {
    /// The configuration file of the bot, if one is named.
    pub config: Option<PathBuf>,
    /// Where it listens, whatever its configuration says.
    pub socket: Option<PathBuf>,
    /// Whether to print JSON.
    pub json: bool,
}

/// Which bot: the arguments that `start` and `check` have in common.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Run {
    /// Names of the backends to run; empty for every one that is configured.
    pub backends: Vec<String>,
    /// The configuration file, if one is named.
    pub config: Option<PathBuf>,
    /// Whether to log debug messages, whatever the configuration says.
    pub debug: bool,
    /// Whether callbacks are answered in the clear, whatever the configuration says.
    pub insecure_no_tls: bool,
}

/// What the program is called.
pub(super) const NAME: &str = "accessbot";

/// What a build says of itself that was made without any of the backends' features, and with none of its own.
const NO_BACKENDS: &str = "this build contains no backends";

/// Understands the arguments, or returns what clap has to say about them: an error, or the help that was asked for.
pub(super) fn parse(
    backends: &[BackendDef],
    arguments: impl IntoIterator<Item = OsString>,
) -> Result<Command, clap::Error> {
    let matches = command(backends).try_get_matches_from(arguments)?;
    Ok(match matches.subcommand() {
        Some(("start", m)) => Command::Start(run(m)),
        Some(("check", m)) => Command::Check(Check { run: run(m), json: m.get_flag("json") }),
        Some(("completions", m)) => Command::Completions(m.get_one("shell").copied().unwrap_or(Shell::Bash)),
        Some(("configure", m)) => Command::Configure { backends: names(m) },
        #[cfg(feature = "demo")]
        Some(("demo", m)) => Command::Demo(super::demo::Demo::read(m)),
        Some(("status", m)) => {
            Command::Status(Status { config: path(m, "config"), socket: path(m, "socket"), json: m.get_flag("json") })
        }
        // clap lets nothing else through: a subcommand is required, and these are all.
        _ => Command::Version,
    })
}

fn run(matches: &ArgMatches) -> Run {
    Run {
        backends: names(matches),
        config: path(matches, "config"),
        debug: matches.get_flag("debug"),
        insecure_no_tls: matches.get_flag("insecure-no-tls"),
    }
}

fn path(matches: &ArgMatches, name: &str) -> Option<PathBuf> {
    matches.get_one::<PathBuf>(name).cloned()
}

fn names(matches: &ArgMatches) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in matches.get_many::<String>("backend").into_iter().flatten() {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

/// The definition of the command line, for the parser and for completions.
pub(super) fn command(backends: &[BackendDef]) -> clap::Command {
    let with_none = |help: &str| if backends.is_empty() { format!("{help} ({NO_BACKENDS})") } else { help.to_owned() };
    let backend = |help: &str| backend_argument(backends).help(with_none(help));
    let run = |name: &'static str, debug: &'static str| {
        clap::Command::new(name)
            .arg(backend("Only this backend, not every one that is configured; may be repeated"))
            .arg(file_argument("config", "FILE", "The configuration file").short('c'))
            .arg(switch("debug", debug).short('d'))
            .arg(switch("insecure-no-tls", "Answer chat servers without TLS: a proxy ends it before the bot"))
    };
    let start = run("start", "Log debug messages, whatever the configuration says");
    let check = run("check", "Log to stderr what is done on the way");
    let json = switch("json", "Print one JSON object");
    let status = clap::Command::new("status")
        .arg(file_argument("config", "FILE", "The configuration file of the bot").short('c'))
        .arg(file_argument("socket", "PATH", "Where the bot listens, whatever the configuration says"))
        .arg(json.clone());
    let shell = Arg::new("shell").value_name("SHELL").required(true).value_parser(value_parser!(Shell));
    let program = clap::Command::new(NAME)
        .about(help::ABOUT)
        .version(env!("CARGO_PKG_VERSION"))
        .disable_help_subcommand(true)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .max_term_width(100)
        .after_help(help::EXAMPLES)
        .subcommand(start.about("Run the bot").after_help(help::START_EXAMPLES))
        .subcommand(
            check
                .about("Try all that the bot needs, and say what is missing")
                .arg(json)
                .after_help(help::CHECK_EXAMPLES),
        )
        .subcommand(status.about("Ask a running bot how it fares").after_help(help::STATUS_EXAMPLES))
        .subcommand(
            clap::Command::new("configure")
                .about("Print an annotated configuration to start from")
                .arg(backend("Only this backend; may be repeated"))
                .after_help(help::CONFIGURE_EXAMPLES),
        )
        .subcommand(
            clap::Command::new("completions")
                .about("Print a script that lets a shell complete arguments")
                .arg(shell.help("The shell"))
                .after_help(help::COMPLETIONS_EXAMPLES),
        )
        .subcommand(clap::Command::new("version").about("Print the version and the backends of this build"));
    with_demo(program)
}

#[cfg(feature = "demo")]
fn with_demo(program: clap::Command) -> clap::Command {
    program.subcommand(super::demo::command())
}

#[cfg(not(feature = "demo"))]
fn with_demo(program: clap::Command) -> clap::Command {
    program
}

fn file_argument(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    let argument = Arg::new(name).long(name).value_name(value).help(help);
    argument.value_parser(value_parser!(PathBuf)).value_hint(ValueHint::FilePath)
}

fn switch(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

fn backend_argument(backends: &[BackendDef]) -> Arg {
    let argument = Arg::new("backend").long("backend").value_name("NAME").action(ArgAction::Append);
    if backends.is_empty() {
        // An empty list of possible values would make clap say nothing of use.
        return argument.value_parser(NoBackends);
    }
    argument.value_parser(PossibleValuesParser::new(backends.iter().map(|b| b.name)))
}

/// The value of `--backend` in a build without backends: there is none.
#[derive(Clone)]
struct NoBackends;

impl TypedValueParser for NoBackends {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        _: Option<&Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<String, clap::Error> {
        let message = format!("--backend {}: {NO_BACKENDS}", value.to_string_lossy());
        Err(command.clone().error(ErrorKind::InvalidValue, message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(backends: &[BackendDef], line: &str) -> Result<Command, String> {
        let words = line.split_whitespace().map(OsString::from);
        super::parse(backends, words).map_err(|e| e.to_string())
    }

    #[test]
    fn the_definition_is_sound() {
        command(&[]).debug_assert();
        command(&crate::bundled_backends()).debug_assert();
    }

    #[test]
    fn a_backend_is_named_once() {
        let backends = crate::bundled_backends();
        let Some(first) = backends.first() else { return };
        let line = format!("accessbot configure --backend {0} --backend {0}", first.name);
        let chosen = vec![first.name.to_owned()];
        assert_eq!(parse(&backends, &line), Ok(Command::Configure { backends: chosen }));
    }

    #[test]
    fn a_build_without_backends_says_so() {
        let help = parse(&[], "accessbot start --help").unwrap_err();
        let words = help.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("(this build contains no backends)"), "{help}");
        insta::assert_snapshot!(parse(&[], "accessbot start --backend slack").unwrap_err(), @"
        error: --backend slack: this build contains no backends

        Usage: accessbot start [OPTIONS]

        For more information, try '--help'.
        ");
    }
}
