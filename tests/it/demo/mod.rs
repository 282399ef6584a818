//! The first thing that a newcomer types.

mod browser;
mod page;
mod webdriver;

use std::path::Path;

use crate::http;
use crate::program::{Outcome, Program, Running};

/// The demo, with a folder for temporary files of its own, and an environment that means another bot.
fn demo(arguments: &str) -> Program {
    let program = Program::new();
    let folder = program.folder().to_str().expect("a path in UTF-8").to_owned();
    program
        .env("TMPDIR", &folder)
        .env("ACCESSBOT_TELEPORT__ADDR", "teleport.example.com:443")
        .env("ACCESSBOT_MATTERMOST__TOKEN", "not the demo's")
        .args("demo")
        .args(arguments)
}

/// Waits for the page, and returns its address, `127.0.0.1:PORT`.
#[track_caller]
fn address(running: &Running) -> String {
    let line = running.prints("http://");
    let (_, address) = line.split_once("http://").expect("it was found");
    address.trim_end_matches('/').to_owned()
}

#[track_caller]
fn left_nothing(outcome: &Outcome) {
    let left: Vec<_> = std::fs::read_dir::<&Path>(outcome.folder()).expect("the folder").collect();
    assert!(left.is_empty(), "left behind: {left:?}");
}

#[test]
fn the_story_is_told_in_the_terminal_and_nothing_is_left_behind() {
    story_is_told("--script", "Mattermost");
}

#[test]
fn the_same_story_is_told_in_slack() {
    story_is_told("--script --backend slack", "Slack");
}

#[track_caller]
fn story_is_told(arguments: &str, product: &str) {
    let outcome = demo(arguments).run().code(0);
    assert!(outcome.stdout.contains(&format!("{product} at http://")), "{}", outcome.stdout);
    for step in [
        "Reviews: 1 of 2 approvals",
        "bob, and nobody else, reads: You cannot decide your own request.",
        "ivan, and nobody else, reads: so nothing was decided",
        "\"detail\":\"the button's proof is not ours, not for this message, or too old\"",
        "APPROVED",
        "DENIED",
        "EXPIRED",
        "every step came out right",
    ] {
        assert!(outcome.stdout.contains(step), "no `{step}` in:\n{}", outcome.stdout);
    }
    assert_eq!(outcome.stderr, "");
    left_nothing(&outcome);
}

#[test]
fn a_signal_ends_the_page_and_the_story_and_leaves_nothing_behind() {
    // A story that was not told to its end is no success.
    for (arguments, signal, code) in [("", "INT", 0), ("", "TERM", 0), ("", "HUP", 0), ("--script", "INT", 1)] {
        let running = demo(arguments).spawn();
        let config = running.prints("configuration ");
        let config = config.split("configuration ").nth(1).expect("it was found").trim_end_matches('.');
        assert!(std::fs::read_to_string(config).expect("the file that it names").contains("[teleport]"));
        running.signal(signal);
        let outcome = running.ended().code(code);
        assert_eq!(
            outcome.stderr,
            if code == 0 { "" } else { "error: the demo failed: SIGINT came before the story was told\n" }
        );
        left_nothing(&outcome);
    }
}

#[test]
fn the_help_teaches_by_example() {
    insta::assert_snapshot!(demo("--help").run().code(0).stdout, @"
    Show the bot at work, without a cluster and without a chat server

    Usage: accessbot demo [OPTIONS]

    Options:
          --backend <NAME>  The chat to show [possible values: mattermost, slack]
          --listen <ADDR>   Where the page listens, as IP:PORT; a free port of 127.0.0.1 if left out
          --script          Play the whole story in the terminal, and check every step of it
          --open            Open the page in a browser
      -h, --help            Print help

    Starts a Teleport cluster and a chat server of its own on free loopback ports, and the bot as
    `start` runs it, from a configuration file that it names. No cluster, no account and no network is
    needed, and nothing is left behind. Ctrl-C ends it.

    Examples:
      accessbot demo                            a page: ask as bob, decide as alice and ivan
      accessbot demo --backend slack            the same in Slack
      accessbot demo --script                   the whole story in the terminal; exit code 0 only if
                                                every step came out right
      accessbot demo --listen 127.0.0.1:8080    the page at an address of your choice
    ");
}

#[test]
fn only_a_page_that_others_may_reach_comes_with_a_warning() {
    let running = demo("--listen 127.0.0.1:0").spawn();
    address(&running);
    running.signal("INT");
    assert!(!running.ended().code(0).stdout.contains("warning"));
    let running = demo("--listen 0.0.0.0:0").spawn();
    assert!(running.prints("warning").contains("0.0.0.0"));
    // The address is one that a browser on this machine can open.
    let address = address(&running);
    assert_eq!(http::Call::get("/").send(&address).status, 200);
    assert_eq!(http::Call::get("/").header("Host", "demo.evil.example").send(&address).status, 403);
    running.signal("INT");
    left_nothing(&running.ended().code(0));
}

#[test]
fn the_desktop_is_asked_to_open_the_page() {
    use std::os::unix::fs::PermissionsExt as _;
    let desktop = tempfile::TempDir::new().expect("a folder");
    for opener in ["xdg-open", "open"] {
        let path = desktop.path().join(opener);
        std::fs::write(&path, "#!/bin/sh\nexec cat > \"$0.asked\" <<END\n$1\nEND\n").expect("a file");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("it may be run");
    }
    let desktop_first = format!("{}:/usr/bin:/bin", desktop.path().display());
    let running = demo("--open").env("PATH", &desktop_first).spawn();
    let address = address(&running);
    let asked = || {
        let files = std::fs::read_dir(desktop.path()).expect("the folder").flatten();
        let mut asked = files.map(|file| file.path()).filter(|path| path.extension().is_some());
        asked.next().and_then(|path| std::fs::read_to_string(path).ok())
    };
    let shown = crate::life::eventually("the desktop is asked", || asked().filter(|text| !text.is_empty()));
    assert_eq!(shown.trim(), format!("http://{address}/"));
    running.signal("INT");
    left_nothing(&running.ended().code(0));

    let running = demo("--open").env("PATH", "/nowhere").spawn();
    running.prints("No browser could be opened");
    running.signal("INT");
    left_nothing(&running.ended().code(0));
}

#[test]
fn what_is_not_there_and_what_cannot_be_is_said() {
    let outcome = demo("--backend carrier-pigeon").run().code(2);
    assert!(outcome.stderr.contains("[possible values: mattermost"), "{}", outcome.stderr);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let outcome = demo(&format!("--listen {}", taken.local_addr().expect("an address"))).run().code(1);
    assert!(outcome.stderr.contains("cannot listen where the page should be"), "{}", outcome.stderr);
    left_nothing(&outcome);
}
