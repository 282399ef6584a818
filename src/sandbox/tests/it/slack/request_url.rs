//! Interactions over HTTP, to the app's request URL.

use std::fmt::Write as _;

use accessbot_sandbox::slack::{ActError, Submitted};
use ring::hmac;
use serde_json::json;

use super::client::{World, outcome, payload_of};
use crate::hook::Hook;

/// A workspace whose app is called at a hook.
async fn world() -> (World, Hook) {
    let (world, hook) = (World::start().await, Hook::start().await);
    world.slack.set_request_url(Some(&hook.url()));
    (world, hook)
}

#[tokio::test]
async fn a_click_comes_signed() {
    let (world, hook) = world().await;
    let message = world.post_button("access").await;
    hook.answers(200, "");
    world.slack.click("alice", &message, "approve").await.unwrap();
    let (headers, body) = hook.last_bytes();
    assert_eq!(headers["content-type"], "application/x-www-form-urlencoded");
    let payload = payload_of(&body);
    assert_eq!((&payload["type"], &payload["actions"][0]["value"]), (&json!("block_actions"), &json!("r1")));
    let timestamp = headers["x-slack-request-timestamp"].to_str().unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, world.slack.signing_secret().as_bytes());
    let base = [b"v0:", timestamp.as_bytes(), b":", &body].concat();
    let mut expected = "v0=".to_owned();
    hmac::sign(&key, &base).as_ref().iter().for_each(|byte| write!(expected, "{byte:02x}").unwrap());
    assert_eq!(headers["x-slack-signature"], expected);
}

#[tokio::test]
async fn only_200_acknowledges() {
    let (world, hook) = world().await;
    let message = world.post_button("access").await;
    for (status, body, acknowledged) in
        [(200, "", true), (200, "{}", true), (201, "", false), (302, "", false), (500, "", false), (200, "oops", false)]
    {
        hook.answers(status, body);
        let clicked = world.slack.click("alice", &message, "approve").await;
        assert_eq!(clicked.is_ok(), acknowledged, "{status} {body} {clicked:?}");
    }
    assert_eq!(hook.calls(), 6, "nothing is tried twice");
    world.slack.set_request_url(Some("http://192.0.2.1/hook"));
    let clicked = world.slack.click("alice", &message, "approve").await;
    assert!(matches!(clicked, Err(ActError::NotAcknowledged(_))), "{clicked:?}");
}

#[tokio::test]
async fn a_view_that_is_sent_is_answered_with_what_becomes_of_it() {
    let (world, hook) = world().await;
    let message = world.post_button("access").await;
    world.slack.click("alice", &message, "approve").await.unwrap();
    let text = |text: &str| json!({"type": "plain_text", "text": text});
    let element = json!({"type": "plain_text_input", "action_id": "text"});
    let input = json!({"type": "input", "block_id": "reason", "label": text("Reason"), "element": element});
    let view = json!({"type": "modal", "title": text("x"), "submit": text("y"), "blocks": [input]});
    let trigger = &payload_of(&hook.last_bytes().1)["trigger_id"];
    assert_eq!(outcome(&world.post("views.open", json!({"trigger_id": trigger, "view": view})).await), "ok");
    let view = world.slack.views("alice").unwrap().pop().unwrap();
    let submit = async || world.slack.submit_view("alice", &view, &[("reason", "x")]).await;
    hook.answers(200, json!({"response_action": "errors", "errors": {"reason": "no"}}).to_string());
    assert!(matches!(submit().await, Ok(Submitted::Errors(_))));
    hook.answers(500, "");
    assert!(matches!(submit().await, Err(ActError::NotAcknowledged(_))));
    hook.answers(200, "");
    assert_eq!(submit().await.unwrap(), Submitted::Closed);
    assert_eq!(payload_of(&hook.last_bytes().1)["type"], "view_submission");
}

#[tokio::test]
async fn a_call_can_be_repeated_forged_aged_and_spoilt() {
    let (world, hook) = world().await;
    let slack = &world.slack;
    let message = world.post_button("access").await;
    let genuine = slack.click_request("alice", &message, "approve").unwrap();
    assert_eq!(slack.send(&genuine).await.unwrap().status, 200);
    let first = hook.last_bytes();
    slack.send(&genuine).await.unwrap();
    assert_eq!(hook.last_bytes(), first, "a replay is the same to the last byte");

    let aged = slack.sign(genuine.body.clone(), 301);
    slack.send(&aged).await.unwrap();
    let sent = |name: &str| hook.last_bytes().0[name].to_str().unwrap().parse::<i64>().unwrap();
    let age = genuine.timestamp.parse::<i64>().unwrap() - sent("x-slack-request-timestamp");
    assert!((300..=301).contains(&age), "{age}");

    let mut forged = genuine.clone();
    forged.body = String::from_utf8(forged.body).unwrap().replace("alice", "ivan").into_bytes();
    slack.send(&forged).await.unwrap();
    assert_eq!(hook.last_bytes().0["x-slack-signature"], genuine.signature);

    let huge = slack.sign(vec![b'x'; 3_000_000], 0);
    assert_ne!(slack.send(&huge).await.map(|answered| answered.status), Ok(200), "the hook takes two megabytes");
    let calls = hook.calls();
    slack.send_cut(&genuine, 10).await.unwrap();
    let check = slack.sign("ssl_check=1&token=x", 0);
    slack.send(&check).await.unwrap();
    assert_eq!(hook.last_bytes().1.as_ref(), b"ssl_check=1&token=x");
    assert_eq!(hook.calls(), calls + 1, "what was cut off did not arrive");
    slack.set_request_url(None);
    assert_eq!(slack.send(&check).await, Err("there is no request URL".to_owned()));
}
