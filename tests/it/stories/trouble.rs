//! The chat and the cluster in trouble: the same in the end, a little later.

use std::time::Duration;

use accessbot_sandbox::mattermost::Answer;
use accessbot_testkit::harness::{CHANNEL, World};
use tonic::Code;

use crate::bot::Bot;

const POST: &str = "POST /posts";

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_while_the_chat_is_away_is_announced_when_it_is_back() {
    let world = World::open_source().await;
    let mut bot = Bot::start(&world);
    world.mattermost.stop().await;
    world.burst(30);
    bot.wait_for("not ready: the chat server does not answer");
    world.mattermost.start_again().unwrap();
    world.counts(30).await;
    bot.stop();
    assert_eq!(world.mattermost.post_count(CHANNEL), 30);
    world.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn failing_calls_are_made_again_and_lost_answers_make_no_second_message() {
    let world = World::open_source().await;
    let bot = Bot::start(&world);
    let faults = world.mattermost.faults();
    faults.fail_next(POST, 2, Answer::internal_error());
    faults.fail_after_effect(POST, 2, Answer::bad_gateway());
    faults.drop_next(POST, 2);
    faults.drop_after_effect(POST, 2);
    faults.garble_next(POST, 2);
    faults.fail_next(POST, 2, Answer::rate_limited(1));
    for n in 0..10 {
        world.bob_asks(&format!("number {n}"));
    }
    world.counts(10).await;
    bot.stop();
    assert_eq!(world.mattermost.post_count(CHANNEL), 10);
    world.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_is_probed_until_it_is_accepted() {
    let world = World::open_source().await;
    let mut bot = Bot::start(&world);
    world.mattermost.revoke_token();
    let id = world.bob_asks("why");
    bot.wait_for("the chat server refuses the bot's token");
    world.mattermost.restore_token();
    bot.wait_for("the chat server answers again");
    world.shows(&id, "PENDING").await;
    bot.stop();
    world.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_while_teleport_is_away_is_seen_when_it_is_back() {
    let world = World::open_source().await;
    let mut bot = Bot::start(&world);
    let before = world.bob_asks("before");
    world.shows(&before, "PENDING").await;
    world.teleport.stop().await;
    bot.wait_for("the watch ended");
    world.tctl_deny(&before, "meanwhile");
    let during = world.bob_asks("during");
    world.teleport.start_again().unwrap();
    world.shows(&before, "DENIED").await;
    world.shows(&during, "PENDING").await;
    bot.stop();
    world.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_ends_a_watch_another_is_opened() {
    let world = World::open_source().await;
    let bot = Bot::start(&world);
    let ends = [
        (Code::InvalidArgument, "buffer overflow"),
        (Code::Unknown, "watcher closed"),
        (Code::Unavailable, "transport is closing"),
        (Code::Cancelled, "bye"),
    ];
    for (code, message) in ends {
        world.teleport.disconnect_watches_with(code, message);
        let id = world.bob_asks(message);
        world.shows(&id, "PENDING").await;
    }
    bot.stop();
    world.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_that_fail_before_or_after_they_took_effect_are_made_up_for() {
    let world = World::open_source().await;
    let bot = Bot::start(&world);
    world.teleport.faults().fail_next("UpdatePluginData", 3, Code::Unavailable, "try again");
    world.teleport.faults().fail_after_effect("UpdatePluginData", 3);
    world.teleport.faults().fail_next("UpdatePluginData", 2, Code::FailedPrecondition, "lost the race");
    for n in 0..6 {
        world.bob_asks(&format!("number {n}"));
    }
    world.counts(6).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    bot.stop();
    assert_eq!(world.mattermost.post_count(CHANNEL), 6);
    world.check();
}
