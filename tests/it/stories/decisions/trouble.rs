//! Sudden ends, several replicas, people who decide twice or at once: each counts once, and what was recorded stays.

use accessbot_core::request::RequestState;
use accessbot_testkit::harness::{Becomes, Input};
use tonic::Code;

use super::{Scene, by_every_input};

by_every_input!(
    killed_between_two_votes_the_first_one_still_counts,
    killed_before_the_verdict_is_carried_out_the_next_start_does_it,
    two_replicas_hear_two_people_at_once,
    whoever_decides_twice_counts_once_and_cannot_change_it,
);

async fn killed_between_two_votes_the_first_one_still_counts<I: Input>() {
    for becomes in Becomes::ALL {
        let scene = Scene::<I>::new(becomes).await;
        scene.approves("alice", "looks fine").await;
        scene.is_told_alone("alice", "Your approval was recorded").await;
        let scene = scene.with_another_bot(|_| ()).await;
        scene.world.says("Reviews", &scene.id, "1 of 2").await;
        scene.approves("ivan", "me too").await;
        scene.shows("APPROVED").await;
        scene.world.tells("bob", "was approved").await;
        scene.end();
    }
}

async fn killed_before_the_verdict_is_carried_out_the_next_start_does_it<I: Input>() {
    let scene = Scene::<I>::new(Becomes::Vote).await;
    scene.world.teleport.faults().fail_next("SetAccessRequestState", 1000, Code::Unavailable, "not now");
    scene.approves("alice", "looks fine").await;
    scene.world.says("Reviews", &scene.id, "1 of 2").await;
    scene.approves("ivan", "me too").await;
    scene.is_told_alone("ivan", "the request is being approved").await;
    assert_eq!(scene.request().state, RequestState::Pending);
    let scene = scene.with_another_bot(|world| world.teleport.faults().clear()).await;
    scene.shows("APPROVED").await;
    assert_eq!(scene.world.delegators(), ["alice, ivan"]);
    scene.end();
}

async fn two_replicas_hear_two_people_at_once<I: Input>() {
    for becomes in Becomes::ALL {
        let scene = Scene::<I>::new(becomes).await;
        let replica = scene.replica();
        scene.world.is_heard_by::<I>(2).await;
        tokio::join!(scene.approves("alice", "looks fine"), scene.approves("ivan", "me too"));
        scene.shows("APPROVED").await;
        scene.world.tells("bob", "was approved").await;
        let reviews = scene.request().reviews.len();
        assert_eq!(reviews, if becomes == Becomes::Review { 2 } else { 0 });
        replica.stop();
        scene.end();
    }
}

async fn whoever_decides_twice_counts_once_and_cannot_change_it<I: Input>() {
    for becomes in Becomes::ALL {
        let scene = Scene::<I>::new(becomes).await;
        scene.approves("alice", "looks fine").await;
        scene.is_told_alone("alice", "Your approval was recorded").await;
        if I::REASONS {
            scene.approves("alice", "really").await;
            scene.is_told_alone("alice", "was already recorded").await;
        }
        scene.denies("alice", "or rather not").await;
        scene.is_told_alone("alice", "You have already chosen to approve").await;
        scene.world.says("Reviews", &scene.id, "1 of 2").await;
        assert_eq!(scene.request().state, RequestState::Pending);
        scene.end();
    }
}
