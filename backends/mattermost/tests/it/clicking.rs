//! Buttons: who pressed, what they are told, and what cannot be had by pressing.

use std::time::Duration;

use accessbot_core::backend::callback::{CallbackRequest, CallbackResponse, LARGEST_BODY};
use accessbot_core::backend::decision::{Action, Decision, Doubt, Evidence, Outcome, Proof, ReasonRule};
use accessbot_core::backend::{CardState, MessageRef, Outgoing};
use accessbot_sandbox::mattermost::ActError;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::world::{MARKER, PROOF, World};
use crate::{card, marker, request};

const STRANGE: &str = "Nothing was decided, because this button is not one of the bot's, or is from another version of it; \
                       please use the bot's own message.";

fn call(path: &str, kind: &str, body: impl Into<Vec<u8>>) -> CallbackRequest {
    Request::post(path).header("content-type", kind).body(body.into().into()).unwrap()
}

fn json_of(response: &CallbackResponse) -> Value {
    serde_json::from_slice(response.body()).unwrap()
}

/// What Mattermost sends for a press on our own button, changed by `parts`.
fn click(world: &World, message: &MessageRef, parts: &Value) -> Value {
    let mut body = json!({
        "user_id": world.user("alice").0, "user_name": "alice",
        "channel_id": message.conversation, "channel_name": "access", "team_id": "", "team_domain": "",
        "post_id": message.message, "trigger_id": world.pressed("alice"), "type": "button", "data_source": "",
        "context": {"v": 1, "req": request().as_str(), "act": "approve", "ask": "off", "proof": PROOF},
        "added_by_a_later_server": {"x": [1]},
    });
    for (key, value) in parts.as_object().unwrap() {
        body[key] = value.clone();
    }
    body
}

#[tokio::test]
async fn alice_approves_and_is_told_alone() {
    let world = World::start(&["buttons"]).await;
    assert!(world.backend.capabilities().decisions);
    let message = world.announce(ReasonRule::Off).await;
    world.server.click("alice", &message.message, "approve").await.unwrap();
    let decided = Decision {
        request: request(),
        action: Action::Approve,
        reason: None,
        message: message.clone(),
        who: world.user("alice"),
        evidence: Evidence::Button(Proof::new(PROOF)),
        patience: Duration::from_secs(20),
    };
    assert_eq!(world.script.decisions(), [decided]);
    assert_eq!(world.whispers("alice"), ["It was recorded."]);
    assert_eq!(world.whispers("bob"), [""; 0]);
    world.server.click("ivan", &message.message, "deny").await.unwrap();
    let last = world.script.decisions().pop().unwrap();
    assert_eq!((last.action, last.who), (Action::Deny, world.user("ivan")));
}

#[tokio::test]
async fn every_outcome_is_told_and_every_press_is_answered_with_200() {
    let world = World::start(&["buttons"]).await;
    let message = world.announce(ReasonRule::Off).await;
    for outcome in [
        Outcome::Recorded,
        Outcome::Known,
        Outcome::NotAllowed,
        Outcome::TooLate,
        Outcome::NotRecorded,
        Outcome::Unclear,
        Outcome::Off,
    ] {
        world.script.answers(outcome, &format!("This is {}.", outcome.word().replace('_', " ")));
        world.server.click("alice", &message.message, "deny").await.unwrap();
    }
    insta::assert_snapshot!(world.whispers("alice").join("\n"), @r"
    This is recorded.
    This is known.
    This is not allowed.
    This is too late.
    This is not recorded.
    This is unclear.
    This is off.
    ");
}

#[tokio::test]
async fn a_double_click_is_handed_over_twice_and_answered_twice() {
    let world = World::start(&["buttons"]).await;
    let message = world.announce(ReasonRule::Off).await;
    let press = || world.server.click("alice", &message.message, "approve");
    let (one, other) = tokio::join!(press(), press());
    one.and(other).unwrap();
    let decisions = world.script.decisions();
    assert_eq!(decisions.len(), 2);
    assert_eq!(decisions[0], decisions[1]);
    assert_eq!(world.whispers("alice").len(), 2);
}

#[tokio::test]
async fn buttons_survive_an_update_and_go_with_the_last_one() {
    let world = World::start(&["buttons"]).await;
    let message = world.announce(ReasonRule::Off).await;
    let (request, marker) = (request(), marker(MARKER));
    for content in [crate::world::open_card(ReasonRule::Off), card(&request, CardState::Approved, "why")] {
        world.server.click("alice", &message.message, "approve").await.unwrap();
        let outgoing = Outgoing { request: &request, marker: &marker, content: &content, root: None };
        world.backend.update(&message, &outgoing).await.unwrap();
    }
    let late = world.server.click("alice", &message.message, "approve").await;
    assert!(matches!(late, Err(ActError::Refused { status: 404, .. })), "{late:?}");
    assert_eq!(world.script.decisions().len(), 2);
}

#[tokio::test]
async fn a_name_in_an_answer_mentions_nobody_and_is_no_markup() {
    let world = World::start(&["buttons"]).await;
    let message = world.announce(ReasonRule::Off).await;
    world.script.answers(Outcome::TooLate, "@channel <https://evil|here> **Status**: `x` decided it before.");
    world.server.click("alice", &message.message, "approve").await.unwrap();
    assert_eq!(
        world.whispers("alice"),
        ["@\u{200b}channel <\u{200b}https:\u{200b}//evil\\|here\\> \\*\\*Status\\*\\*: \\`x\\` decided it before."]
    );
}

#[tokio::test]
async fn a_button_in_a_post_of_somebody_else_that_leads_to_us_does_nothing() {
    let world = World::start(&["buttons"]).await;
    let ours = world.announce(ReasonRule::Off).await;
    let free_pizza = |context: Value| {
        let integration = json!({"url": format!("{}/mattermost/action", world.url), "context": context});
        let action = json!({"id": "pizza", "name": "Free pizza", "type": "button", "integration": integration});
        world.server.post_with_props_as("bob", "access", "", json!({"attachments": [{"actions": [action]}]})).unwrap()
    };
    // Without the form of ours it ends here …
    for context in [
        json!({}),
        json!({"request": request().as_str(), "action": "approve"}),
        json!({"v": 1, "req": request().as_str(), "act": "approve", "ask": "off"}),
        json!({"v": 1, "req": request().as_str(), "act": "approve", "ask": "off", "proof": ""}),
        json!({"v": 2, "req": request().as_str(), "act": "approve", "ask": "off", "proof": "x"}),
        json!({"v": 1, "req": "r".repeat(121), "act": "approve", "ask": "off", "proof": "x"}),
    ] {
        world.server.click("ivan", &free_pizza(context), "pizza").await.unwrap();
    }
    assert_eq!(world.script.decisions(), []);
    assert_eq!(world.whispers("ivan"), [STRANGE; 6]);
    let why: Vec<Doubt> = world.script.turned_away().iter().map(|call| call.why).collect();
    assert_eq!(why, [Doubt::StrangeButton; 6]);
    // … and with it, even with a proof that somebody learnt, the sink gets to know on which post it was pressed.
    let context = json!({"v": 1, "req": request().as_str(), "act": "approve", "ask": "off", "proof": PROOF});
    let theirs = free_pizza(context);
    world.server.click("ivan", &theirs, "pizza").await.unwrap();
    let decision = world.script.decisions().pop().unwrap();
    assert_eq!(decision.message, MessageRef { message: theirs, ..ours });
    assert!(!world.backend.verify(&decision.message, &request(), &marker(MARKER)).await.unwrap());
}

#[tokio::test]
async fn what_a_button_carries_is_shown_to_nobody_in_the_channel() {
    let world = World::start(&["buttons"]).await;
    let message = world.announce(ReasonRule::Off).await;
    let stored = serde_json::to_string(&world.server.post(&message.message).unwrap().attachments).unwrap();
    assert!(stored.contains(PROOF), "the server has it");
    let url = format!("{}/api/v4/posts/{}", world.server.url(), message.message);
    let seen = crate::http::get(&url, &world.server.token_of("bob").unwrap()).await;
    assert!(seen.contains("Approve"), "{seen}");
    assert!(!seen.contains(PROOF) && !seen.contains(&world.url), "{seen}");
}

#[tokio::test]
async fn what_mattermost_does_not_send_is_refused() {
    let world = World::start(&["buttons"]).await;
    let message = world.announce(ReasonRule::Off).await;
    let (json, good) = ("application/json", click(&world, &message, &json!({})));
    for parts in [
        json!({"user_id": "alice"}),
        json!({"user_id": 5}),
        json!({"user_id": null}),
        json!({"post_id": "../users/me"}),
        json!({"channel_id": ["x"]}),
        json!({"trigger_id": {}}),
    ] {
        let body = click(&world, &message, &parts).to_string();
        let status = world.backend.callback(call("/action", json, body)).await.status();
        assert_eq!(status, StatusCode::BAD_REQUEST, "{parts}");
    }
    let good = good.to_string();
    for (request, status) in [
        (call("/action", "text/plain", good.clone()), 415),
        (call("/action", "application/x-www-form-urlencoded", good.clone()), 415),
        (call("/elsewhere", json, good.clone()), 404),
        (call("/action", json, good[..good.len() - 1].to_owned()), 400),
        (call("/action", json, format!("{good}{good}")), 400),
        (call("/action", json, "[".repeat(60_000)), 400),
        (call("/action", json, vec![b' '; LARGEST_BODY]), 413),
        (call("/action", json, &b"\xff\xfe"[..]), 400),
        (Request::get("/action").header("content-type", json).body(good.clone().into()).unwrap(), 405),
        (Request::post("/action").body(good.clone().into()).unwrap(), 415),
    ] {
        let shown = format!("{} {}", request.method(), request.uri());
        let response = world.backend.callback(request).await;
        assert_eq!(response.status().as_u16(), status, "{shown}");
        assert!(response.body().is_empty(), "nothing is explained to strangers");
    }
    assert_eq!(world.script.decisions(), []);
    let response = world.backend.callback(call("/action", "Application/JSON; charset=utf-8", good)).await;
    let answer = json!({"ephemeral_text": "It was recorded.", "skip_slack_parsing": true});
    assert_eq!((response.status(), json_of(&response)), (StatusCode::OK, answer));
}

#[tokio::test]
async fn without_buttons_nobody_is_answered() {
    let world = World::start(&["replies"]).await;
    let message = world.announce(ReasonRule::Off).await;
    assert_eq!(world.backend.callback_paths(), [""; 0]);
    let body = click(&world, &message, &json!({})).to_string();
    let response = world.backend.callback(call("/action", "application/json", body)).await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    let post = world.server.post(&message.message).unwrap();
    assert_eq!(post.attachments[0].get("actions"), None);
    assert_eq!(post.attachments[0]["text"], "Reply with `approve` or `deny`.");
}
