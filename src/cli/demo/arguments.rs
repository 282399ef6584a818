//! The command line of the demo.

use std::net::{Ipv4Addr, SocketAddr};

use accessbot_sandbox::demo::CHATS;
use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, value_parser};

/// The arguments of `demo`.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::cli) struct Demo {
    /// The backend whose chat is shown, if one is named.
    pub(super) backend: Option<String>,
    /// Where the page listens.
    pub(super) listen: SocketAddr,
    /// Whether to tell the story in the terminal instead of serving the page.
    pub(super) script: bool,
    /// Whether to open the page in a browser.
    pub(super) open: bool,
}

impl Demo {
    /// Takes the arguments that clap has understood.
    pub(in crate::cli) fn read(matches: &ArgMatches) -> Self {
        Self {
            backend: matches.get_one::<String>("backend").cloned(),
            listen: matches.get_one::<SocketAddr>("listen").copied().unwrap_or((Ipv4Addr::LOCALHOST, 0).into()),
            script: matches.get_flag("script"),
            open: matches.get_flag("open"),
        }
    }
}

const EXAMPLES: &str = "\
Starts a Teleport cluster and a chat server of its own on free loopback ports, and the bot as
`start` runs it, from a configuration file that it names. No cluster, no account and no network is
needed, and nothing is left behind. Ctrl-C ends it.

Examples:
  accessbot demo                            a page: ask as bob, decide as alice and ivan
  accessbot demo --backend slack            the same in Slack
  accessbot demo --script                   the whole story in the terminal; exit code 0 only if
                                            every step came out right
  accessbot demo --listen 127.0.0.1:8080    the page at an address of your choice";

/// The definition of the subcommand.
pub(in crate::cli) fn command() -> clap::Command {
    clap::Command::new("demo")
        .about("Show the bot at work, without a cluster and without a chat server")
        .arg(
            Arg::new("backend")
                .long("backend")
                .value_name("NAME")
                .value_parser(PossibleValuesParser::new(CHATS.iter().map(|chat| chat.backend)))
                .help("The chat to show"),
        )
        .arg(
            Arg::new("listen")
                .long("listen")
                .value_name("ADDR")
                .value_parser(value_parser!(SocketAddr))
                .conflicts_with("script")
                .help("Where the page listens, as IP:PORT; a free port of 127.0.0.1 if left out"),
        )
        .arg(
            Arg::new("script")
                .long("script")
                .action(ArgAction::SetTrue)
                .help("Play the whole story in the terminal, and check every step of it"),
        )
        .arg(
            Arg::new("open")
                .long("open")
                .action(ArgAction::SetTrue)
                .conflicts_with("script")
                .help("Open the page in a browser"),
        )
        .after_help(EXAMPLES)
}
