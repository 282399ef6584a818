//! `accessbot status`, asked of the real program, and of impostors.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use accessbot_sandbox::mattermost::MattermostSandbox;
use accessbot_sandbox::slack::SlackSandbox;
use accessbot_testkit::harness::{Becomes, Door, PATIENCE, SlackSocket, World};
use tempfile::TempDir;
use tokio::time::Instant;

use crate::bot::Bot;
use crate::program::{Outcome, Program};

/// How the words for a broken connection begin; the rest depends on when it broke.
const BROKEN: &str = "error sending request";
const QUESTION: &[u8] = b"accessbot status 1\n";

/// A bot with this recipient, and the socket that it is asked at.
fn start(world: &World<MattermostSandbox>, recipient: &str) -> (Bot, PathBuf) {
    let (config, socket) = config(world, recipient);
    (Bot::start_with(world, &config), socket)
}

/// The configuration of a bot with this recipient, and the socket that it is asked at.
fn config(world: &World<MattermostSandbox>, recipient: &str) -> (PathBuf, PathBuf) {
    let socket = world.folder().join("run/status.sock");
    let config = world.config_with(&format!(
        "recipients = [\"{recipient}\"]\n[mattermost.users]\nbob = \"@bob\"\n[status]\nsocket = \"{}\"\n",
        socket.display()
    ));
    (config, socket)
}

fn ask(socket: &Path) -> Outcome {
    Program::new().args(&format!("status --socket {}", socket.display())).run()
}

/// Asks until the answer contains all of this.
#[track_caller]
fn ask_until(socket: &Path, wanted: &[&str]) -> Outcome {
    ask_until_it(socket, |answer| wanted.iter().all(|text| answer.contains(text)))
}

/// Asks until all is well and nothing is in hand any more.
#[track_caller]
fn ask_until_well(socket: &Path) -> Outcome {
    ask_until_it(socket, |answer| answer.contains("all is well") && !answer.contains("waiting:")).code(0)
}

#[track_caller]
fn ask_until_it(socket: &Path, says: impl Fn(&str) -> bool) -> Outcome {
    let begun = Instant::now();
    loop {
        let answer = ask(socket);
        if says(&answer.stdout) {
            return answer;
        }
        assert!(begun.elapsed() < PATIENCE, "it never says that, but:\n{}{}", answer.stdout, answer.stderr);
    }
}

/// The text with every time, and every count of attempts, as one word, without what the operating system says of a
/// connection, and without lines that say the same twice.
fn without_times(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let is_time = |word: &str| word.len() == 20 && word.starts_with("20") && word.ends_with('Z');
        let word = |word: &str| {
            let (stem, end) = word.split_at(word.trim_end_matches([',', ':']).len());
            let (open, stem) = stem.strip_prefix('(').map_or(("", stem), |stem| ("(", stem));
            match stem {
                stem if is_time(stem) => format!("{open}TIME{end}"),
                stem if open == "(" && stem.parse::<u32>().is_ok() => "(SOME".to_owned(),
                stem => format!("{open}{stem}{end}"),
            }
        };
        let (line, tail) = line.split_at(line.find(BROKEN).map_or(line.len(), |at| at + BROKEN.len()));
        let closing = if tail.ends_with(')') && line.contains(" failed: ") { ")" } else { "" };
        let line = line.split(' ').map(word).collect::<Vec<_>>().join(" ") + closing;
        if line.is_empty() || !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines.join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn it_tells_what_waits_while_the_chat_is_away() {
    let world = World::<MattermostSandbox>::open_source().await;
    let (mut bot, socket) = start(&world, "lab/access");
    assert_eq!(std::fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    let shown = world.bob_asks("a secret reason");
    world.shows(&shown, "PENDING").await;
    let well = ask_until_well(&socket);
    insta::assert_snapshot!(without_times(&well.stdout), @"
    all is well
    asked at TIME, running since TIME

    teleport: ready since TIME
      cluster lab.example, version 8.3.21
    mattermost: ready since TIME
      1 open request
    ");

    let address = world.chat.url();
    world.chat.stop().await;
    let tried = world.bob_asks("a secret reason");
    bot.wait_for("not ready: the chat server does not answer");
    let untried = world.bob_asks("a secret reason");
    let away = ask_until(&socket, &["mattermost is not ready", &tried, &untried, "announcement"]).code(1);
    let text = without_times(&away.hides("secret reason").hides(world.chat.token()).stdout);
    let text = text.replace(&tried, "TRIED").replace(&untried, "UNTRIED").replace(&address, "URL");
    insta::assert_snapshot!(text, @"
    not well: mattermost is not ready
    asked at TIME, running since TIME

    teleport: ready since TIME
      cluster lab.example, version 8.3.21
    mattermost: not ready since TIME: probe: GET /users/me: error sending request
      3 open requests
      2 waiting:
        TRIED announcement to lab/access waits for the chat since TIME (SOME failed: post: POST /posts: error sending request)
        UNTRIED look waits for the chat since TIME

    the calls that failed last:
      TIME mattermost TRIED to lab/access: post: POST /posts: error sending request
    ");

    world.chat.start_again().unwrap();
    world.shows(&untried, "PENDING").await;
    let _ = ask_until_well(&socket);
    bot.stop();
    assert!(!socket.exists(), "the socket goes with the bot");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_tells_that_nobody_can_be_heard() {
    let world = World::<SlackSandbox>::deciding(Becomes::Review).await;
    let config = world.config_to_decide::<SlackSocket>(&Door::open().await, Becomes::Review, "off");
    let socket = world.folder().join("run/status.sock");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, format!("{text}\n[status]\nsocket = \"{}\"\n", socket.display())).unwrap();
    let bot = Bot::start_with(&world, &config);
    world.is_heard_by::<SlackSocket>(1).await;
    let _ = ask_until_well(&socket);
    // Which switches Socket Mode off.
    world.chat.set_request_url(Some("http://127.0.0.1:1/"));
    let deaf = ask_until(&socket, &["not well: what people do in slack is not heard of"]).code(1);
    insta::assert_snapshot!(without_times(&deaf.stdout), @"
    not well: what people do in slack is not heard of
    asked at TIME, running since TIME

    teleport: ready since TIME
      cluster lab.example, version 18.11.0
    slack: ready since TIME
      listening: not ready since TIME: listen: Socket Mode is switched off for the Slack app; switch it on in the app's settings, or set `review.signing_secret` instead of `review.app_token`
      no open requests

    the calls that failed last:
      TIME slack: listen: Socket Mode is switched off for the Slack app; switch it on in the app's settings, or set `review.signing_secret` instead of `review.app_token`
    ");
    bot.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chat_is_told_of_before_the_cluster_is_found() {
    let world = World::<MattermostSandbox>::open_source().await;
    let (config, socket) = config(&world, "lab/access");
    world.teleport.stop().await;
    world.chat.revoke_token();
    let bot = Bot::launch(&world, &config);
    let _ = ask_until(&socket, &["not well: teleport is not ready, mattermost is not ready"]).code(1);
    world.chat.restore_token();
    let _ = ask_until(&socket, &["not well: teleport is not ready\n", "mattermost: ready since"]).code(1);
    world.teleport.start_again().unwrap();
    let _ = ask_until_well(&socket);
    bot.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_given_up_is_told_to_programs_too() {
    let world = World::<MattermostSandbox>::open_source().await;
    let (bot, socket) = start(&world, "lab/nowhere");
    let id = world.bob_asks("why");
    let told = ask_until(&socket, &["1 message given up", "  1 given up:"]).code(1);
    insta::assert_snapshot!(without_times(&told.stdout).replace(&id, "ID"), @"
    not well: 1 message given up
    asked at TIME, running since TIME

    teleport: ready since TIME
      cluster lab.example, version 8.3.21
    mattermost: ready since TIME
      1 open request
      1 given up:
        ID announcement to lab/nowhere of TIME: not found
    ");
    // The configuration says where to ask as well.
    let config = world.folder().join("bot.toml");
    let json = Program::new().args(&format!("status --json -c {}", config.display())).run().code(1);
    let status: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(status["ok"], false);
    assert_eq!(status["teleport"]["ready"], true);
    assert_eq!(status["backends"][0]["name"], "mattermost");
    let given_up = &status["backends"][0]["given_up"][0];
    assert_eq!((&given_up["to"], &given_up["open"]), (&"lab/nowhere".into(), &true.into()));
    bot.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_socket_of_a_killed_bot_is_replaced_and_that_of_a_living_one_is_not() {
    let world = World::<MattermostSandbox>::open_source().await;
    let (bot, socket) = start(&world, "lab/access");
    bot.kill();
    let _ = ask(&socket).code(1);
    assert!(socket.exists());
    let (bot, socket) = start(&world, "lab/access");
    let config = world.folder().join("bot.toml");
    let second = Bot::launch(&world, &config).ends_with(1);
    assert!(second.contains("another process listens there\n  hint: "), "{second}");
    let _ = ask_until_well(&socket);
    bot.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_wrongly_or_not_at_all_gets_no_answer_and_holds_up_nobody() {
    let world = World::<MattermostSandbox>::open_source().await;
    let (bot, socket) = start(&world, "lab/access");
    for question in [&b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"[..], &[0xff; 10_000], b"accessbot status 9\n"] {
        let mut stream = UnixStream::connect(&socket).unwrap();
        // It may hang up in the middle of so long a question.
        let _ = stream.write_all(question);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert_eq!(answer, b"");
    }
    let silent: Vec<UnixStream> = (0..4).map(|_| UnixStream::connect(&socket).unwrap()).collect();
    let _ = ask_until_well(&socket);
    drop(silent);
    bot.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_others_can_enter_is_a_mistake() {
    let world = World::<MattermostSandbox>::open_source().await;
    let open = world.folder().join("open");
    std::fs::create_dir(&open).unwrap();
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o755)).unwrap();
    let socket = open.join("status.sock");
    let config =
        world.config_with(&format!("recipients = [\"lab/access\"]\n[status]\nsocket = \"{}\"\n", socket.display()));
    let said = Bot::launch(&world, &config).ends_with(2);
    let said = said.replace(&socket.display().to_string(), "PATH");
    assert!(
        said.ends_with(
            "error: cannot listen at PATH for `accessbot status`: its folder can be entered by others than its owner \
             (mode 0755)\n  hint: chmod 700 the folder, or name one in status.socket that is not there yet\n"
        ),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn under_systemd_the_socket_is_in_the_services_own_folder() {
    let world = World::<MattermostSandbox>::open_source().await;
    let config = world.config();
    let folder = world.folder().join("run");
    let folders = format!("{}:/elsewhere", folder.display());
    let start = Program::new().args(&format!("start -c {}", config.display())).env("RUNTIME_DIRECTORY", &folders);
    let running = start.spawn().says("ready: watching access requests");
    let asked = Program::new().args(&format!("status -c {}", config.display())).env("RUNTIME_DIRECTORY", &folders);
    let _ = asked.run().code(0);
    running.signal("TERM");
    let _ = running.ended().code(0);
}

#[test]
fn where_nobody_is_the_answer_is_1_and_a_hint() {
    let place = TempDir::new().unwrap();
    std::fs::write(place.path().join("file"), "no socket").unwrap();
    for name in ["nowhere", "file"] {
        let path = place.path().join(name);
        let outcome = ask(&path).code(1);
        let start = format!("error: no status from {}: nobody answers there: ", path.display());
        assert!(outcome.stderr.starts_with(&start), "{}", outcome.stderr);
        assert!(outcome.stderr.contains("\n  hint: is the bot running"), "{}", outcome.stderr);
    }
}

/// Asks somebody who does this with whoever connects.
#[track_caller]
fn ask_impostor(act: impl FnOnce(&mut UnixStream) + Send + 'static) -> String {
    let place = TempDir::new().unwrap();
    let path = place.path().join("status.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let impostor = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut question = [0; QUESTION.len()];
        stream.read_exact(&mut question).unwrap();
        assert_eq!(question, QUESTION);
        act(&mut stream);
    });
    let outcome = ask(&path).code(1);
    impostor.join().unwrap();
    assert_eq!(outcome.stdout, "");
    outcome.stderr.lines().next().unwrap_or_default().replace(&path.display().to_string(), "PATH")
}

#[test]
fn answers_that_are_none_are_told_as_such() {
    let garbage = ask_impostor(|stream| stream.write_all(b"\x1b[2Jhello").unwrap());
    assert_eq!(garbage, "error: no status from PATH: the answer is not a status: expected value at line 1 column 1");
    let other = ask_impostor(|stream| stream.write_all(b"{\"at\": \"yesterday\"}").unwrap());
    assert!(other.starts_with("error: no status from PATH: the answer is not a status: "), "{other}");
    let silent = ask_impostor(|_| {});
    assert_eq!(silent, "error: no status from PATH: whoever listens there hung up without an answer");
}

#[test]
fn an_answer_without_end_is_cut_off() {
    let endless = ask_impostor(|stream| while stream.write_all(&[b' '; 1 << 12]).is_ok() {});
    assert_eq!(endless, "error: no status from PATH: the answer is longer than 33554432 bytes");
}

#[test]
fn an_answer_that_never_comes_is_not_waited_for() {
    let begun = Instant::now();
    // Until the other side hangs up.
    let never = ask_impostor(|stream| drop(stream.read(&mut [0])));
    assert_eq!(never, "error: no status from PATH: no answer within 5 seconds");
    assert!(begun.elapsed() < Duration::from_secs(20));
}
