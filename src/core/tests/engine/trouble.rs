//! What people see when something goes wrong: the same, a little later.

use std::time::Duration;

use accessbot_core::backend::{ChatErrorKind, OnUncertain, Unreachable};
use accessbot_core::request::RequestState::{Approved, Pending};
use accessbot_core::teleport::TeleportErrorKind;

use crate::chat::Fault;
use crate::world::World;

#[tokio::test(start_paused = true)]
async fn a_lost_answer_does_not_make_a_second_message() {
    let mut world = World::new();
    let bot = world.start();
    world.pass(1).await;
    world.chat.fail_next([Fault::LoseAnswer, Fault::LoseAnswer]);
    world.cluster.ask("r1", world.now());
    world.pass(300).await;
    assert_eq!(world.shown("r1"), ["lab.access PENDING"]);
    assert_eq!(world.chat.notes().len(), 1, "one word to bob: {:?}", world.chat.notes());
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_frozen_server_that_posts_late_leaves_one_message() {
    for late in [2, 10, 30, 50] {
        let mut world = World::new();
        let bot = world.start();
        world.pass(1).await;
        world.chat.fail_next([Fault::Late(Duration::from_secs(late))]);
        world.cluster.ask("r1", world.now());
        world.pass(200).await;
        assert_eq!(world.shown("r1"), ["lab.access PENDING"], "late by {late} s");
        bot.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn where_nothing_can_be_looked_for_the_operator_chooses_between_twice_and_never() {
    for (choice, shown, in_the_end) in [
        // The copy that nobody knows of stays as it is.
        (OnUncertain::Repost, vec!["lab.access PENDING"; 2], vec!["lab.access APPROVED", "lab.access PENDING"]),
        (OnUncertain::Skip, vec![], vec![]),
    ] {
        // An answer is lost, with the message posted or not: nobody can tell.
        let mut world = World::new();
        world.chat.cannot_be_searched(choice);
        let bot = world.start();
        world.pass(1).await;
        let lost =
            if choice == OnUncertain::Repost { Fault::LoseAnswer } else { Fault::Late(Duration::from_secs(86_400)) };
        world.chat.fail_next([lost]);
        world.cluster.ask("r1", world.now());
        world.pass(300).await;
        assert_eq!(world.shown("r1"), shown, "{choice:?}");
        // What certainly had no effect is repeated all the same.
        world.chat.fail_next([Fault::Refuse(ChatErrorKind::Transient)]);
        world.cluster.ask("r2", world.now());
        world.pass(300).await;
        assert_eq!(world.shown("r2"), ["lab.access PENDING"], "{choice:?}");
        world.cluster.resolve("r1", Approved, "");
        world.pass(60).await;
        assert_eq!(world.shown("r1"), in_the_end, "{choice:?}");
        bot.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_kill_at_any_moment_leaves_one_message() {
    // Between the claim and the post, between the post and its record, and after everything.
    for faults in [
        vec![Fault::Refuse(ChatErrorKind::Transient), Fault::Refuse(ChatErrorKind::Transient)],
        vec![Fault::LoseAnswer, Fault::LoseAnswer],
        vec![],
    ] {
        let mut world = World::new();
        let bot = world.start();
        world.pass(1).await;
        world.chat.fail_next(faults.clone());
        world.cluster.ask("r1", world.now());
        tokio::time::sleep(Duration::from_millis(1)).await;
        bot.kill().await;
        let bot = world.start();
        world.pass(120).await;
        assert_eq!(world.shown("r1"), ["lab.access PENDING"], "after {faults:?}");
        assert_eq!(world.chat.notes().len(), 1);
        bot.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn chat_away_for_an_hour_loses_nothing_and_is_hardly_called() {
    let mut world = World::new();
    let bot = world.start();
    world.pass(1).await;
    world.chat.go_away(true);
    let calls = |world: &World| ["probe", "post", "resolve", "find"].map(|c| world.chat.calls(c)).iter().sum::<usize>();
    for n in 0..100 {
        world.cluster.ask(&format!("r{n}"), world.now());
    }
    world.pass(60).await;
    let before = calls(&world);
    world.pass(3000).await;
    let made = calls(&world) - before;
    assert!(made <= 50 * 12, "{made} calls in 50 minutes, although 100 requests wait");
    world.chat.go_away(false);
    world.pass(120).await;
    for n in 0..100 {
        assert_eq!(world.shown(&format!("r{n}")), ["lab.access PENDING"]);
    }
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_probed_until_it_is_accepted() {
    let mut world = World::new();
    let bot = world.start();
    world.pass(1).await;
    world.chat.refuse_token(true);
    world.cluster.ask("r1", world.now());
    world.pass(600).await;
    assert_eq!(world.shown("r1"), [""; 0]);
    world.chat.refuse_token(false);
    world.pass(60).await;
    assert_eq!(world.shown("r1"), ["lab.access PENDING"]);
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_came_while_teleport_was_away_is_announced_when_it_is_back() {
    let mut world = World::new();
    let bot = world.start();
    world.pass(1).await;
    world.cluster.ask("before", world.now());
    world.pass(1).await;
    world.cluster.go_away();
    world.pass(1200).await;
    world.cluster.resolve("before", Approved, "");
    world.cluster.ask("during", world.now());
    world.cluster.come_back();
    world.pass(120).await;
    assert_eq!(world.shown("before"), ["lab.access APPROVED"]);
    assert_eq!(world.shown("during"), ["lab.access PENDING"]);
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_write_whose_answer_is_lost_is_read_back() {
    for after_effect in [false, true] {
        let mut world = World::new();
        let bot = world.start();
        world.pass(1).await;
        world.cluster.fail_next_write(after_effect, TeleportErrorKind::Unavailable);
        world.cluster.ask("r1", world.now());
        world.pass(120).await;
        assert_eq!(world.shown("r1"), ["lab.access PENDING"]);
        assert_eq!(world.chat.calls("post"), 2);
        // And the same for the write that records what was posted.
        world.chat.fail_next([]);
        world.cluster.review("r1", "alice", Approved);
        world.pass(120).await;
        world.cluster.fail_next_write(after_effect, TeleportErrorKind::Unavailable);
        world.cluster.resolve("r1", Approved, "");
        world.pass(120).await;
        assert_eq!(world.shown("r1"), ["lab.access APPROVED"]);
        let replies = world.chat.notes().iter().filter(|n| n.contains("was approved.")).count();
        assert_eq!(replies, 2, "the thread and bob: {:?}", world.chat.notes());
        bot.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn lost_events_are_made_up_for_by_the_next_listing() {
    let mut world = World::new();
    let bot = world.start();
    world.pass(1).await;
    world.cluster.lose_events(true);
    world.cluster.ask("r1", world.now());
    world.pass(400).await;
    assert_eq!(world.shown("r1"), ["lab.access PENDING"]);
    world.cluster.remove("r1");
    world.pass(400).await;
    assert_eq!(world.shown("r1"), ["lab.access REMOVED"]);
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn cut_watches_are_opened_again_at_once() {
    let mut world = World::new();
    let bot = world.start();
    world.pass(1).await;
    for n in 0..20 {
        world.cluster.cut_watches();
        world.cluster.ask(&format!("r{n}"), world.now());
        world.pass(1).await;
    }
    for n in 0..20 {
        assert_eq!(world.shown(&format!("r{n}")), ["lab.access PENDING"]);
    }
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_recipient_that_fails_for_ever_does_not_delay_the_others() {
    let mut world = World::new();
    world.recipients = vec!["lab/access", "lab/bad"];
    let bot = world.start();
    world.pass(1).await;
    let hopeless = Fault::Refuse(ChatErrorKind::Hopeless(Unreachable::Forbidden));
    world.chat.fail_next([hopeless]);
    world.cluster.ask("r1", world.now());
    world.pass(1).await;
    assert_eq!(world.shown("r1").len(), 1);
    world.cluster.resolve("r1", Approved, "");
    world.pass(1).await;
    assert!(world.shown("r1")[0].ends_with("APPROVED"));
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_message_that_somebody_deleted_is_not_posted_again() {
    let mut world = World::new();
    let bot = world.start();
    world.pass(1).await;
    world.cluster.ask("r1", world.now());
    world.pass(1).await;
    let announced = world.chat.posts()[0].reference.clone();
    world.chat.delete_by_hand(&announced);
    world.cluster.resolve("r1", Approved, "");
    world.pass(60).await;
    assert_eq!(world.shown("r1"), [""; 0]);
    let told = world.chat.notes();
    assert!(told.iter().any(|n| n.starts_with("@bob: Your request for role dbadmin was approved")), "{told:?}");
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn three_replicas_make_one_message() {
    let mut world = World::new();
    let bots = [world.start(), world.start(), world.start()];
    world.pass(1).await;
    for n in 0..30 {
        world.cluster.ask(&format!("r{n}"), world.now());
    }
    world.pass(30).await;
    for n in 0..30 {
        world.cluster.resolve(&format!("r{n}"), Approved, "");
    }
    world.pass(120).await;
    for n in 0..30 {
        assert_eq!(world.shown(&format!("r{n}")), ["lab.access APPROVED"]);
    }
    let told = world.chat.notes();
    let once: std::collections::BTreeSet<&String> = told.iter().filter(|n| n.starts_with('@')).collect();
    assert_eq!((told.len(), once.len()), (30 * 3, 30 * 2), "received, decided, and a reply in the thread");
    for bot in bots {
        bot.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_dead_replicas_work_is_taken_over() {
    let mut world = World::new();
    let dying = world.start();
    world.pass(1).await;
    let other = world.start();
    world.pass(1).await;
    world.chat.fail_next(vec![Fault::Refuse(ChatErrorKind::Transient); 2]);
    world.cluster.ask("r1", world.now());
    tokio::time::sleep(Duration::from_millis(1)).await;
    dying.kill().await;
    world.pass(30).await;
    assert_eq!(world.shown("r1"), ["lab.access PENDING"]);
    other.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_the_go_plugin_announced_is_adopted() {
    let mut world = World::new();
    world.cluster.ask("r1", world.now());
    let post = world.chat.post_by_hand("lab.access", Some("r1"));
    let messages = post.to_string();
    world.cluster.forge("fake", "r1", &[("user", "bob"), ("roles", "dbadmin"), ("messages", &messages)]);
    let bot = world.start();
    world.pass(5).await;
    assert_eq!(world.shown("r1"), ["lab.access PENDING"]);
    world.cluster.resolve("r1", Approved, "");
    world.pass(5).await;
    assert_eq!(world.shown("r1"), ["lab.access APPROVED"]);
    assert_eq!(world.chat.posts().iter().filter(|p| p.root.is_none() && p.reference == post).count(), 1);
    let record = world.cluster.record("fake", "r1");
    assert_eq!(
        (record["resolution"].as_str(), &record["messages"]),
        ("APPROVED", &messages),
        "and it can be given back"
    );
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_go_plugin_that_died_after_its_claim_is_taken_over_and_its_post_found() {
    for posted in [false, true] {
        let mut world = World::new();
        world.cluster.ask("r1", world.now());
        world.cluster.forge("fake", "r1", &[("user", "bob"), ("roles", "dbadmin")]);
        if posted {
            world.chat.post_by_hand("lab.access", Some("r1"));
        }
        let bot = world.start();
        world.pass(50).await;
        assert_eq!(world.shown("r1"), [""; 0], "it may still be at work");
        world.pass(20).await;
        assert_eq!(world.shown("r1"), ["lab.access PENDING"]);
        let roots = world.chat.posts().into_iter().filter(|p| p.reference.conversation == "lab.access").count();
        assert_eq!(roots, 1, "posted by the Go plugin: {posted}");
        bot.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn forged_records_neither_silence_a_request_nor_touch_foreign_messages() {
    let mut world = World::new();
    let foreign = world.chat.post_by_hand("lab.town-square", Some("another"));
    let messages = foreign.to_string();
    for (id, entries) in [
        ("garbage", vec![("accessbot", "{{{ not a ledger")]),
        ("types", vec![("accessbot", r#"{"v":1,"rev":"x"}"#)]),
        (
            "points-nowhere",
            vec![(
                "accessbot",
                r#"{"v":1,"rev":1,"f":{"s":"P"},"i":[{"w":{"rev":{"under":7,"number":1}},"m":"a","t":0,"s":"intent"}]}"#,
            )],
        ),
        ("last-revision", vec![("accessbot", r#"{"v":1,"rev":18446744073709551615,"f":{"s":"P"},"i":[]}"#)]),
        ("foreign", vec![("user", "bob"), ("messages", messages.as_str())]),
        ("nowhere", vec![("user", "bob"), ("messages", "lab.access/no-such")]),
    ] {
        world.cluster.ask(id, world.now());
        world.cluster.forge("fake", id, &entries);
    }
    let bot = world.start();
    world.pass(30).await;
    for id in ["garbage", "types", "points-nowhere", "last-revision", "foreign"] {
        assert_eq!(world.shown(id), ["lab.access PENDING"], "{id}");
    }
    let post = world.chat.posts().into_iter().find(|p| p.reference == foreign).unwrap();
    assert_eq!(post.edits, 0, "the foreign message was not touched");
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_ledger_of_a_newer_version_is_left_alone() {
    let mut world = World::new();
    world.cluster.ask("r1", world.now());
    world.cluster.forge("fake", "r1", &[("accessbot", r#"{"v":3,"everything":"else"}"#)]);
    let bot = world.start();
    world.pass(700).await;
    assert_eq!(world.shown("r1"), [""; 0]);
    assert_eq!(world.cluster.calls("change_record"), 0);
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_forged_resolution_is_not_believed() {
    let mut world = World::new();
    let bot = world.start();
    world.pass(1).await;
    world.cluster.ask("r1", world.now());
    world.pass(1).await;
    world.cluster.forge("fake", "r1", &[("resolution", "APPROVED")]);
    world.pass(400).await;
    assert_eq!(world.shown("r1"), ["lab.access PENDING"]);
    world.cluster.review("r1", "alice", Pending);
    world.pass(10).await;
    assert_eq!(world.shown("r1"), ["lab.access PENDING"]);
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn bob_is_not_told_that_the_reviewers_were_told_before_one_of_them_was() {
    let mut world = World::new();
    let bot = world.start();
    world.pass(1).await;
    world.chat.fail_next(vec![Fault::Refuse(ChatErrorKind::Transient); 4]);
    world.cluster.ask("r1", world.now());
    world.pass(3).await;
    assert_eq!((world.shown("r1").len(), world.chat.notes().len()), (0, 0));
    world.pass(60).await;
    assert_eq!((world.shown("r1").len(), world.chat.notes().len()), (1, 1));
    bot.stop().await;
}
