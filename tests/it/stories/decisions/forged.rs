//! What people, and others in Teleport, make up: it is told apart from what was decided, and nothing comes of it.

use accessbot_core::request::RequestState;
use accessbot_testkit::harness::{Becomes, Input, MattermostButtons, SlackHttp};
use serde_json::{Value, json};

use super::{Scene, by_every_input};

by_every_input!(a_vote_that_somebody_writes_into_the_plugin_data_does_not_count);

async fn a_vote_that_somebody_writes_into_the_plugin_data_does_not_count<I: Input>() {
    let scene = Scene::<I>::new(Becomes::Vote).await;
    scene.approves("alice", "looks fine").await;
    scene.world.says("Reviews", &scene.id, "1 of 2").await;
    let mut ledger: Value = serde_json::from_str(&scene.world.record(&scene.id)["accessbot"]).unwrap();
    let votes = ledger["vo"].as_array_mut().unwrap();
    let mut forged = votes[0].clone();
    forged["u"] = json!("ivan");
    votes.push(forged);
    scene.world.forge(&scene.id, &[("accessbot", &ledger.to_string())]);
    // After a gap all records are read again.
    scene.world.teleport.disconnect_watches();
    let id = scene.id.clone();
    let (mut scene, forged) = (scene, "a forged vote was found");
    scene.bot.wait_for(forged);
    assert_eq!(scene.request().state, RequestState::Pending);
    // A real one does.
    scene.approves("ivan", "me too").await;
    scene.shows("APPROVED").await;
    assert_eq!(scene.world.delegators(), ["alice, ivan"]);
    let log = scene.end();
    let line = log.lines().find(|line| line.contains(r#""result":"forged""#));
    assert!(line.is_some_and(|line| line.contains(&id) && line.contains("ivan")), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_of_alices_whose_button_points_at_our_callback_achieves_nothing_when_ivan_clicks_it() {
    for becomes in Becomes::ALL {
        let scene = Scene::<MattermostButtons>::new(becomes).await;
        let chat = &scene.world.chat;
        let ours = chat.posts("access").remove(0).attachments[0]["actions"][0].clone();
        // Even if she had learnt what our own button carries.
        let mut guessed = ours.clone();
        guessed["integration"]["context"]["proof"] = json!("1.made.up");
        for button in [guessed, ours] {
            let props = json!({"attachments": [{"text": "Free pizza", "actions": [button]}]});
            let post = chat.post_with_props_as("alice", "access", "", props).unwrap();
            let trigger = chat.click("ivan", &post, "approve").await.unwrap();
            if let Some(form) = chat.dialogs("ivan").unwrap().iter().find(|form| form.client_trigger_id == trigger) {
                chat.submit_dialog("ivan", form, "access", json!({"reason": "hungry"})).await.unwrap();
            }
        }
        let told = MattermostButtons::told(chat, "ivan");
        assert_eq!(told.len(), 2);
        assert!(told.iter().all(|told| told.contains("so nothing was decided")), "{told:?}");
        let request = scene.request();
        assert_eq!((request.state, request.reviews.len()), (RequestState::Pending, 0));
        assert!(!scene.world.reads(&scene.id).contains("ivan"));
        scene.end();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_slack_has_not_signed_is_refused_and_one_that_is_sent_again_counts_once() {
    for becomes in Becomes::ALL {
        let scene = Scene::<SlackHttp>::new(becomes).await;
        let chat = &scene.world.chat;
        let message = chat.posts("access").remove(0);
        let click = chat.click_request("alice", &message, "accessbot_approve").unwrap();
        let mut forged = click.clone();
        let ivan = (chat.user_id("alice").unwrap(), chat.user_id("ivan").unwrap());
        forged.body = String::from_utf8(forged.body).unwrap().replace(&ivan.0, &ivan.1).into_bytes();
        assert_eq!(chat.send(&forged).await.unwrap().status, 401);
        assert_eq!(chat.views("ivan").unwrap(), []);
        for _ in 0..2 {
            assert_eq!(chat.send(&click).await.unwrap().status, 200);
        }
        let views = chat.views("alice").unwrap();
        assert_eq!(views.len(), 1, "one form for one click");
        let submission = chat.submit_request("alice", &views[0], &[("reason", "looks fine")]).unwrap();
        for _ in 0..2 {
            assert_eq!(chat.send(&submission).await.unwrap().status, 200);
        }
        scene.is_told_alone("alice", "Your approval was recorded").await;
        scene.world.says("Reviews", &scene.id, "1 of 2").await;
        assert_eq!(chat.ephemerals("alice").unwrap().len(), 1, "told once");
        scene.end();
    }
}
