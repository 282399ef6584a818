//! Calls that somebody makes up who has learnt what a button carries, and reaches the bot as Mattermost does.

use std::time::Duration;

use accessbot_core::request::RequestState;
use accessbot_testkit::harness::{Becomes, MattermostButtons};
use serde_json::{Value, json};

use super::Scene;
use crate::http::Call;

const VOUCHED_FOR: &str = "the chat server does not vouch for this press";

/// What a server sends when `who` presses Approve, all of it copied but the trigger id: it is to ask for a reason as `ask`
/// says.
fn press(scene: &Scene<MattermostButtons>, who: &str, ask: &str, trigger: &str) -> Value {
    let chat = &scene.world.chat;
    let post = chat.posts("access").remove(0);
    let mut context = post.attachments[0]["actions"][0]["integration"]["context"].clone();
    context["ask"] = json!(ask);
    json!({
        "user_id": chat.user_id(who).unwrap(), "user_name": who, "channel_id": post.channel_id, "post_id": post.id,
        "trigger_id": trigger, "type": "button", "context": context,
    })
}

/// Makes the call, and gives what whoever makes it is told.
#[track_caller]
fn made_up(scene: &Scene<MattermostButtons>, press: &Value) -> String {
    let answer = Call::post("/mattermost/action", press).send(&format!("127.0.0.1:{}", scene.door.port()));
    assert_eq!(answer.status, 200);
    let answer: Value = serde_json::from_str(&answer.body).unwrap();
    answer["ephemeral_text"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copied_proof_sent_in_an_approvers_name_decides_nothing() {
    for becomes in Becomes::ALL {
        let scene = Scene::<MattermostButtons>::new(becomes).await;
        let pressed = |who: &str, minutes_ago: u64| {
            let ago = Duration::from_secs(60 * minutes_ago);
            scene.world.chat.trigger_of(who, ago).unwrap()
        };
        for ask in ["off", "required"] {
            for (trigger, told) in [
                // With nothing that Mattermost has signed …
                (String::new(), VOUCHED_FOR),
                // … with what it has signed for the attacker, who pressed a button of their own …
                (pressed("bob", 0), VOUCHED_FOR),
                // … with an older one of a third person …
                (pressed("alice", 4), VOUCHED_FOR),
                // … and with one of the approver's, whom the attacker got to press another button ten minutes ago.
                (pressed("ivan", 10), "the press is too old, or a clock is wrong"),
            ] {
                let answer = made_up(&scene, &press(&scene, "ivan", ask, &trigger));
                assert!(answer.contains(told), "{answer}");
            }
        }
        for person in ["alice", "ivan", "bob"] {
            assert_eq!(scene.world.chat.dialogs(person).unwrap(), [], "no form is opened, for {person} or anybody");
        }
        let request = scene.request();
        assert_eq!((request.state, request.reviews.len()), (RequestState::Pending, 0));
        assert!(!scene.world.reads(&scene.id).contains("ivan"));
        // The approver decides.
        scene.approves("ivan", "looks fine").await;
        scene.world.says("Reviews", &scene.id, "1 of 2").await;
        let (id, ivan) = (scene.id.clone(), scene.world.chat.user_id("ivan").unwrap());
        let log = scene.end();
        let refused = |why: &str| {
            log.lines()
                .filter(|line| {
                    line.contains("accessbot::audit")
                        && line.contains(&id)
                        && line.contains(&ivan)
                        && line.contains(why)
                })
                .count()
        };
        assert_eq!(refused("the call is not signed by the chat server for this account"), 6, "{log}");
        assert_eq!(refused("the chat server's signature is too old"), 2, "{log}");
        assert!(log.contains("one of the clocks may be wrong"), "{log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_mattermost_publishes_no_key_people_decide_and_the_operator_is_told() {
    let scene = Scene::<MattermostButtons>::new(Becomes::Vote).await;
    let scene = scene.with_another_bot(|world| world.chat.publish_signing_key(false)).await;
    scene.approves("alice", "looks fine").await;
    scene.is_told_alone("alice", "it is 1 of 2 approvals").await;
    scene.approves("ivan", "me too").await;
    scene.shows("APPROVED").await;
    let log = scene.end();
    assert_eq!(log.matches("Mattermost publishes no key").count(), 1, "{log}");
    assert!(log.contains("let nobody but the Mattermost server reach the bot's address"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_of_the_server_changes_while_the_bot_runs() {
    let scene = Scene::<MattermostButtons>::new(Becomes::Vote).await;
    scene.approves("alice", "looks fine").await;
    scene.is_told_alone("alice", "it is 1 of 2 approvals").await;
    let before = scene.world.chat.trigger_of("ivan", Duration::ZERO).unwrap();
    let before = press(&scene, "ivan", "off", &before);
    scene.world.chat.change_signing_key();
    scene.approves("ivan", "me too").await;
    scene.shows("APPROVED").await;
    // What the old key has signed is worth nothing any more.
    let answer = made_up(&scene, &before);
    assert!(answer.contains(VOUCHED_FOR), "{answer}");
    scene.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_key_cannot_be_read_nothing_is_decided() {
    let scene = Scene::<MattermostButtons>::new(Becomes::Vote).await;
    let gone = accessbot_sandbox::Answer::bad_gateway();
    let scene = scene.with_another_bot(|world| world.chat.faults().fail_next("GET /config/client", 1000, gone)).await;
    let post = scene.world.chat.posts("access").remove(0);
    scene.world.chat.click("alice", &post.id, "approve").await.unwrap();
    scene.is_told_alone("alice", "the chat server could not be asked whether the press is yours").await;
    assert_eq!(scene.world.chat.dialogs("alice").unwrap(), []);
    assert_eq!(scene.request().state, RequestState::Pending);
    let log = scene.end();
    assert!(log.contains("until it can be read, nobody can decide by a button"), "{log}");
}
