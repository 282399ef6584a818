//! Modals: opened by a click, filled in, sent, closed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use accessbot_core::clock::Timestamp;
use accessbot_sandbox::Answer;
use accessbot_sandbox::slack::{ActError, SlackOptions, Submitted, ViewView};
use serde_json::{Value, json};

use super::app::App;
use super::client::{World, outcome};
use crate::ManualClock;

/// A view that asks for a reason.
fn modal(more: &Value) -> Value {
    let text = |text: &str| json!({"type": "plain_text", "text": text});
    let element = json!({"type": "plain_text_input", "action_id": "text", "max_length": 20});
    let input = json!({"type": "input", "block_id": "reason", "label": text("Reason"), "element": element});
    let mut view = json!({"type": "modal", "callback_id": "decide", "private_metadata": "r1", "title": text("Approve"),
        "submit": text("Approve"), "blocks": [input], "notify_on_close": true});
    view.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    view
}

/// A click of alice's, and the trigger id that came with it.
async fn trigger(world: &World, app: &mut App) -> Value {
    let message = world.post_button("access").await;
    let (clicked, mut envelope) = tokio::join!(world.slack.click("alice", &message, "approve"), app.take());
    clicked.unwrap();
    envelope["payload"]["trigger_id"].take()
}

async fn open(world: &World, app: &mut App, view: Value) -> ViewView {
    let trigger = trigger(world, app).await;
    let opened = world.post("views.open", json!({"trigger_id": trigger, "view": view})).await;
    assert_eq!(outcome(&opened), "ok", "{opened}");
    let shown = world.slack.views("alice").unwrap().pop().unwrap();
    assert_eq!(opened["view"], shown.view);
    shown
}

#[tokio::test]
async fn a_reason_is_asked_for_and_comes_back_with_what_the_app_gave_along() {
    let world = World::start().await;
    let mut app = App::connect(&world).await;
    let view = open(&world, &mut app, modal(&json!({}))).await;
    assert_eq!((view.title.as_str(), view.private_metadata.as_str()), ("Approve", "r1"));
    let sent = world.slack.submit_view("alice", &view, &[("reason", "because")]);
    let (became, envelope) = tokio::join!(sent, app.take());
    assert_eq!(became.unwrap(), Submitted::Closed);
    assert_eq!(envelope["accepts_response_payload"], true);
    let payload = &envelope["payload"];
    assert_eq!((&payload["type"], &payload["user"]["name"]), (&json!("view_submission"), &json!("alice")));
    assert_eq!(
        payload["view"]["state"]["values"],
        json!({"reason": {"text": {"type": "plain_text_input", "value": "because"}}})
    );
    assert_eq!(payload["view"]["private_metadata"], "r1");
    for absent in ["channel", "message", "container", "response_url"] {
        assert_eq!(payload.get(absent), None, "{absent}");
    }
    assert_eq!(world.slack.views("alice").unwrap(), []);
    let again = world.slack.submit_view("alice", &view, &[("reason", "because")]).await;
    assert!(matches!(again, Err(ActError::Refused(_))), "{again:?}");
}

#[tokio::test]
async fn the_app_may_find_fault_with_what_was_filled_in() {
    let world = World::start().await;
    let mut app = App::connect(&world).await;
    let view = open(&world, &mut app, modal(&json!({}))).await;
    let mut submit = async |answer: Value| {
        let answered = async {
            let envelope = app.next().await.unwrap();
            app.answer(&envelope, answer).await;
        };
        tokio::join!(world.slack.submit_view("alice", &view, &[("reason", "x")]), answered).0
    };
    let errors = json!({"response_action": "errors", "errors": {"reason": "too short"}});
    let told = BTreeMap::from([("reason".to_owned(), "too short".to_owned())]);
    assert_eq!(submit(errors).await.unwrap(), Submitted::Errors(told));
    for wrong in [
        json!({"response_action": "errors", "errors": {"elsewhere": "x"}}),
        json!({"response_action": "errors"}),
        json!({"response_action": "shout"}),
        json!({"response_action": "update", "view": {}}),
    ] {
        let trouble = submit(wrong.clone()).await;
        assert!(matches!(trouble, Err(ActError::NotAcknowledged(_))), "{wrong} {trouble:?}");
    }
    let title = json!({"type": "plain_text", "text": "Sure?"});
    let other = modal(&json!({"title": title}));
    assert_eq!(submit(json!({"response_action": "push", "view": other})).await.unwrap(), Submitted::Pushed);
    assert_eq!(submit(json!({"response_action": "update", "view": other})).await.unwrap(), Submitted::Updated);
    let views = world.slack.views("alice").unwrap();
    assert_eq!((views.len(), views[0].title.as_str(), &views[0].id), (2, "Sure?", &view.id));
    assert_eq!(views[1].view["previous_view_id"], json!(view.id));
    assert_eq!(submit(json!({"response_action": "clear"})).await.unwrap(), Submitted::Closed);
    assert_eq!(world.slack.views("alice").unwrap(), []);
}

#[tokio::test]
async fn the_client_itself_refuses_what_does_not_fit() {
    let world = World::start().await;
    let mut app = App::connect(&world).await;
    let view = open(&world, &mut app, modal(&json!({}))).await;
    for words in
        [&[][..], &[("reason", "")], &[("reason", "more than twenty characters")], &[("reason", "x"), ("y", "z")]]
    {
        let refused = world.slack.submit_view("alice", &view, words).await;
        assert!(matches!(refused, Err(ActError::Refused(_))), "{words:?} {refused:?}");
    }
    assert!(matches!(world.slack.submit_view("bob", &view, &[]).await, Err(ActError::Refused(_))), "not his");
    // What need not be filled in comes as null.
    let mut optional = modal(&json!({}));
    optional["blocks"][0]["optional"] = json!(true);
    let view = open(&world, &mut app, optional).await;
    let (became, envelope) = tokio::join!(world.slack.submit_view("alice", &view, &[]), app.take());
    became.unwrap();
    assert_eq!(envelope["payload"]["view"]["state"]["values"]["reason"]["text"]["value"], Value::Null);
}

#[tokio::test]
async fn an_app_that_wants_to_know_hears_of_the_close() {
    let world = World::start().await;
    let mut app = App::connect(&world).await;
    let view = open(&world, &mut app, modal(&json!({}))).await;
    let (closed, envelope) = tokio::join!(world.slack.close_view("alice", &view), app.take());
    closed.unwrap();
    let payload = &envelope["payload"];
    assert_eq!((&payload["type"], &payload["is_cleared"]), (&json!("view_closed"), &json!(false)));
    assert_eq!((&payload["view"]["id"], &envelope["accepts_response_payload"]), (&json!(view.id), &json!(false)));
    let view = open(&world, &mut app, modal(&json!({"notify_on_close": false}))).await;
    world.slack.close_view("alice", &view).await.unwrap();
    app.hears_nothing().await;
    assert_eq!(world.slack.views("alice").unwrap(), []);
}

#[tokio::test]
async fn a_trigger_id_opens_one_view_within_three_seconds() {
    let clock = Arc::new(ManualClock::at(Timestamp::from_millis(1_700_000_000_000)));
    let world = World::start_with(SlackOptions { clock: clock.clone(), ..SlackOptions::default() }).await;
    let mut app = App::connect(&world).await;
    let open = async |trigger: &Value| {
        let opened = world.post("views.open", json!({"trigger_id": trigger, "view": modal(&json!({}))})).await;
        outcome(&opened).to_owned()
    };
    let one = trigger(&world, &mut app).await;
    let two = trigger(&world, &mut app).await;
    assert_eq!(open(&one).await, "ok");
    assert_eq!(open(&one).await, "exchanged_trigger_id");
    clock.advance(Duration::from_millis(3001));
    assert_eq!(open(&two).await, "expired_trigger_id");
    assert_eq!(open(&json!("1.2.guessed")).await, "invalid_trigger_id");
    assert_eq!(open(&json!("")).await, "invalid_arguments");
    let three = trigger(&world, &mut app).await;
    let wrong = world.post("views.open", json!({"trigger_id": three, "view": modal(&json!({"blocks": []}))})).await;
    assert_eq!(outcome(&wrong), "invalid_arguments");
    insta::assert_snapshot!(wrong["response_metadata"]["messages"][0].as_str().unwrap(), @"[ERROR] no fewer than 1 items allowed [json-pointer:/view/blocks]");
    assert_eq!(open(&three).await, "ok", "a view that is refused uses no trigger id up");
}

#[tokio::test]
async fn a_view_that_nobody_acknowledges_stays_open() {
    let world = World::start().await;
    let mut app = App::connect(&world).await;
    let view = open(&world, &mut app, modal(&json!({}))).await;
    world.slack.faults().fail_next("INTERACTION view_submission", 1, Answer::bad_gateway());
    let trouble = world.slack.submit_view("alice", &view, &[("reason", "x")]).await;
    assert!(matches!(trouble, Err(ActError::NotAcknowledged(_))), "{trouble:?}");
    assert_eq!(world.slack.views("alice").unwrap(), [view]);
}
