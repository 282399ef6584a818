//! What people see when nothing goes wrong.

use std::time::Duration;

use accessbot_core::backend::{Recipient, Resolution, Unreachable};
use accessbot_core::engine::Options;
use accessbot_core::request::RequestState::{Approved, Denied};

use crate::world::World;

#[tokio::test(start_paused = true)]
async fn bob_asks_two_people_approve_and_everybody_is_told() {
    let mut world = World::new();
    let bot = world.start();
    world.pass(1).await;
    world.cluster.ask("r1", world.now());
    world.pass(1).await;
    assert_eq!(world.shown("r1"), ["lab.access PENDING"]);
    world.cluster.review("r1", "alice", Approved);
    world.pass(1).await;
    assert_eq!(world.chat.card("r1").fields.iter().filter(|f| f.kind.label() == "Reviews").count(), 1);
    world.cluster.review("r1", "ivan", Approved);
    world.cluster.resolve("r1", Approved, "go ahead");
    world.pass(1).await;
    assert_eq!(world.shown("r1"), ["lab.access APPROVED"]);
    insta::assert_snapshot!(world.chat.notes().join("\n"), @r"
    @bob: Your request for role dbadmin was received, and the reviewers were told. Its number is r1.
    lab.access: alice approved the request.
    @bob: Your request for role dbadmin was approved. Its number is r1.
    lab.access: ivan approved the request.
    lab.access: The request was approved.
    ");
    world.cluster.remove("r1");
    world.pass(1).await;
    assert_eq!(world.shown("r1"), ["lab.access APPROVED"], "the end of the access is not the end of the request");
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_happened_while_the_bot_was_away_is_shown_when_it_is_back() {
    let mut world = World::new();
    for id in ["approved", "denied", "turned", "removed", "expired", "reviewed"] {
        world.cluster.ask(id, world.now());
    }
    let bot = world.start();
    world.pass(1).await;
    world.cluster.resolve("turned", Approved, "");
    world.pass(1).await;
    bot.stop().await;
    world.cluster.resolve("approved", Approved, "");
    world.cluster.resolve("denied", Denied, "");
    world.cluster.resolve("turned", Denied, "");
    world.cluster.review("reviewed", "alice", Approved);
    world.cluster.remove("removed");
    world.cluster.ask("new", world.now());
    let bot = world.start();
    world.pass(5).await;
    world.cluster.remove("expired");
    bot.stop().await;
    world.pass(3600).await;
    let bot = world.start();
    world.pass(5).await;
    let all: Vec<String> = ["approved", "denied", "turned", "removed", "expired", "reviewed", "new"]
        .into_iter()
        .map(|id| format!("{id}: {}", world.shown(id).join(", ")))
        .collect();
    insta::assert_snapshot!(all.join("\n"), @r"
    approved: lab.access APPROVED
    denied: lab.access DENIED
    turned: lab.access DENIED
    removed: lab.access REMOVED
    expired: lab.access EXPIRED
    reviewed: lab.access PENDING
    new: lab.access PENDING
    ");
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn every_expiry_is_noticed_even_if_no_event_tells_of_it() {
    let mut world = World::new();
    let bot = world.start_with(Options { relist: Duration::from_secs(1_000_000), ..Options::default() });
    world.pass(1).await;
    world.cluster.ask("r1", world.now());
    world.pass(1).await;
    world.cluster.lose_events(true);
    world.pass(3590).await;
    assert_eq!(world.shown("r1"), ["lab.access PENDING"]);
    world.pass(20).await;
    assert_eq!(world.shown("r1"), ["lab.access PENDING"], "our clock alone proves nothing: the request is still there");
    world.cluster.remove("r1");
    world.pass(120).await;
    assert_eq!(world.shown("r1"), ["lab.access EXPIRED"]);
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_quiet_request_costs_nothing() {
    let mut world = World::new();
    for n in 0..50 {
        world.cluster.ask(&format!("r{n}"), world.now());
    }
    let bot = world.start();
    world.pass(60).await;
    let calls = |world: &World| {
        let chat = ["post", "find", "update", "verify", "resolve", "delete"].map(|c| world.chat.calls(c));
        let cluster = ["change_record", "record", "request"].map(|c| world.cluster.calls(c));
        (chat, cluster)
    };
    let mut before = calls(&world);
    for n in 0..50 {
        world.cluster.repeat(&format!("r{n}"));
    }
    world.pass(1000).await;
    assert_eq!(calls(&world), before, "neither repeated events nor listings make a call");
    assert!(world.cluster.calls("requests") >= 4, "although everything is listed every five minutes");
    bot.stop().await;
    let bot = world.start();
    world.pass(1000).await;
    before.0[4] += 1; // Each process finds out by itself who the recipients are.
    assert_eq!(calls(&world), before, "and to whoever starts anew the records say enough");
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_was_quiet_before_a_restart_is_noticed_when_it_changes() {
    let mut world = World::new();
    for id in ["reviewed", "expired", "unheard"] {
        world.cluster.ask(id, world.now());
    }
    let bot = world.start();
    world.pass(60).await;
    bot.stop().await;
    let bot = world.start_with(Options { relist: Duration::from_secs(2000), ..Options::default() });
    world.pass(60).await;
    world.cluster.review("reviewed", "alice", Approved);
    world.pass(10).await;
    assert_eq!(world.chat.notes().last().unwrap(), "lab.access: alice approved the request.");
    world.cluster.lose_events(true);
    world.cluster.resolve("unheard", Denied, "");
    world.pass(2000).await;
    assert_eq!(world.shown("unheard"), ["lab.access DENIED"], "as the listing told");
    world.pass(1400).await;
    world.cluster.remove("expired");
    world.pass(150).await;
    assert_eq!(world.shown("expired"), ["lab.access EXPIRED"], "as its own deadline told");
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_fresh_request_is_announced_with_three_writes_and_no_read() {
    let mut world = World::new();
    let bot = world.start();
    world.pass(1).await;
    world.cluster.ask("r1", world.now());
    world.pass(1).await;
    assert_eq!(world.cluster.calls("change_record"), 3, "the claim, the message, and the word to bob");
    assert_eq!(world.cluster.calls("record") + world.cluster.calls("request"), 0);
    assert_eq!(world.chat.calls("post"), 2, "the channel, and bob");
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_unreachable_recipient_holds_nobody_up_and_is_told_once_it_can_be_reached() {
    let mut world = World::new();
    world.recipients = vec!["lab/access", "lab/secret"];
    let secret = Recipient::Configured("lab/secret".into());
    world.chat.is(secret.clone(), Resolution::Unreachable(Unreachable::NotMember));
    let bot = world.start();
    world.pass(1).await;
    world.cluster.ask("r1", world.now());
    world.pass(1).await;
    assert_eq!(world.shown("r1"), ["lab.access PENDING"]);
    let channel = accessbot_core::backend::Conversation {
        id: "secret".into(),
        kind: accessbot_core::backend::ConversationKind::Channel,
    };
    world.chat.is(secret, Resolution::Resolved(channel));
    world.pass(700).await;
    assert_eq!(world.shown("r1"), ["lab.access PENDING", "secret PENDING"]);
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn two_names_of_one_channel_get_one_message() {
    let mut world = World::new();
    world.recipients = vec!["lab/access", "same"];
    let same = accessbot_core::backend::Conversation {
        id: "lab.access".into(),
        kind: accessbot_core::backend::ConversationKind::Channel,
    };
    world.chat.is(Recipient::Configured("same".into()), Resolution::Resolved(same));
    let bot = world.start();
    world.pass(1).await;
    world.cluster.ask("r1", world.now());
    world.pass(1).await;
    assert_eq!(world.shown("r1"), ["lab.access PENDING"]);
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn old_requests_can_be_left_unannounced() {
    let mut world = World::new();
    world.cluster.ask("old", world.now());
    world.pass(1800).await;
    world.cluster.ask("young", world.now());
    let options = Options { announce_at_most_old: Some(Duration::from_secs(600)), ..Options::default() };
    let bot = world.start_with(options);
    world.pass(5).await;
    assert_eq!((world.shown("old").len(), world.shown("young").len()), (0, 1));
    assert!(world.cluster.record("fake", "old").contains_key("accessbot"), "but it is recorded");
    world.cluster.resolve("old", Approved, "");
    world.pass(5).await;
    assert_eq!(world.chat.notes().len(), 1, "and its end is nobody's news: {:?}", world.chat.notes());
    bot.stop().await;
}
