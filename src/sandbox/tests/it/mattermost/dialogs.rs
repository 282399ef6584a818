//! Dialogs: who may open them, what the user's client gets, and what a submission proves.

use std::sync::Arc;
use std::time::Duration;

use accessbot_core::clock::Timestamp;
use accessbot_sandbox::mattermost::MattermostOptions;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reqwest::Method;
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use serde_json::{Value, json};

use super::client::{World, error};
use super::hook::Hook;
use super::listener::Listener;
use crate::ManualClock;

/// Alice presses, and the integration has a trigger id: `(client's, integration's)`.
async fn trigger(world: &World, hook: &Hook) -> (String, String) {
    let post = world.written(json!({"message": "m", "props": hook.button(&json!({}))})).await;
    let client = world.server.click("alice", &post, "go").await.unwrap();
    (client, hook.last().1["trigger_id"].as_str().unwrap().to_owned())
}

fn dialog(hook: &Hook, trigger: &str) -> Value {
    json!({"trigger_id": trigger, "url": hook.url(), "dialog": {
        "callback_id": "deny", "title": "Deny", "submit_label": "Deny", "notify_on_cancel": true, "state": "s3al",
        "elements": [{"display_name": "Reason", "name": "reason", "type": "textarea", "max_length": 100}],
    }})
}

const OPEN: &str = "/actions/dialogs/open";
const SUBMIT: &str = "/actions/dialogs/submit";

#[tokio::test]
async fn a_dialog_goes_to_the_presser_with_everything_in_it() {
    let (world, hook) = (World::start().await, Hook::start().await);
    let server = &world.server;
    let mut bot = Listener::of(server, "teleport").await;
    let mut alice = Listener::of(server, "alice").await;
    let (client, trigger) = trigger(&world, &hook).await;
    // The trigger id is all that is asked for, and it may be used twice.
    let opened = world.call_as_nobody(Method::POST, OPEN, dialog(&hook, &trigger)).await;
    assert_eq!(opened, (200, json!({"status": "OK"})));
    assert_eq!(world.post(OPEN, dialog(&hook, &trigger)).await.0, 200);
    alice.event("posted").await;
    let shown = alice.event("open_dialog").await["dialog"].take();
    assert_eq!(shown["trigger_id"], json!(client));
    insta::assert_json_snapshot!(shown, { ".trigger_id" => "[id]", ".url" => "[url]" }, @r#"
    {
      "dialog": {
        "callback_id": "deny",
        "elements": [
          {
            "data_source": "",
            "default": "",
            "display_name": "Reason",
            "help_text": "",
            "max_length": 100,
            "min_length": 0,
            "name": "reason",
            "optional": false,
            "options": null,
            "placeholder": "",
            "subtype": "",
            "type": "textarea"
          }
        ],
        "icon_url": "",
        "introduction_text": "",
        "notify_on_cancel": true,
        "state": "s3al",
        "submit_label": "Deny",
        "title": "Deny"
      },
      "trigger_id": "[id]",
      "url": "[url]"
    }
    "#);
    assert_eq!((server.dialogs("alice").unwrap().len(), server.dialogs("bob").unwrap().len()), (2, 0));
    bot.event("posted").await;
    bot.hears_nothing().await;
}

#[tokio::test]
async fn a_trigger_lives_three_seconds() {
    let clock = Arc::new(ManualClock::at(Timestamp::from_millis(1_700_000_000_000)));
    let world = World::with(MattermostOptions { clock: clock.clone(), ..Default::default() }).await;
    let hook = Hook::start().await;
    let (_, trigger) = trigger(&world, &hook).await;
    clock.advance(Duration::from_millis(2_500));
    assert_eq!(world.post(OPEN, dialog(&hook, &trigger)).await.0, 200);
    clock.advance(Duration::from_secs(1));
    let (status, body) = world.post(OPEN, dialog(&hook, &trigger)).await;
    assert_eq!((status, &body["id"]), (400, &json!("interactive_message.decode_trigger_id.expired")));
    let said = "Trigger ID for interactive dialog is expired. Trigger IDs live for a maximum of 3 seconds.";
    assert_eq!(body["message"], said);
}

#[tokio::test]
async fn a_dialog_needs_a_trigger_that_this_server_made() {
    let (world, hook) = (World::start().await, Hook::start().await);
    let (_, good) = trigger(&world, &hook).await;
    let text = String::from_utf8(BASE64_STANDARD.decode(&good).unwrap()).unwrap();
    let parts: Vec<&str> = text.split(':').collect();
    let [client, user, at, signature] = parts[..] else { panic!("{text}") };
    assert_eq!(user, world.server.user_id("alice").unwrap());
    let bob = world.server.user_id("bob").unwrap();
    let encode = |text: String| BASE64_STANDARD.encode(text);
    for (trigger, expected) in [
        ("%%%".to_owned(), "base64_decode_failed"),
        (String::new(), "missing_data"),
        (encode("a:b:3".to_owned()), "missing_data"),
        (encode(format!("{text}:x")), "missing_data"),
        (encode("a:b:3:AAAA".to_owned()), "expired"),
        (encode("a:b:x:AAAA".to_owned()), "expired"),
        (encode(format!("{client}:{user}:{at}:%%%")), "base64_decode_failed_signature"),
        (encode(format!("{client}:{user}:{at}:AAAA")), "signature_decode_failed"),
        (encode(format!("{client}:{bob}:{at}:{signature}")), "verify_signature_failed"),
    ] {
        let answer = world.post(OPEN, dialog(&hook, &trigger)).await;
        assert_eq!(error(&answer), format!("400 interactive_message.decode_trigger_id.{expected}"), "{trigger}");
    }
    let bad_body = "400 api.context.invalid_body_param.app_error";
    for (body, expected) in [
        (json!([]), bad_body),
        (json!({"trigger_id": good, "dialog": {}}), bad_body),
        (json!({"trigger_id": good, "url": hook.url(), "dialog": {"title": 5}}), bad_body),
        (json!({"trigger_id": good, "url": "rubbish", "dialog": {"title": "longer than 24 characters, well"}}), "200"),
        (
            json!({"trigger_id": good, "url": hook.url(), "dialog": {"title": null, "elements": [{"name": null}]}}),
            "200",
        ),
    ] {
        assert_eq!(error(&world.post(OPEN, body.clone()).await), expected, "{body}");
    }
}

/// Whether the key that the server tells everybody has signed this trigger id; `None` if it tells none.
async fn is_signed(world: &World, trigger: &str) -> Option<bool> {
    let (status, config) = world.call_as_nobody(Method::GET, "/config/client?format=old", json!(null)).await;
    assert_eq!(status, 200);
    let key = BASE64_STANDARD.decode(config.get("AsymmetricSigningPublicKey")?.as_str().unwrap()).unwrap();
    let text = String::from_utf8(BASE64_STANDARD.decode(trigger).unwrap()).unwrap();
    let (signed, signature) = text.split_at(text.rfind(':').unwrap() + 1);
    // The point is what comes last.
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &key[key.len() - 65..]);
    Some(key.verify(signed.as_bytes(), &BASE64_STANDARD.decode(signature).unwrap()).is_ok())
}

#[tokio::test]
async fn a_trigger_is_signed_with_the_key_that_the_server_tells_everybody() {
    let (world, hook) = (World::start().await, Hook::start().await);
    let (_, old) = trigger(&world, &hook).await;
    assert_eq!(is_signed(&world, &old).await, Some(true));
    world.server.change_signing_key();
    assert_eq!(is_signed(&world, &old).await, Some(false));
    let refused = error(&world.post(OPEN, dialog(&hook, &old)).await);
    assert_eq!(refused, "400 interactive_message.decode_trigger_id.verify_signature_failed");
    let given = world.server.trigger_of("ivan", Duration::from_secs(1)).unwrap();
    assert_eq!(is_signed(&world, &given).await, Some(true));
    assert_eq!(world.post(OPEN, dialog(&hook, &given)).await.0, 200);
    assert_eq!(world.server.dialogs("ivan").unwrap().len(), 1);
    world.server.publish_signing_key(false);
    assert_eq!(is_signed(&world, &given).await, None);
    world.server.publish_signing_key(true);
    assert_eq!(is_signed(&world, &given).await, Some(true));
}

#[tokio::test]
async fn a_submission_goes_to_the_integration_and_its_errors_come_back() {
    let (world, hook) = (World::start().await, Hook::start().await);
    let server = &world.server;
    let (_, trigger) = trigger(&world, &hook).await;
    world.post(OPEN, dialog(&hook, &trigger)).await;
    let [opened] = &server.dialogs("alice").unwrap()[..] else { panic!("one dialog") };
    let send = || server.submit_dialog("alice", opened, "access", json!({"reason": "not today"}));
    assert_eq!(send().await.unwrap(), json!({}));
    insta::assert_json_snapshot!(hook.last().1, {
        ".user_id" => "[id]", ".channel_id" => "[id]", ".team_id" => "[id]",
    }, @r#"
    {
      "callback_id": "deny",
      "cancelled": false,
      "channel_id": "[id]",
      "state": "s3al",
      "submission": {
        "reason": "not today"
      },
      "team_id": "[id]",
      "type": "dialog_submission",
      "user_id": "[id]"
    }
    "#);
    for (answer, shown) in [
        (r#"{"errors": {"reason": "too short"}}"#, json!({"errors": {"reason": "too short"}})),
        (r#"{"error": "not you", "errors": {"a": "b"}, "x": 1}"#, json!({"error": "not you", "errors": {"a": "b"}})),
        (r#"{"errors": 5}"#, json!({})),
        ("[]", json!({})),
        ("text", json!({})),
        ("", json!({})),
    ] {
        hook.answers(200, answer);
        assert_eq!(send().await.unwrap(), shown, "{answer}");
    }
    for status in [201, 204, 500] {
        hook.answers(status, "{}");
        let refused = send().await.unwrap_err().to_string();
        assert_eq!(refused, "400 api.post.do_action.action_integration.app_error: Action integration error.");
    }
    hook.answers(200, "{}");
    server.cancel_dialog("alice", opened, "@alice").await.unwrap();
    let (_, body) = hook.last();
    assert_eq!((&body["cancelled"], &body["submission"]), (&json!(true), &json!({})));
    let mut silent = opened.clone();
    silent.dialog.notify_on_cancel = false;
    let before = hook.calls();
    server.cancel_dialog("alice", &silent, "access").await.unwrap();
    assert_eq!(hook.calls(), before);
}

#[tokio::test]
async fn a_submission_proves_nothing_but_who_sent_it() {
    let (world, hook) = (World::start().await, Hook::start().await);
    let server = &world.server;
    let [channel, direct] = ["access", "@alice"].map(|place| server.channel_id(place).unwrap());
    let (_, team) = world.get("/teams/name/lab").await;
    let good = json!({"url": hook.url(), "callback_id": "deny", "state": "s3al", "channel_id": channel,
        "team_id": team["id"], "submission": {"reason": "x"}});
    let with = |key: &str, value: Value| {
        let mut body = good.clone();
        body[key] = value;
        body
    };
    // Nobody opened a dialog for bob, or for anybody. The name is his own, though.
    let forged = with("user_id", json!(server.user_id("alice").unwrap()));
    assert_eq!(world.call_as("bob", Method::POST, SUBMIT, forged).await, (200, json!({})));
    assert_eq!(hook.last().1["user_id"], json!(server.user_id("bob").unwrap()));
    let odd = with("submission", json!({"unknown": 5, "list": [1]}));
    assert_eq!(world.call_as("bob", Method::POST, SUBMIT, odd).await.0, 200);
    assert_eq!(hook.last().1["submission"], json!({"unknown": 5, "list": [1]}));

    let permissions = "403 api.context.permissions.app_error";
    let bad_body = "400 api.context.invalid_body_param.app_error";
    for (body, expected) in [
        (with("team_id", json!("")), permissions),
        (with("channel_id", json!("")), permissions),
        (with("channel_id", json!(direct)), permissions),
        (with("url", json!("")), bad_body),
        (with("url", json!("rubbish")), "400 api.post.do_action.action_integration.app_error"),
        (with("url", json!(hook.at("127.0.0.2", "/hook"))), "400 api.post.do_action.action_integration.app_error"),
        (json!([]), bad_body),
    ] {
        assert_eq!(error(&world.call_as("bob", Method::POST, SUBMIT, body.clone()).await), expected, "{body}");
    }
    assert_eq!(hook.calls(), 2);
    assert_eq!(world.call_as("alice", Method::POST, SUBMIT, with("channel_id", json!(direct))).await.0, 200);
    let nobody = world.call_as_nobody(Method::POST, SUBMIT, good.clone()).await;
    assert_eq!(error(&nobody), "401 api.context.session_expired.app_error");
}
