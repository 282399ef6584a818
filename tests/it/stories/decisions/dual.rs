//! Dual authorization in the chat: two people approve, and the requester is told; or one denies.

use accessbot_core::request::RequestState;
use accessbot_testkit::harness::{Becomes, Input};

use super::{Scene, by_every_input};

by_every_input!(
    alice_and_ivan_approve_in_their_own_names,
    alice_and_ivan_approve_by_the_operators_rules,
    alice_and_ivan_let_the_bot_approve,
    ivan_denies_in_his_own_name,
    ivan_denies_by_the_operators_rules,
);

async fn alice_and_ivan_approve_in_their_own_names<I: Input>() {
    alice_and_ivan_approve::<I>(Becomes::Review, ["more people must agree", "the request is approved"]).await;
}

async fn alice_and_ivan_approve_by_the_operators_rules<I: Input>() {
    alice_and_ivan_approve::<I>(Becomes::Vote, ["it is 1 of 2 approvals", "the request is being approved"]).await;
}

async fn alice_and_ivan_let_the_bot_approve<I: Input>() {
    let answers = ["it is 1 of 2 approvals", "so the bot approves it in Teleport"];
    alice_and_ivan_approve::<I>(Becomes::BotsReview, answers).await;
}

async fn alice_and_ivan_approve<I: Input>(becomes: Becomes, answers: [&str; 2]) {
    let scene = Scene::<I>::new(becomes).await;
    scene.approves("alice", "looks fine").await;
    scene.is_told_alone("alice", answers[0]).await;
    scene.world.says("Reviews", &scene.id, "1 of 2").await;
    assert_eq!(scene.request().state, RequestState::Pending);
    scene.approves("ivan", "me too").await;
    scene.is_told_alone("ivan", answers[1]).await;
    scene.shows("APPROVED").await;
    scene.world.tells("bob", "was approved").await;
    let request = scene.request();
    assert_eq!(request.state, RequestState::Approved);
    let authors: Vec<&str> = request.reviews.iter().map(|review| review.author.as_str()).collect();
    match becomes {
        Becomes::Review => assert_eq!(authors, ["alice", "ivan"]),
        Becomes::Vote => assert_eq!(scene.world.delegators(), ["alice, ivan"], "Teleport's own audit log names both"),
        Becomes::BotsReview => {
            assert_eq!(authors, ["access-plugin"], "one review, whose reason names both");
            let reason = &request.reviews[0].reason;
            assert!(reason.starts_with("approved by alice, ivan in the chat"), "{reason}");
            assert_eq!(reason.contains("alice: looks fine\nivan: me too"), I::REASONS, "{reason}");
        }
    }
    scene.end();
}

async fn ivan_denies_in_his_own_name<I: Input>() {
    ivan_denies::<I>(Becomes::Review, "the request is denied").await;
}

async fn ivan_denies_by_the_operators_rules<I: Input>() {
    ivan_denies::<I>(Becomes::Vote, "the request is being denied").await;
}

async fn ivan_denies<I: Input>(becomes: Becomes, answer: &str) {
    let scene = Scene::<I>::new(becomes).await;
    scene.denies("ivan", "not today").await;
    scene.is_told_alone("ivan", answer).await;
    scene.shows("DENIED").await;
    scene.world.tells("bob", "was denied").await;
    assert_eq!(scene.request().state, RequestState::Denied);
    scene.end();
}
