//! What somebody with bad intentions may try, each by its name, at the endpoint that anybody can call.

use std::sync::Arc;

use accessbot_core::backend::decision::{ChatUserId, Doubt, ReasonRule, TurnedAway};
use accessbot_sandbox::slack::SignedRequest;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{World, place};

const APPROVE: &str = "accessbot_approve";

/// Makes a call, and gives its status.
async fn status(world: &World, request: &SignedRequest) -> u16 {
    world.slack.send(request).await.unwrap().status
}

/// The payload in a call.
pub(crate) fn payload(request: &SignedRequest) -> Value {
    let url = format!("http://localhost/?{}", String::from_utf8(request.body.clone()).unwrap());
    let url = reqwest::Url::parse(&url).unwrap();
    let (_, payload) = url.query_pairs().find(|(name, _)| name == "payload").unwrap();
    serde_json::from_str(&payload).unwrap()
}

/// A form with this payload.
pub(crate) fn form(payload: &Value) -> String {
    let mut url = reqwest::Url::parse("http://localhost/").unwrap();
    url.query_pairs_mut().append_pair("payload", &payload.to_string());
    url.query().unwrap().to_owned()
}

#[tokio::test]
async fn a_call_that_slack_did_not_sign_is_not_even_read() {
    let world = World::over_http().await;
    let message = world.post(ReasonRule::Off).await;
    let genuine = world.slack.click_request("alice", &message, APPROVE).unwrap();
    let (alice, ivan) = (world.id("alice"), world.id("ivan"));
    let other_person = String::from_utf8(genuine.body.clone()).unwrap().replace(&alice, &ivan).into_bytes();
    for (what, forged) in [
        ("unsigned", SignedRequest { signature: String::new(), ..genuine.clone() }),
        ("signed by somebody else", SignedRequest { signature: format!("v0={}", "0".repeat(64)), ..genuine.clone() }),
        ("of another person", SignedRequest { body: other_person, ..genuine.clone() }),
        ("cut", SignedRequest { body: genuine.body[..genuine.body.len() - 1].to_vec(), ..genuine.clone() }),
        ("of another moment", SignedRequest { timestamp: "1531420618".to_owned(), ..genuine.clone() }),
        ("five minutes old", world.slack.sign(genuine.body.clone(), 302)),
        ("five minutes early", world.slack.sign(genuine.body.clone(), -302)),
        ("no form, and no signature", SignedRequest { body: vec![0xff; 1000], ..genuine.clone() }),
    ] {
        assert_eq!(status(&world, &forged).await, 401, "{what}");
    }
    assert_eq!(world.script.decisions(), []);
    assert_eq!(status(&world, &genuine).await, 200);
    assert_eq!(world.script.decisions().len(), 1);
}

#[tokio::test]
async fn a_call_that_is_replayed_has_the_effect_of_once() {
    let world = World::over_http().await;
    let message = world.post(ReasonRule::Off).await;
    let click = world.slack.click_request("alice", &message, APPROVE).unwrap();
    for _ in 0..3 {
        assert_eq!(status(&world, &click).await, 200);
    }
    let upper = SignedRequest { signature: click.signature.to_uppercase().replace('V', "v"), ..click };
    assert_eq!(status(&world, &upper).await, 200);
    assert_eq!(world.is_told("alice", 1).await, ["Recorded."]);
    assert_eq!(world.script.decisions().len(), 1);
}

#[tokio::test]
async fn a_replayed_click_opens_no_second_form_and_a_replayed_form_decides_once() {
    let world = World::over_http().await;
    let message = world.post(ReasonRule::Required).await;
    let click = world.slack.click_request("alice", &message, APPROVE).unwrap();
    let (one, two) = tokio::join!(world.slack.send(&click), world.slack.send(&click));
    assert_eq!((one.unwrap().status, two.unwrap().status), (200, 200));
    assert_eq!((world.slack.calls("views.open"), world.script.presses().len()), (1, 1));

    let submission = world.slack.submit_request("alice", &world.form("alice"), &[("reason", "INC-7")]).unwrap();
    let first = world.slack.send(&submission).await.unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&first.body).unwrap(), json!({"response_action": "clear"}));
    assert_eq!(world.slack.send(&submission).await.unwrap(), first, "the same answer");
    assert_eq!(world.script.decisions().len(), 1);
}

#[tokio::test]
async fn a_form_that_another_person_submits_is_not_theirs() {
    let world = World::over_http().await;
    let message = world.post(ReasonRule::Required).await;
    world.slack.click("alice", &message, APPROVE).await.unwrap();
    let genuine = world.slack.submit_request("alice", &world.form("alice"), &[("reason", "x")]).unwrap();
    let mut bent = payload(&genuine);
    bent["user"]["id"] = json!(world.id("bob"));
    let answered = world.slack.send(&world.slack.sign(form(&bent), 0)).await.unwrap();
    let errors = json!({"response_action": "errors", "errors": {"reason": "This form is not yours."}});
    assert_eq!(serde_json::from_slice::<Value>(&answered.body).unwrap(), errors);
    bent["view"]["private_metadata"] = json!("state-7");
    assert_eq!(status(&world, &world.slack.sign(form(&bent), 0)).await, 200);
    assert_eq!(world.script.decisions(), []);
}

#[tokio::test]
async fn what_the_payload_says_of_the_message_counts_for_nothing_but_where_it_stands() {
    let world = World::over_http().await;
    let message = world.post(ReasonRule::Off).await;
    let mut bent = payload(&world.slack.click_request("alice", &message, APPROVE).unwrap());
    bent["message"] = json!({"ts": "1.000001", "user": world.id("bob"), "text": "approve all"});
    bent["channel"] = json!({"id": "C0OTHER00"});
    bent["user"]["username"] = json!("ivan");
    bent["team"] = Value::Null;
    assert_eq!(status(&world, &world.slack.sign(form(&bent), 0)).await, 200);
    let decision = world.script.decisions().pop().unwrap();
    assert_eq!((decision.message, decision.who.0), (place(&message), world.id("alice")));
}

#[tokio::test]
async fn clicks_on_what_is_not_our_message_decide_nothing() {
    let world = World::over_http().await;
    // So that the bot knows which app it is.
    world.backend.probe().await.unwrap();
    let message = world.post(ReasonRule::Off).await;
    let genuine = payload(&world.slack.click_request("alice", &message, APPROVE).unwrap());
    let action = genuine["actions"][0].clone();
    for (what, pointer, value) in [
        ("another app", "/api_app_id", json!("A0OTHER00")),
        ("another block", "/actions/0/block_id", json!("b0")),
        ("two actions at once", "/actions", json!([action, action])),
        ("no action", "/actions", json!([])),
        ("an ephemeral message", "/container/is_ephemeral", json!(true)),
        ("a form", "/container/type", json!("view")),
        ("no message", "/container/message_ts", json!("")),
        ("a path for a channel", "/container/channel_id", json!("../../C0ACCESS0")),
        ("nobody", "/user/id", json!("")),
        ("a channel for a person", "/user/id", json!(message.channel)),
        ("a shortcut", "/type", json!("message_action")),
    ] {
        let mut bent = genuine.clone();
        *bent.pointer_mut(pointer).unwrap() = value;
        assert_eq!(status(&world, &world.slack.sign(form(&bent), 0)).await, 200, "{what}: Slack need not be told");
        assert_eq!(world.script.decisions(), [], "{what}");
    }
    assert_eq!(world.told("alice"), [""; 0]);
}

#[tokio::test]
async fn a_button_that_was_made_by_hand_is_said_to_be_none() {
    let world = World::over_http().await;
    let message = world.post(ReasonRule::Off).await;
    let genuine = payload(&world.slack.click_request("alice", &message, APPROVE).unwrap());
    for (n, (pointer, value)) in [
        ("/actions/0/value", json!("approve")),
        ("/actions/0/value", json!("x".repeat(100_000))),
        ("/actions/0/value", json!("[".repeat(50_000))),
        ("/actions/0/action_id", json!("accessbot_deny")),
    ]
    .into_iter()
    .enumerate()
    {
        let mut bent = genuine.clone();
        *bent.pointer_mut(pointer).unwrap() = value;
        assert_eq!(status(&world, &world.slack.sign(form(&bent), 0)).await, 200);
        let told = world.is_told("alice", n + 1).await;
        assert_eq!(told[n], Doubt::StrangeButton.answer().text);
        let call = world.script.turned_away().pop().unwrap();
        let who = ChatUserId(world.id("alice"));
        let strange =
            TurnedAway { why: Doubt::StrangeButton, who, message: Some(place(&message)), request: None, action: None };
        assert_eq!((call, world.script.turned_away().len()), (strange, n + 1));
    }
    assert_eq!(world.script.decisions(), []);
}

#[tokio::test]
async fn calls_of_another_form_are_refused_and_a_look_at_the_certificate_is_answered() {
    let world = World::over_http().await;
    let message = world.post(ReasonRule::Off).await;
    let click = form(&payload(&world.slack.click_request("alice", &message, APPROVE).unwrap()));
    for (body, code) in [
        ("ssl_check=1&token=x".to_owned(), 200),
        (String::new(), 400),
        ("token=x".to_owned(), 400),
        (format!("{click}&{click}"), 400),
        ("{\"type\":\"url_verification\"}".to_owned(), 400),
        ("payload=".to_owned(), 200),
        ("payload=%00%ff".to_owned(), 200),
        (format!("payload={}", "%5B".repeat(50_000)), 200),
    ] {
        let signed = world.slack.sign(body.clone(), 0);
        assert_eq!(status(&world, &signed).await, code, "{}", &body[..body.len().min(60)]);
    }
    assert_eq!(world.script.decisions(), []);
    let get = axum::http::Request::builder().uri("/interactive").body(bytes::Bytes::new()).unwrap();
    assert_eq!(world.backend.callback(get).await.status(), 405);
}

#[tokio::test]
async fn a_reason_beyond_all_limits_is_told_at_its_field() {
    let world = World::over_http().await;
    let message = world.post(ReasonRule::Required).await;
    world.slack.click("alice", &message, APPROVE).await.unwrap();
    let mut bent = payload(&world.slack.submit_request("alice", &world.form("alice"), &[("reason", "x")]).unwrap());
    bent["view"]["state"]["values"]["reason"]["reason"]["value"] = json!("é".repeat(2001));
    let answered = world.slack.send(&world.slack.sign(form(&bent), 0)).await.unwrap();
    let answer: Value = serde_json::from_slice(&answered.body).unwrap();
    assert_eq!(answer["errors"]["reason"], "This is too long; please shorten it.");
    assert_eq!(world.script.decisions(), []);
}

#[tokio::test]
async fn a_burst_of_clicks_is_not_taken_beyond_what_can_be_done() {
    let world = Arc::new(World::over_http().await);
    let message = world.post(ReasonRule::Off).await;
    world.script.hold(true);
    let genuine = payload(&world.slack.click_request("alice", &message, APPROVE).unwrap());
    let mut calls = JoinSet::new();
    for n in 0..80 {
        let (world, mut bent) = (Arc::clone(&world), genuine.clone());
        bent["trigger_id"] = json!(format!("1.2.{n}"));
        calls.spawn(async move { status(&world, &world.slack.sign(form(&bent), 0)).await });
    }
    for _ in 0..16 {
        assert_eq!(calls.join_next().await.unwrap().unwrap(), 503);
    }
    world.script.hold(false);
    assert_eq!(calls.join_all().await, [200; 64]);
    assert_eq!(world.script.decisions().len(), 64);
}
