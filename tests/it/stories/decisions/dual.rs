//! Dual authorization in the chat: two people approve, and the requester is told; or one denies.

use accessbot_core::request::RequestState;
use accessbot_testkit::harness::{Becomes, Input};

use super::{bob_waits, by_every_input, end, why};

by_every_input!(
    alice_and_ivan_approve_in_their_own_names,
    alice_and_ivan_approve_by_the_operators_rules,
    ivan_denies_in_his_own_name,
    ivan_denies_by_the_operators_rules,
);

async fn alice_and_ivan_approve_in_their_own_names<I: Input>() {
    alice_and_ivan_approve::<I>(Becomes::Review, ["more people must agree", "the request is approved"]).await;
}

async fn alice_and_ivan_approve_by_the_operators_rules<I: Input>() {
    alice_and_ivan_approve::<I>(Becomes::Vote, ["it is 1 of 2 approvals", "the request is being approved"]).await;
}

async fn alice_and_ivan_approve<I: Input>(becomes: Becomes, answers: [&str; 2]) {
    let (world, bot, id) = bob_waits::<I>(becomes).await;
    let secrets = I::secrets(&world.chat);
    world.approves_in_chat::<I>("alice", &id, why::<I>("looks fine")).await;
    world.is_told_alone::<I>("alice", answers[0]).await;
    world.says("Reviews", &id, "1 of 2").await;
    assert!(world.message(&id).field("Status").is_some_and(|status| status.contains("PENDING")));
    world.approves_in_chat::<I>("ivan", &id, why::<I>("me too")).await;
    world.is_told_alone::<I>("ivan", answers[1]).await;
    world.shows(&id, "APPROVED").await;
    world.tells("bob", "was approved").await;
    let request = world.teleport.request(&id).unwrap();
    assert_eq!(request.state, RequestState::Approved);
    let authors: Vec<&str> = request.reviews.iter().map(|review| review.author.as_str()).collect();
    match becomes {
        Becomes::Review => assert_eq!(authors, ["alice", "ivan"]),
        Becomes::Vote => {
            let audit = world.teleport.audit();
            let delegators =
                audit.iter().map(|event| event.delegator.as_str()).filter(|delegator| !delegator.is_empty());
            assert_eq!(delegators.collect::<Vec<_>>(), ["alice, ivan"], "Teleport's own audit log names both");
        }
    }
    end::<I>(&world, bot, &secrets);
}

async fn ivan_denies_in_his_own_name<I: Input>() {
    ivan_denies::<I>(Becomes::Review, "the request is denied").await;
}

async fn ivan_denies_by_the_operators_rules<I: Input>() {
    ivan_denies::<I>(Becomes::Vote, "the request is being denied").await;
}

async fn ivan_denies<I: Input>(becomes: Becomes, answer: &str) {
    let (world, bot, id) = bob_waits::<I>(becomes).await;
    let secrets = I::secrets(&world.chat);
    world.denies_in_chat::<I>("ivan", &id, why::<I>("not today")).await;
    world.is_told_alone::<I>("ivan", answer).await;
    world.shows(&id, "DENIED").await;
    world.tells("bob", "was denied").await;
    assert_eq!(world.teleport.request(&id).unwrap().state, RequestState::Denied);
    end::<I>(&world, bot, &secrets);
}
