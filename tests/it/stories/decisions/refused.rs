//! Whoever may not decide is told why, alone, and nothing comes of it.

use accessbot_core::request::RequestState;
use accessbot_testkit::harness::{Becomes, ChatStandIn, Input, World};

use super::{bob_waits, by_every_input, end, why};

by_every_input!(
    bob_cannot_approve_his_own_request,
    whoever_is_nobody_in_teleport_cannot_approve,
    what_is_decided_while_teleport_is_away_is_not_recorded_and_does_not_come_later,
);

/// Nobody has reviewed it, and nobody has voted.
#[track_caller]
fn waits_as_before<C: ChatStandIn>(world: &World<C>, id: &str) {
    let request = world.teleport.request(id).unwrap();
    assert_eq!((request.state, request.reviews.len()), (RequestState::Pending, 0));
    assert!(world.message(id).field("Reviews").is_none_or(|reviews| reviews.starts_with("0 of 2")));
}

async fn bob_cannot_approve_his_own_request<I: Input>() {
    for becomes in [Becomes::Review, Becomes::Vote] {
        let (world, bot, id) = bob_waits::<I>(becomes).await;
        let secrets = I::secrets(&world.chat);
        world.approves_in_chat::<I>("bob", &id, why::<I>("it is for me")).await;
        world.is_told_alone::<I>("bob", "You cannot decide your own request.").await;
        waits_as_before(&world, &id);
        let log = end::<I>(&world, bot, &secrets);
        assert!(log.contains(r#""result":"not_allowed""#), "it is in the audit trail:\n{log}");
    }
}

async fn whoever_is_nobody_in_teleport_cannot_approve<I: Input>() {
    for becomes in [Becomes::Review, Becomes::Vote] {
        let (world, bot, id) = bob_waits::<I>(becomes).await;
        world.approves_in_chat::<I>("admin", &id, why::<I>("I may do everything here")).await;
        world.is_told_alone::<I>("admin", "does not belong to exactly one Teleport user").await;
        waits_as_before(&world, &id);
        end::<I>(&world, bot, &I::secrets(&world.chat));
    }
}

async fn what_is_decided_while_teleport_is_away_is_not_recorded_and_does_not_come_later<I: Input>() {
    for becomes in [Becomes::Review, Becomes::Vote] {
        let (world, bot, id) = bob_waits::<I>(becomes).await;
        world.teleport.stop().await;
        world.approves_in_chat::<I>("alice", &id, why::<I>("looks fine")).await;
        world.is_told_alone::<I>("alice", "was not recorded").await;
        world.teleport.start_again().unwrap();
        world.teleport.wait_until("the bot watches again", |teleport| teleport.watches() > 0).await;
        // Whatever it still had in hand would be first.
        world.approves_in_chat::<I>("ivan", &id, why::<I>("me too")).await;
        world.says("Reviews", &id, "1 of 2").await;
        assert!(!world.reads(&id).contains("alice"), "{}", world.reads(&id));
        end::<I>(&world, bot, &I::secrets(&world.chat));
    }
}
