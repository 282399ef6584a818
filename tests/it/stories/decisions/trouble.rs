//! Sudden ends, several replicas, people who decide twice or at once: each counts once, and what was recorded stays.

use std::time::Duration;

use accessbot_core::backend::decision::Action;
use accessbot_core::request::RequestState;
use accessbot_sandbox::teleport::TeleportSandbox;
use accessbot_testkit::harness::{Becomes, Input};
use tonic::Code;

use super::{Scene, by_every_input};

by_every_input!(
    killed_between_two_votes_the_first_one_still_counts,
    killed_before_the_verdict_is_carried_out_the_next_start_does_it,
    two_replicas_hear_two_people_at_once,
    whoever_decides_twice_counts_once_and_cannot_change_it,
    what_is_decided_just_before_the_end_is_taken_down_and_answered,
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

async fn what_is_decided_just_before_the_end_is_taken_down_and_answered<I: Input>() {
    let Scene { world, bot, id, door: _door, .. } = Scene::<I>::new(Becomes::Review).await;
    // Longer than a bot takes to end that waits for nothing.
    world.teleport.faults().delay_after_effect("SubmitAccessReview", 1, Duration::from_secs(1));
    let decided = world.decides_in_chat::<I>("alice", &id, Action::Approve, I::REASONS.then_some("looks fine"));
    let stopped = async {
        let reviewed =
            |teleport: &TeleportSandbox| teleport.request(&id).is_some_and(|asked| !asked.reviews.is_empty());
        world.teleport.wait_until("the review", reviewed).await;
        bot.signal("TERM");
    };
    tokio::join!(decided, stopped);
    let log = bot.ends_with(0);
    let line = log.lines().find(|line| line.contains(r#""result":"recorded""#));
    assert!(line.is_some_and(|line| line.contains(&id) && line.contains("alice")), "{log}");
    world.is_told_alone::<I>("alice", "Your approval was recorded").await;
}
