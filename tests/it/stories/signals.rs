//! What a service manager sends, while something is in hand.

use accessbot_testkit::harness::{CHANNEL, World};

use crate::bot::Bot;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_hand_is_finished_before_the_end() {
    let world = World::open_source().await;
    let mut bot = Bot::start(&world);
    let hold = world.mattermost.faults().hold("POST /posts");
    let id = world.bob_asks("why");
    hold.caught(1).await;
    bot.signal("TERM");
    bot.wait_for("stopping: finishing what is in hand");
    drop(hold);
    bot.ends_with(0);
    let record = world.teleport.plugin_data(&id, "mattermost");
    assert!(record.contains_key("messages"), "the post was recorded: {record:?}");
    Bot::start(&world).stop();
    assert_eq!(world.mattermost.post_count(CHANNEL), 1);
    world.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_ends_it_at_once_and_the_next_start_finishes() {
    let world = World::open_source().await;
    let mut bot = Bot::start(&world);
    let hold = world.mattermost.faults().hold("POST /posts");
    let id = world.bob_asks("why");
    hold.caught(1).await;
    bot.signal("TERM");
    bot.wait_for("stopping: finishing what is in hand");
    bot.signal("TERM");
    bot.ends_with(143);
    drop(hold);
    let bot = Bot::start(&world);
    world.shows(&id, "PENDING").await;
    bot.stop();
    world.check();
}
