//! What Slack's own library, `slack_sdk` for Python, makes of our messages and of the stand-in that our tests trust.
//!
//! It runs where `ACCESSBOT_SLACK_SDK_PYTHON` names a Python interpreter that has the library, as `.ci/run` sees to. Its
//! part of the work stands in `tests/slack_sdk`.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::process::{Command, Stdio};

use accessbot_sandbox::slack::{
    ChannelKind, DisconnectReason, MessageView, OLD_SCOPES, RateLimits, SlackOptions, SlackSandbox, Submitted,
};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use serde_json::json;

use crate::render::samples::{any_form, any_message};

/// How many messages are read.
const MESSAGES: usize = 600;
/// How many forms are read.
const FORMS: usize = 60;

/// The interpreter; `None` without the library.
#[expect(clippy::print_stderr, reason = "whoever runs the tests should see that nothing was checked")]
fn python() -> Option<OsString> {
    const VARIABLE: &str = "ACCESSBOT_SLACK_SDK_PYTHON";
    let python = std::env::var_os(VARIABLE);
    if python.is_none() {
        eprintln!("not run: {VARIABLE} does not name a Python interpreter that has slack_sdk");
    }
    python
}

/// Runs one of the scripts to its good end, and returns what it printed.
fn run(python: &OsStr, script: &str, arguments: &[&str], input: &[u8]) -> String {
    let script = format!("{}/tests/slack_sdk/{script}", env!("CARGO_MANIFEST_DIR"));
    let mut child = Command::new(python)
        .arg(script)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A script that gives up early does not read on, and then says why.
    let fed = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fed.unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_message_and_every_form_is_read_by_slacks_own_library() {
    let Some(python) = python() else { return };
    let mut runner = TestRunner::default();
    let mut corpus = Vec::new();
    for _ in 0..MESSAGES {
        let message = any_message().new_tree(&mut runner).unwrap().current();
        let message = json!({"text": message.text, "blocks": message.blocks, "metadata": message.metadata});
        writeln!(corpus, "{message}").unwrap();
    }
    for _ in 0..FORMS {
        let form = any_form().new_tree(&mut runner).unwrap().current();
        writeln!(corpus, "{}", json!(form)).unwrap();
    }
    assert_eq!(run(&python, "parse.py", &[], &corpus), format!("{MESSAGES} messages, {FORMS} forms\n"));
}

/// Three workspaces: where the bot may do everything, where it has the scopes of old guides, and where limits hold.
#[tokio::test(flavor = "multi_thread")]
async fn the_stand_in_is_slack_to_slacks_own_library() {
    let Some(python) = python() else { return };
    let mut open = Vec::new();
    for _ in 0..3 {
        open.push(SlackSandbox::start(SlackOptions::default()).await.unwrap());
    }
    open[1].set_scopes(OLD_SCOPES);
    open[2].set_rate_limits(RateLimits { messages_a_second: Some(1), tiers: true });
    open[0].set_archived("random", true).unwrap();
    open[0].add_channel("foreign", ChannelKind::Public);
    let theirs = open[0].post_as("alice", "access", "of somebody else").unwrap();
    let mut arguments: Vec<String> =
        open.iter().flat_map(|slack| [slack.url() + "/", slack.token().to_owned()]).collect();
    arguments.push(theirs);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let said = tokio::task::block_in_place(|| run(&python, "drive.py", &arguments, b""));
    assert_eq!(said, "well driven\n");
}

/// A message with a button of this name.
fn button(slack: &SlackSandbox, action_id: &str) -> MessageView {
    let label = json!({"type": "plain_text", "text": "Approve"});
    let elements = json!([{"type": "button", "action_id": action_id, "value": "r1", "text": label}]);
    slack.post_blocks_as_bot("access", "x", &json!([{"type": "actions", "elements": elements}])).unwrap();
    slack.posts("access").pop().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn slacks_own_library_is_served_in_socket_mode() {
    let Some(python) = python() else { return };
    let slack = SlackSandbox::start(SlackOptions::default()).await.unwrap();
    let arguments = [slack.url() + "/", slack.token().to_owned(), slack.app_token().to_owned()];
    let app =
        tokio::task::spawn_blocking(move || run(&python, "serve.py", &arguments.each_ref().map(String::as_str), b""));
    let is_connected =
        |number| move |slack: &SlackSandbox| slack.sockets().iter().any(|socket| socket.number == number);
    let message = button(&slack, "approve");
    slack.wait_until("the library", is_connected(1)).await;
    slack.click("alice", &message, "approve").await.unwrap();
    slack.wait_until("the question", |slack| !slack.views("alice").unwrap().is_empty()).await;
    let view = slack.views("alice").unwrap().pop().unwrap();
    let submit = async |reason| slack.submit_view("alice", &view, &[("reason", reason)]).await.unwrap();
    let wrong = BTreeMap::from([("reason".to_owned(), "say more".to_owned())]);
    assert_eq!(submit("because").await, Submitted::Errors(wrong));
    assert_eq!(submit("it is needed").await, Submitted::Closed);
    slack.wait_until("thanks", |slack| !slack.ephemerals("alice").unwrap().is_empty()).await;
    assert_eq!(slack.ephemerals("alice").unwrap()[0].text(), "thank you");

    slack.disconnect_sockets(DisconnectReason::RefreshRequested);
    slack.wait_until("the library, again", is_connected(2)).await;
    slack.click("alice", &message, "approve").await.unwrap();
    assert_eq!(app.await.unwrap(), "because,it is needed\n");
}

#[tokio::test]
async fn slacks_own_library_finds_the_stand_ins_signatures_right() {
    let Some(python) = python() else { return };
    let slack = SlackSandbox::start(SlackOptions::default()).await.unwrap();
    let message = button(&slack, "approve");
    let genuine = slack.click_request("alice", &message, "approve").unwrap();
    let mut forged = genuine.clone();
    forged.body.push(b'x');
    let mut calls = Vec::new();
    for call in [&genuine, &forged, &slack.sign(genuine.body.clone(), 200), &slack.sign(genuine.body.clone(), 400)] {
        let body = std::str::from_utf8(&call.body).unwrap();
        let (secret, timestamp, signature) = (slack.signing_secret(), &call.timestamp, &call.signature);
        let call = json!({"secret": secret, "timestamp": timestamp, "signature": signature, "body": body});
        writeln!(calls, "{call}").unwrap();
    }
    assert_eq!(run(&python, "verify.py", &[], &calls), "valid\ninvalid\nvalid\ninvalid\n");
}
