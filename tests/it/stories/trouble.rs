//! The chat and the cluster in trouble: the same in the end, a little later.

use std::time::Duration;

use accessbot_sandbox::Answer;
use accessbot_testkit::harness::{ChatStandIn, World};
use tonic::Code;

use super::every_chat::in_every_chat;
use crate::bot::Bot;

in_every_chat!(
    what_comes_while_the_chat_is_away_is_announced_when_it_is_back,
    failing_calls_are_made_again_and_lost_answers_make_no_second_message,
    a_revoked_token_is_probed_until_it_is_accepted,
    what_comes_while_teleport_is_away_is_seen_when_it_is_back,
    whatever_ends_a_watch_another_is_opened,
    writes_that_fail_before_or_after_they_took_effect_are_made_up_for,
);

async fn what_comes_while_the_chat_is_away_is_announced_when_it_is_back<C: ChatStandIn>() {
    let world = World::<C>::open_source().await;
    let mut bot = Bot::start_with(&world, &world.config_for_a_crowd());
    world.chat.stop().await;
    world.burst(30);
    bot.wait_for("not ready: the chat server does not answer");
    world.chat.start_again();
    world.counts(30).await;
    bot.stop();
    assert_eq!(world.count(), 30);
    world.check();
}

async fn failing_calls_are_made_again_and_lost_answers_make_no_second_message<C: ChatStandIn>() {
    let world = World::<C>::open_source().await;
    let bot = Bot::start_with(&world, &world.config_for_a_crowd());
    let faults = world.chat.faults();
    faults.fail_next(C::POST, 2, C::internal_error());
    faults.fail_after_effect(C::POST, 2, Answer::bad_gateway());
    faults.drop_next(C::POST, 2);
    faults.drop_after_effect(C::POST, 2);
    faults.garble_next(C::POST, 2);
    faults.fail_next(C::POST, 2, C::rate_limited());
    for n in 0..10 {
        world.ask(World::<C>::one_of_many(n));
    }
    world.counts(10).await;
    bot.stop();
    assert_eq!(world.count(), 10);
    world.check();
}

async fn a_revoked_token_is_probed_until_it_is_accepted<C: ChatStandIn>() {
    let world = World::<C>::open_source().await;
    let mut bot = Bot::start(&world);
    world.chat.revoke_token();
    let id = world.bob_asks("why");
    bot.wait_for("the chat server refuses the bot's token");
    world.chat.restore_token();
    bot.wait_for("the chat server answers again");
    world.shows(&id, "PENDING").await;
    bot.stop();
    world.check();
}

async fn what_comes_while_teleport_is_away_is_seen_when_it_is_back<C: ChatStandIn>() {
    let world = World::<C>::open_source().await;
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

async fn whatever_ends_a_watch_another_is_opened<C: ChatStandIn>() {
    let world = World::<C>::open_source().await;
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

async fn writes_that_fail_before_or_after_they_took_effect_are_made_up_for<C: ChatStandIn>() {
    let world = World::<C>::open_source().await;
    let bot = Bot::start_with(&world, &world.config_for_a_crowd());
    world.teleport.faults().fail_next("UpdatePluginData", 3, Code::Unavailable, "try again");
    world.teleport.faults().fail_after_effect("UpdatePluginData", 3);
    world.teleport.faults().fail_next("UpdatePluginData", 2, Code::FailedPrecondition, "lost the race");
    for n in 0..6 {
        world.ask(World::<C>::one_of_many(n));
    }
    world.counts(6).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    bot.stop();
    assert_eq!(world.count(), 6);
    world.check();
}
