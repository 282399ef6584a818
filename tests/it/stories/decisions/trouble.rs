//! Sudden ends, several replicas, clicks at the same time: each person counts once, and what was recorded stays.

use accessbot_core::request::RequestState;
use accessbot_testkit::harness::{Becomes, Input, World};

use super::{bob_waits, by_every_input, end, reason_rule, why};
use crate::bot::Bot;

by_every_input!(
    killed_between_two_votes_the_first_one_still_counts,
    killed_after_the_last_vote_the_next_start_carries_it_out,
    two_replicas_hear_two_people_at_once,
    whoever_decides_twice_counts_once,
);

async fn killed_between_two_votes_the_first_one_still_counts<I: Input>() {
    for becomes in [Becomes::Review, Becomes::Vote] {
        let (world, bot, id) = bob_waits::<I>(becomes).await;
        world.approves_in_chat::<I>("alice", &id, why::<I>("looks fine")).await;
        world.is_told_alone::<I>("alice", "Your approval was recorded").await;
        bot.kill();
        let bot = Bot::start_with(&world, &world.config_to_decide::<I>(becomes, reason_rule::<I>()));
        world.says("Reviews", &id, "1 of 2").await;
        world.renewed::<I>(&id).await;
        world.approves_in_chat::<I>("ivan", &id, why::<I>("me too")).await;
        world.shows(&id, "APPROVED").await;
        world.tells("bob", "was approved").await;
        end::<I>(&world, bot, &I::secrets(&world.chat));
    }
}
