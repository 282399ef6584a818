//! Many requests, and many bots.

use std::time::Duration;

use accessbot_testkit::harness::{ChatStandIn, World};

use super::every_chat::in_every_chat;
use crate::bot::Bot;

in_every_chat!(
    five_hundred_that_were_pending_before_the_start_are_announced,
    a_burst_that_no_watch_can_hold_is_announced,
    three_replicas_share_the_work,
);

async fn five_hundred_that_were_pending_before_the_start_are_announced<C: ChatStandIn>() {
    let world = World::<C>::open_source().await;
    let config = world.config_for_a_crowd();
    let ids = world.teleport.create_requests((0..500).map(World::<C>::one_of_many)).await.unwrap();
    let bot = Bot::start_with(&world, &config);
    world.counts(500).await;
    bot.stop();
    assert_eq!((ids.len(), world.count()), (500, 500));
    world.check();
}

async fn a_burst_that_no_watch_can_hold_is_announced<C: ChatStandIn>() {
    let world = World::<C>::open_source().await;
    let config = world.config_for_a_crowd();
    let bot = Bot::start_with(&world, &config);
    for _ in 0..5 {
        world.burst(100);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    world.counts(500).await;
    let log = bot.stop_and_tell();
    assert!(log.contains("buffer overflow"), "the stand-in must have cut the watch, or this shows nothing");
    assert_eq!(world.count(), 500);
    world.check();
}

async fn three_replicas_share_the_work<C: ChatStandIn>() {
    let world = World::<C>::open_source().await;
    let config = world.config_for_a_crowd();
    let bots = [Bot::start_with(&world, &config), Bot::start_with(&world, &config), Bot::start_with(&world, &config)];
    world.burst(200);
    world.counts(200).await;
    for bot in bots {
        bot.stop();
    }
    assert_eq!(world.count(), 200);
    world.check();
}
