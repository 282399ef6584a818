//! What the app tells the person who clicked, and nobody else.

use std::sync::Arc;
use std::time::Duration;

use accessbot_core::clock::Timestamp;
use accessbot_sandbox::slack::{ChannelKind, SlackOptions};
use serde_json::{Value, json};

use super::client::{World, outcome, payload_of};
use crate::ManualClock;

/// The address for answers that comes with a click of alice's.
async fn response_url(world: &World) -> String {
    let message = world.post_button("access").await;
    let click = world.slack.click_request("alice", &message, "approve").unwrap();
    payload_of(&click.body)["response_url"].as_str().unwrap().to_owned()
}

async fn respond(world: &World, url: &str, body: Value) -> (u16, Value) {
    let request = world.http.post(url).header("Content-Type", "application/json").body(body.to_string());
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test]
async fn an_answer_is_seen_by_the_one_who_clicked() {
    let world = World::start().await;
    let url = response_url(&world).await;
    let (status, answer) = respond(&world, &url, json!({"text": "not allowed"})).await;
    assert_eq!((status, outcome(&answer)), (200, "ok"));
    let seen = world.slack.ephemerals("alice").unwrap();
    assert_eq!((seen.len(), seen[0].text().as_str(), seen[0].author.as_str()), (1, "not allowed", "teleport"));
    assert_eq!(world.slack.ephemerals("bob").unwrap(), []);
    assert_eq!(world.slack.post_count("access"), 1, "nothing stands in the channel");
    respond(&world, &url, json!({"text": "for all", "response_type": "in_channel"})).await;
    assert_eq!(world.slack.posts("access").pop().unwrap().text(), "for all");
    respond(&world, &url, json!({"text": "changed", "replace_original": true})).await;
    assert_eq!(world.slack.posts("access")[0].text(), "changed");
    respond(&world, &url, json!({"delete_original": true})).await;
    assert_eq!(world.slack.post_count("access"), 1);
    let (status, refused) = respond(&world, &url, json!({"text": ""})).await;
    assert_eq!((status, outcome(&refused)), (404, "no_text"));
    let (status, refused) = respond(&world, &url, json!({"text": "a sixth time"})).await;
    assert_eq!((status, outcome(&refused)), (404, "used_url"));
    assert_eq!(world.slack.calls("response_url"), 6, "the log does not show the address");
}

#[tokio::test]
async fn half_an_hour_later_nobody_can_be_answered() {
    let clock = Arc::new(ManualClock::at(Timestamp::from_millis(1_700_000_000_000)));
    let world = World::start_with(SlackOptions { clock: clock.clone(), ..SlackOptions::default() }).await;
    let url = response_url(&world).await;
    clock.advance(Duration::from_secs(30 * 60));
    assert_eq!(respond(&world, &url, json!({"text": "just in time"})).await.0, 200);
    clock.advance(Duration::from_millis(1));
    let (status, refused) = respond(&world, &url, json!({"text": "late"})).await;
    assert_eq!((status, outcome(&refused)), (404, "expired_url"));
    let (status, _) = respond(&world, &format!("{url}x"), json!({"text": "guessed"})).await;
    assert_eq!((status, world.slack.ephemerals("alice").unwrap().len()), (404, 1));
}

#[tokio::test]
async fn an_ephemeral_message_needs_both_in_the_channel() {
    let world = World::start().await;
    let alice = world.slack.user_id("alice").unwrap();
    let dave = world.slack.add_user("dave");
    let post = async |channel: &str, user: &str, text: &str| {
        let body = json!({"channel": channel, "user": user, "text": text});
        outcome(&world.post("chat.postEphemeral", body).await).to_owned()
    };
    let access = world.id("access");
    assert_eq!(post(&access, &alice, "psst").await, "ok");
    assert_eq!(world.slack.ephemerals("alice").unwrap()[0].text(), "psst");
    assert_eq!(world.slack.post_count("access"), 0);
    world.slack.add_channel("secret", ChannelKind::Private);
    for (channel, user, text, error) in [
        (access.as_str(), dave.as_str(), "x", "user_not_in_channel"),
        ("random", &alice, "x", "not_in_channel"),
        ("secret", &alice, "x", "channel_not_found"),
        (&access, &alice, "", "no_text"),
        (&access, &alice, &"x".repeat(40_001), "msg_too_long"),
    ] {
        assert_eq!(post(channel, user, text).await, error, "{channel}");
    }
    world.slack.set_archived("access", true).unwrap();
    assert_eq!(post(&access, &alice, "x").await, "is_archived");
    assert_eq!(world.slack.ephemerals("dave").unwrap(), []);
}
