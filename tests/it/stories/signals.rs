//! What a service manager sends, while something is in hand.

use accessbot_testkit::harness::{ChatStandIn, World};

use super::every_chat::in_every_chat;
use crate::bot::Bot;

in_every_chat!(what_is_in_hand_is_finished_before_the_end, a_second_signal_ends_it_at_once_and_the_next_start_finishes,);

async fn what_is_in_hand_is_finished_before_the_end<C: ChatStandIn>() {
    let world = World::<C>::open_source().await;
    let mut bot = Bot::start(&world);
    let hold = world.chat.faults().hold(C::POST);
    let id = world.bob_asks("why");
    hold.caught(1).await;
    bot.signal("TERM");
    bot.wait_for("stopping: finishing what is in hand");
    drop(hold);
    bot.ends_with(0);
    let record = world.record(&id);
    assert!(record.contains_key("messages"), "the post was recorded: {record:?}");
    Bot::start(&world).stop();
    assert_eq!(world.count(), 1);
    world.check();
}

async fn a_second_signal_ends_it_at_once_and_the_next_start_finishes<C: ChatStandIn>() {
    let world = World::<C>::open_source().await;
    let mut bot = Bot::start(&world);
    let hold = world.chat.faults().hold(C::POST);
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
