//! What the engine says of itself while something is wrong.

use std::fmt::Write as _;
use std::time::Duration;

use accessbot_core::backend::{ChatErrorKind, Recipient, Resolution, Unreachable};
use accessbot_core::engine::Options;
use accessbot_core::engine::status::{BackendStatus, Moment, Monitor, Status};
use accessbot_core::request::RequestState::Approved;
use accessbot_core::teleport::TeleportErrorKind;

use crate::chat::Fault;
use crate::world::{Bot, START, World};

/// Starts a bot that can be asked.
fn start(world: &mut World) -> (Bot, Monitor) {
    let monitor = Monitor::default();
    (world.start_with(Options { monitor: monitor.clone(), ..Options::default() }), monitor)
}

/// Seconds since the story began.
fn at(moment: Moment) -> u64 {
    moment.0.since(START).as_secs()
}

/// All of it, line by line, with times in seconds since the story began.
fn told(status: &Status) -> String {
    let mut told = String::new();
    let ready = |ready| if ready { "ready" } else { "not ready" };
    let teleport = &status.teleport;
    let error = teleport.last_error.as_deref().unwrap_or("-");
    let _ = writeln!(told, "teleport {} since {}: {error}", ready(teleport.ready), at(teleport.since));
    for BackendStatus { connection, open, waiting, given_up, waiting_total, given_up_total, .. } in &status.backends {
        let error = connection.last_error.as_deref().unwrap_or("-");
        let _ = writeln!(told, "chat {} since {}: {error}", ready(connection.ready), at(connection.since));
        let _ = writeln!(told, "{open} open, {waiting_total} waiting, {given_up_total} given up");
        for line in waiting {
            let next = line.next_attempt.map_or("-".to_owned(), |next| at(next).to_string());
            let _ = writeln!(
                told,
                "waiting: {} {} to {} since {} for {}, {} failed, next {next}: {}",
                line.request,
                line.task,
                line.to.as_deref().unwrap_or("-"),
                at(line.since),
                line.waits_for,
                line.attempts,
                line.last_error.as_deref().unwrap_or("-")
            );
        }
        for line in given_up {
            let to = line.to.as_deref().unwrap_or("-");
            let open = if line.open { "" } else { ", which is over" };
            let _ = writeln!(
                told,
                "given up: {}{open} {} to {to} since {}: {}",
                line.request,
                line.task,
                at(line.since),
                line.why
            );
        }
    }
    told
}

#[tokio::test(start_paused = true)]
async fn when_all_is_well_nothing_waits() {
    let mut world = World::new();
    let (bot, monitor) = start(&mut world);
    world.cluster.ask("r1", world.now());
    world.pass(100).await;
    let status = monitor.status();
    assert!(status.is_well());
    assert_eq!((status.at.0, status.started.0), (world.now(), START));
    insta::assert_snapshot!(told(&status), @"
    teleport ready since 0: -
    chat ready since 0: -
    1 open, 0 waiting, 0 given up
    ");
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn while_the_chat_is_away_it_says_who_waits_since_when_and_why() {
    let mut world = World::new();
    let (bot, monitor) = start(&mut world);
    world.pass(5).await;
    world.cluster.ask("shown", world.now());
    world.pass(5).await;
    world.chat.go_away(true);
    world.cluster.ask("tried", world.now());
    world.cluster.resolve("shown", Approved, "");
    world.pass(90).await;
    world.cluster.ask("not-tried", world.now());
    world.pass(200).await;
    let status = monitor.status();
    assert!(!status.is_well());
    insta::assert_snapshot!(told(&status), @"
    teleport ready since 0: -
    chat not ready since 10: probe: connection refused
    2 open, 5 waiting, 0 given up
    waiting: shown update to lab/access since 10 for the chat, 1 failed, next -: verify: connection refused
    waiting: shown reply to lab/access since 10 for the chat, 0 failed, next -: -
    waiting: shown note to the requester to bob since 10 for the chat, 1 failed, next -: post: connection refused
    waiting: tried announcement to lab/access since 10 for the chat, 1 failed, next -: post: connection refused
    waiting: not-tried look to - since 100 for the chat, 0 failed, next -: -
    ");
    assert!(!status.failures.is_empty());
    assert!(status.failures.iter().all(|failure| failure.error.contains("connection refused")));
    world.chat.go_away(false);
    world.pass(120).await;
    assert!(monitor.status().is_well());
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_fails_now_and_then_waits_for_its_next_attempt() {
    let mut world = World::new();
    let (bot, monitor) = start(&mut world);
    world.pass(1).await;
    let busy = Fault::Refuse(ChatErrorKind::RateLimited(Some(Duration::from_secs(600))));
    world.chat.fail_next([busy]);
    world.cluster.ask("r1", world.now());
    world.pass(60).await;
    let status = monitor.status();
    assert!(status.is_well(), "it is only slow");
    insta::assert_snapshot!(told(&status), @"
    teleport ready since 0: -
    chat ready since 0: -
    1 open, 1 waiting, 0 given up
    waiting: r1 announcement to lab/access since 1 for the next attempt, 1 failed, next 601: post: as the test wanted
    ");
    world.pass(600).await;
    assert_eq!(monitor.status().backends[0].waiting, []);
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_hopeless_recipient_is_given_up_until_it_can_be_reached() {
    let mut world = World::new();
    world.recipients = vec!["lab/access", "lab/nowhere"];
    let nowhere = Recipient::Configured("lab/nowhere".into());
    world.chat.is(nowhere.clone(), Resolution::Unreachable(Unreachable::NotFound));
    let (bot, monitor) = start(&mut world);
    world.pass(5).await;
    world.cluster.ask("r1", world.now());
    world.pass(700).await;
    let status = monitor.status();
    assert!(!status.is_well());
    insta::assert_snapshot!(told(&status), @"
    teleport ready since 0: -
    chat ready since 0: -
    1 open, 0 waiting, 1 given up
    given up: r1 announcement to lab/nowhere since 5: not found
    ");
    // Whoever starts anew finds it in the ledger.
    bot.stop().await;
    let (bot, monitor) = start(&mut world);
    world.pass(5).await;
    assert_eq!(monitor.status().backends[0].given_up, status.backends[0].given_up);
    let conversation = accessbot_core::backend::Conversation {
        id: "lab.nowhere".into(),
        kind: accessbot_core::backend::ConversationKind::Channel,
    };
    world.chat.is(nowhere, Resolution::Resolved(conversation));
    world.pass(700).await;
    assert!(monitor.status().is_well());
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn whoever_starts_anew_says_the_same_of_what_is_finished() {
    let mut world = World::new();
    let (bot, monitor) = start(&mut world);
    for id in ["open", "granted"] {
        world.cluster.ask(id, world.now());
        world.pass(5).await;
        world.chat.fail_next([Fault::Refuse(ChatErrorKind::Rejected)]);
        world.cluster.review(id, "alice", Approved);
        world.pass(5).await;
    }
    world.cluster.resolve("granted", Approved, "");
    world.pass(5).await;
    let desk = |monitor: &Monitor| told(&monitor.status()).lines().skip(2).collect::<Vec<_>>().join("\n");
    let before = desk(&monitor);
    insta::assert_snapshot!(before, @"
    1 open, 0 waiting, 2 given up
    given up: open reply to lab/access since 5: the chat server refuses the message as malformed, which is a bug of the bot
    given up: granted, which is over reply to lab/access since 15: the chat server refuses the message as malformed, which is a bug of the bot
    ");
    bot.stop().await;
    let (bot, monitor) = start(&mut world);
    world.pass(5).await;
    assert_eq!(desk(&monitor), before);
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_was_given_up_is_told_for_a_day_after_the_request() {
    let mut world = World::new();
    world.recipients = vec!["lab/access", "lab/nowhere"];
    world.chat.is(Recipient::Configured("lab/nowhere".into()), Resolution::Unreachable(Unreachable::NotMember));
    let (bot, monitor) = start(&mut world);
    world.pass(1).await;
    world.cluster.ask("hopeless", world.now());
    world.pass(10).await;
    world.cluster.resolve("hopeless", Approved, "");
    world.chat.go_away(true);
    world.cluster.ask("early", world.now());
    world.pass(60).await;
    world.cluster.ask("late", world.now());
    world.pass(60).await;
    world.cluster.remove("early");
    world.cluster.remove("late");
    world.pass(60).await;
    world.chat.go_away(false);
    world.pass(120).await;
    insta::assert_snapshot!(told(&monitor.status()), @"
    teleport ready since 0: -
    chat ready since 193: probe: connection refused
    0 open, 0 waiting, 4 given up
    given up: hopeless, which is over announcement to lab/nowhere since 1: the bot is not a member
    given up: early, which is over announcement to lab/access since 11: the request ended before it was announced
    given up: early, which is over announcement to lab/nowhere since 11: the bot is not a member
    given up: late, which is over announcement to - since 71: the request ended before it was announced
    ");
    world.pass(24 * 3600).await;
    assert!(monitor.status().is_well());
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn while_teleport_is_away_it_says_so() {
    let mut world = World::new();
    world.cluster.go_away();
    let (bot, monitor) = start(&mut world);
    world.pass(60).await;
    let status = monitor.status();
    assert_eq!((status.is_well(), status.cluster.as_deref()), (false, None));
    insta::assert_snapshot!(told(&status), @"
    teleport not ready since 0: Teleport: ping: connection refused
    chat ready since 0: -
    0 open, 0 waiting, 0 given up
    ");
    world.cluster.come_back();
    world.pass(60).await;
    assert!(monitor.status().is_well());
    for _ in 0..3 {
        world.cluster.fail_next_write(false, TeleportErrorKind::Unavailable);
    }
    world.cluster.ask("r1", world.now());
    tokio::time::sleep(Duration::from_millis(10)).await;
    world.cluster.go_away();
    world.pass(120).await;
    let status = monitor.status();
    assert!(!status.is_well());
    insta::assert_snapshot!(told(&status), @"
    teleport not ready since 120: Teleport: ping: connection refused
    chat ready since 0: -
    1 open, 1 waiting, 0 given up
    waiting: r1 look to - since 120 for Teleport, 1 failed, next -: Teleport: change record: as the test wanted
    ");
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_chat_that_is_away_is_told_before_the_cluster_is_found() {
    let mut world = World::new();
    world.cluster.go_away();
    world.chat.go_away(true);
    let (bot, monitor) = start(&mut world);
    world.pass(60).await;
    insta::assert_snapshot!(told(&monitor.status()), @"
    teleport not ready since 0: Teleport: ping: connection refused
    chat not ready since 0: probe: connection refused
    0 open, 0 waiting, 0 given up
    ");
    world.chat.go_away(false);
    world.cluster.come_back();
    world.pass(60).await;
    assert!(monitor.status().is_well());
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_listened_to_is_among_the_failures() {
    let mut world = World::new();
    world.chat.refuse_token(true);
    let (bot, monitor) = start(&mut world);
    world.pass(10).await;
    let failures = monitor.status().failures;
    let listening = failures.iter().find(|failure| failure.error == "listen: session expired");
    let failure = listening.unwrap_or_else(|| panic!("nobody says that the chat cannot be listened to: {failures:?}"));
    assert_eq!((failure.backend.as_deref(), failure.request.as_deref()), (Some("fake"), None));
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_chat_that_cannot_be_listened_to_is_not_well_until_it_can() {
    let mut world = World::new();
    world.chat.cannot_be_listened_to(true);
    let (bot, monitor) = start(&mut world);
    world.pass(100).await;
    let status = monitor.status();
    let chat = &status.backends[0];
    let listening = chat.listening.as_ref().map(|listening| (listening.ready, at(listening.since)));
    assert_eq!((chat.connection.ready, listening, status.is_well()), (true, Some((false, 0)), false));
    let error = chat.listening.as_ref().and_then(|listening| listening.last_error.as_deref());
    assert_eq!(error, Some("listen: switched off"));
    world.chat.cannot_be_listened_to(false);
    world.pass(60).await;
    assert!(monitor.status().is_well());
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn of_many_lines_the_oldest_are_told_and_all_are_counted() {
    let mut world = World::new();
    world.chat.go_away(true);
    let (bot, monitor) = start(&mut world);
    world.pass(10).await;
    for n in 0..1200 {
        world.cluster.ask(&format!("r{n:04}"), world.now());
        world.pass(1).await;
    }
    let status = monitor.status();
    let chat = &status.backends[0];
    assert_eq!((chat.open, chat.waiting_total, chat.waiting.len()), (1200, 1200, 1000));
    let told: Vec<&str> = chat.waiting.iter().map(|line| line.request.as_str()).collect();
    assert_eq!((told[0], told[999]), ("r0000", "r0999"));
    assert!(status.failures.len() <= 100);
    let json = serde_json::to_string(&status).unwrap();
    let read: Status = serde_json::from_str(&json).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), json, "it reads what it writes");
    bot.stop().await;
}
