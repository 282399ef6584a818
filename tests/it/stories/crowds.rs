//! Many requests, many bots, and sudden ends.

use std::time::Duration;

use accessbot_sandbox::teleport::NewRequest;
use accessbot_testkit::harness::{CHANNEL, World};

use crate::bot::Bot;

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_that_were_pending_before_the_start_are_announced() {
    let world = World::open_source().await;
    let ids = world.teleport.create_requests((0..500).map(|_| NewRequest::bob())).await.unwrap();
    let bot = Bot::start(&world);
    world.counts(500).await;
    bot.stop();
    assert_eq!((ids.len(), world.mattermost.post_count(CHANNEL)), (500, 500));
    world.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_that_no_watch_can_hold_is_announced() {
    let world = World::open_source().await;
    let bot = Bot::start(&world);
    for _ in 0..5 {
        world.burst(100);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    world.counts(500).await;
    let log = bot.stop_and_tell();
    assert!(log.contains("buffer overflow"), "the stand-in must have cut the watch, or this shows nothing");
    assert_eq!(world.mattermost.post_count(CHANNEL), 500);
    world.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_it_goes_on_after_the_next_start() {
    let world = World::open_source().await;
    for round in 0..5 {
        let bot = Bot::start(&world);
        world.burst(40);
        tokio::time::sleep(Duration::from_millis(15 + 20 * round)).await;
        bot.kill();
    }
    let bot = Bot::start(&world);
    world.counts(200).await;
    bot.stop();
    assert_eq!(world.mattermost.post_count(CHANNEL), 200);
    world.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn three_replicas_share_the_work() {
    let world = World::open_source().await;
    let bots = [Bot::start(&world), Bot::start(&world), Bot::start(&world)];
    world.burst(200);
    world.counts(200).await;
    for bot in bots {
        bot.stop();
    }
    assert_eq!(world.mattermost.post_count(CHANNEL), 200);
    world.check();
}
