//! The first thing that a newcomer types.

mod browser;
mod http;
mod page;
mod webdriver;

use std::path::Path;

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
    let outcome = demo("--script").run().code(0);
    for step in ["Reviews: 1 of 2 approvals", "APPROVED", "DENIED", "EXPIRED", "every step came out right"] {
        assert!(outcome.stdout.contains(step), "no `{step}` in:\n{}", outcome.stdout);
    }
    assert_eq!(outcome.stderr, "");
    left_nothing(&outcome);
}

#[test]
fn a_signal_ends_the_page_and_the_story_and_leaves_nothing_behind() {
    for (arguments, signal) in [("", "INT"), ("", "TERM"), ("--script", "INT")] {
        let running = demo(arguments).spawn();
        let config = running.prints("configuration ");
        let config = config.split("configuration ").nth(1).expect("it was found").trim_end_matches('.');
        assert!(std::fs::read_to_string(config).expect("the file that it names").contains("[teleport]"));
        running.signal(signal);
        let outcome = running.ended().code(0);
        assert_eq!(outcome.stderr, "");
        left_nothing(&outcome);
    }
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
