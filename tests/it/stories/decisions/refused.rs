//! Whoever may not decide is told why, alone, and nothing comes of it.

use accessbot_core::request::RequestState;
use accessbot_sandbox::mattermost::MattermostSandbox;
use accessbot_sandbox::slack::{SlackSandbox, Standing};
use accessbot_testkit::harness::{
    Becomes, Input, MattermostButtons, MattermostReactions, MattermostReplies, SlackHttp, SlackSocket,
};

use super::{Scene, by_every_input};

by_every_input!(
    bob_cannot_approve_his_own_request,
    whoever_is_nobody_in_teleport_cannot_approve,
    whoever_is_locked_in_teleport_cannot_approve_until_the_lock_is_gone,
    what_is_decided_while_teleport_is_away_is_not_recorded_and_does_not_come_later,
);

/// Nobody has reviewed it, and nobody has voted.
#[track_caller]
fn waits_as_before<I: Input>(scene: &Scene<I>) {
    let request = scene.request();
    assert_eq!((request.state, request.reviews.len()), (RequestState::Pending, 0));
    let message = scene.world.message(&scene.id);
    assert!(message.field("Reviews").is_none_or(|reviews| reviews.starts_with("0 of 2")), "{}", message.text);
}

async fn bob_cannot_approve_his_own_request<I: Input>() {
    for becomes in Becomes::ALL {
        let scene = Scene::<I>::new(becomes).await;
        scene.approves("bob", "it is for me").await;
        scene.is_told_alone("bob", "You cannot decide your own request.").await;
        waits_as_before(&scene);
        let log = scene.end();
        assert!(log.contains(r#""result":"not_allowed""#), "it is in the audit trail:\n{log}");
    }
}

async fn whoever_is_nobody_in_teleport_cannot_approve<I: Input>() {
    for becomes in Becomes::ALL {
        let scene = Scene::<I>::new(becomes).await;
        scene.approves("admin", "I may do everything here").await;
        scene.is_told_alone("admin", "does not belong to exactly one Teleport user").await;
        waits_as_before(&scene);
        scene.end();
    }
}

async fn whoever_is_locked_in_teleport_cannot_approve_until_the_lock_is_gone<I: Input>() {
    for becomes in Becomes::ALL {
        let scene = Scene::<I>::new(becomes).await;
        scene.world.teleport.lock_user("alice", true).unwrap();
        scene.approves("alice", "looks fine").await;
        scene.is_told_alone("alice", "Your Teleport user is locked").await;
        waits_as_before(&scene);
        scene.world.teleport.lock_user("alice", false).unwrap();
        scene.approves("ivan", "me too").await;
        scene.world.says("Reviews", &scene.id, "1 of 2").await;
        scene.end();
    }
}

async fn what_is_decided_while_teleport_is_away_is_not_recorded_and_does_not_come_later<I: Input>() {
    for becomes in Becomes::ALL {
        let scene = Scene::<I>::new(becomes).await;
        scene.world.teleport.stop().await;
        scene.approves("alice", "looks fine").await;
        scene.is_told_alone("alice", "was not recorded").await;
        scene.world.teleport.start_again().unwrap();
        scene.world.teleport.wait_until("the bot watches again", |teleport| teleport.watches() > 0).await;
        // Whatever it still had in hand would be first.
        scene.approves("ivan", "me too").await;
        scene.world.says("Reviews", &scene.id, "1 of 2").await;
        let read = scene.world.reads(&scene.id);
        assert!(!read.contains("alice"), "{read}");
        // Nor when the bot comes anew, and looks for what it has missed.
        let scene = scene.with_another_bot(|_| ()).await;
        scene.approves("bob", "it is for me").await;
        scene.is_told_alone("bob", "You cannot decide your own request.").await;
        scene.world.says("Reviews", &scene.id, "1 of 2").await;
        assert_eq!(scene.request().state, RequestState::Pending);
        scene.end();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_and_people_of_another_organisation_cannot_approve_in_slack() {
    outsiders_cannot_approve::<SlackSocket>().await;
    outsiders_cannot_approve::<SlackHttp>().await;
}

async fn outsiders_cannot_approve<I: Input<Chat = SlackSandbox>>() {
    for (becomes, who) in Becomes::ALL.into_iter().flat_map(|becomes| [(becomes, "alice"), (becomes, "mallory")]) {
        let scene = Scene::<I>::new(becomes).await;
        scene.world.chat.change_account("alice", |account| account.standing = Standing::Guest).unwrap();
        scene.world.chat.add_outsider("mallory");
        scene.world.chat.add_member("access", "mallory").unwrap();
        scene.approves(who, "looks fine").await;
        scene.is_told_alone(who, "Only members of this organisation").await;
        waits_as_before(&scene);
        scene.end();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_cannot_approve_in_mattermost() {
    a_guest_cannot_approve::<MattermostButtons>().await;
    a_guest_cannot_approve::<MattermostReplies>().await;
    a_guest_cannot_approve::<MattermostReactions>().await;
}

async fn a_guest_cannot_approve<I: Input<Chat = MattermostSandbox>>() {
    for becomes in Becomes::ALL {
        let scene = Scene::<I>::new(becomes).await;
        scene.world.chat.make_guest("alice").unwrap();
        scene.approves("alice", "looks fine").await;
        scene.is_told_alone("alice", "Only members of this organisation").await;
        waits_as_before(&scene);
        scene.end();
    }
}
