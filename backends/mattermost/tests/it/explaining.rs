//! Forms that ask for a reason.

use accessbot_core::backend::MessageRef;
use accessbot_core::backend::decision::{Action, Doubt, Evidence, Outcome, Proof, ReasonRule};
use accessbot_sandbox::Answer;
use accessbot_sandbox::mattermost::DialogView;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::world::{MARKER, PROOF, World};
use crate::{marker, request};

/// Alice presses Deny, and gets a form.
async fn asked(world: &World, rule: ReasonRule) -> (MessageRef, DialogView) {
    let message = world.announce(rule).await;
    world.server.click("alice", &message.message, "deny").await.unwrap();
    let dialog = world.server.dialogs("alice").unwrap().pop().unwrap();
    (message, dialog)
}

/// What she sees.
fn shown(dialog: &DialogView) -> String {
    let form = &dialog.dialog;
    let [field] = form.elements.as_deref().unwrap() else { panic!("{form:?}") };
    let optional = if field.optional { ", optional" } else { "" };
    let field = format!("{}: {} of {}{optional}", field.display_name, field.kind, field.max_length);
    format!("{}\n{}\n{field}\n[{}]", form.title, form.introduction_text, form.submit_label)
}

async fn fill_in(world: &World, user: &str, dialog: &DialogView, values: Value) -> Value {
    world.server.submit_dialog(user, dialog, "access", values).await.unwrap()
}

#[tokio::test]
async fn alice_denies_and_says_why() {
    let world = World::start(&["buttons"]).await;
    let (message, dialog) = asked(&world, ReasonRule::Required).await;
    assert_eq!(world.script.decisions(), [], "nothing is decided before she has said why");
    assert_eq!(world.whispers("alice"), [""; 0]);
    insta::assert_snapshot!(shown(&dialog), @r"
    Deny the request
    Access request f7a02cf7-2c95-4bb1-be9c-2e3183218a87
    Reason: textarea of 1000
    [Deny]
    ");
    assert_eq!(dialog.url, format!("{}/mattermost/dialog", world.url));
    assert_eq!(fill_in(&world, "alice", &dialog, json!({"reason": " not\ntoday "})).await, json!({}));
    let decision = world.script.decisions().pop().unwrap();
    assert_eq!(decision.reason.as_deref(), Some("not\ntoday"));
    assert_eq!((decision.action, &decision.message, &decision.who), (Action::Deny, &message, &world.user("alice")));
    assert_eq!(decision.evidence, Evidence::Button(Proof::new(PROOF)));
    assert_eq!(world.told("alice"), [format!("Access request {}: It was recorded.", request())]);
    assert_eq!(world.told("bob"), [""; 0]);
}

#[tokio::test]
async fn a_reason_that_will_not_do_keeps_the_form_open() {
    let world = World::start(&["buttons"]).await;
    let (_, dialog) = asked(&world, ReasonRule::Required).await;
    world.script.answers(Outcome::ReasonWanted, "The reason must name a ticket.");
    let kept = fill_in(&world, "alice", &dialog, json!({"reason": "because"})).await;
    assert_eq!(kept, json!({"errors": {"reason": "The reason must name a ticket."}}));
    assert_eq!(world.told("alice"), [""; 0]);
    assert_eq!(fill_in(&world, "alice", &dialog, json!({"reason": "INC-7"})).await, json!({}));
    assert_eq!(world.told("alice").len(), 1);
}

#[tokio::test]
async fn an_optional_reason_may_be_left_out_and_a_closed_form_does_nothing() {
    let world = World::start(&["buttons"]).await;
    let (_, dialog) = asked(&world, ReasonRule::Optional).await;
    assert!(shown(&dialog).contains("Reason: textarea of 1000, optional"));
    world.server.cancel_dialog("alice", &dialog, "access").await.unwrap();
    assert_eq!(world.script.decisions(), []);
    assert_eq!(fill_in(&world, "alice", &dialog, json!({"reason": null})).await, json!({}));
    assert_eq!(world.script.decisions().pop().unwrap().reason, None);
}

#[tokio::test]
async fn a_rule_that_came_after_the_button_asks_all_the_same() {
    let world = World::start(&["buttons"]).await;
    let message = world.announce(ReasonRule::Off).await;
    world.script.answers(Outcome::ReasonWanted, "A reason is needed.");
    world.server.click("alice", &message.message, "approve").await.unwrap();
    assert_eq!(world.server.dialogs("alice").unwrap().len(), 1);
    assert_eq!(world.whispers("alice"), [""; 0]);
}

#[tokio::test]
async fn a_form_that_does_not_open_is_told() {
    let world = World::start(&["buttons"]).await;
    let message = world.announce(ReasonRule::Required).await;
    world.server.faults().fail_next("POST /actions/dialogs/open", 1, Answer::rate_limited(1));
    world.server.click("alice", &message.message, "approve").await.unwrap();
    assert_eq!(world.whispers("alice"), [Doubt::NoForm.answer().text]);
    let calls = world.script.turned_away();
    assert_eq!(
        calls.iter().map(|call| (call.why, call.who.clone())).collect::<Vec<_>>(),
        [(Doubt::NoForm, world.user("alice"))]
    );
    assert_eq!(world.script.decisions(), []);
}

#[tokio::test]
async fn a_form_sent_in_the_name_of_somebody_else_decides_nothing_and_bothers_nobody() {
    let world = World::start(&["buttons"]).await;
    let (_, dialog) = asked(&world, ReasonRule::Required).await;
    // By another user through the server, with the same state …
    let refused = fill_in(&world, "bob", &dialog, json!({"reason": "hihi"})).await;
    assert_eq!(refused, json!({"error": "This form is not yours."}));
    // … and by anybody who calls us, in the name of somebody who opened no form.
    let forged = json!({
        "type": "dialog_submission", "callback_id": "accessbot", "state": dialog.dialog.state,
        "user_id": world.user("ivan").0, "channel_id": "", "team_id": "", "submission": {"reason": "hihi"},
    });
    let call = Request::post("/dialog").header("content-type", "application/json");
    let response = world.backend.callback(call.body(forged.to_string().into()).unwrap()).await;
    assert_eq!(response.body(), r#"{"error":"This form is not yours."}"#);
    assert_eq!(world.script.decisions(), []);
    for user in ["alice", "bob", "ivan"] {
        assert_eq!(world.told(user), [""; 0], "{user}");
    }
}

#[tokio::test]
async fn a_form_tells_the_client_no_proof() {
    let world = World::start(&["buttons"]).await;
    let (_, dialog) = asked(&world, ReasonRule::Required).await;
    assert!(!format!("{dialog:?}").contains(PROOF));
}

#[tokio::test]
async fn hostile_submissions_decide_nothing() {
    let world = World::start(&["buttons"]).await;
    let (_, dialog) = asked(&world, ReasonRule::Required).await;
    let text = json!({"errors": {"reason": "Please write the reason as text."}});
    for (values, answer) in [
        (json!({"reason": 5}), &text),
        (json!({"reason": ["why"]}), &text),
        (json!({"reason": "é".repeat(2001)}), &json!({"errors": {"reason": "The reason is too long."}})),
    ] {
        assert_eq!(fill_in(&world, "alice", &dialog, values).await, *answer);
    }
    let foreign = json!({"error": Doubt::StrangeForm.answer().text});
    for state in ["", "form/0", "form.0\n", &"x".repeat(1001)] {
        let mut forged = dialog.clone();
        state.clone_into(&mut forged.dialog.state);
        assert_eq!(fill_in(&world, "alice", &forged, json!({"reason": "why"})).await, foreign, "{state}");
    }
    let strange = world.script.turned_away();
    assert!(strange.len() == 4 && strange.iter().all(|call| call.who == world.user("alice")), "{strange:?}");
    let body = |parts: Value| {
        let mut body =
            json!({"type": "dialog_submission", "state": dialog.dialog.state, "user_id": world.user("alice").0});
        body.as_object_mut().unwrap().extend(parts.as_object().unwrap().clone());
        Request::post("/dialog").header("content-type", "application/json").body(body.to_string().into()).unwrap()
    };
    for parts in [
        json!({"type": "interactive_message"}),
        json!({"state": 5}),
        json!({"user_id": "alice"}),
        json!({"cancelled": "no"}),
    ] {
        let status = world.backend.callback(body(parts.clone())).await.status();
        assert_eq!(status, StatusCode::BAD_REQUEST, "{parts}");
    }
    assert_eq!(world.script.decisions(), []);
    let response = world.backend.callback(body(json!({"cancelled": true, "submission": null}))).await;
    assert_eq!((response.status(), response.body().as_ref()), (StatusCode::OK, &b"{}"[..]));
    assert_eq!(world.script.decisions(), []);
}

#[tokio::test]
async fn whoever_cannot_be_written_to_reads_the_answer_in_the_form() {
    let world = World::start(&["buttons"]).await;
    let (_, dialog) = asked(&world, ReasonRule::Required).await;
    world.server.faults().fail_next("POST /channels/direct", 1, Answer::rate_limited(1));
    world.script.answers(Outcome::NotAllowed, "bob asked for it himself.");
    let answer = fill_in(&world, "alice", &dialog, json!({"reason": "why"})).await;
    assert_eq!(answer, json!({"error": "bob asked for it himself."}));
}

#[tokio::test]
async fn a_name_in_a_direct_message_mentions_nobody_and_is_no_markup() {
    let world = World::start(&["buttons"]).await;
    let (_, dialog) = asked(&world, ReasonRule::Required).await;
    world.script.answers(Outcome::TooLate, "@all [x](http://evil)\n# @alice decided it.");
    fill_in(&world, "alice", &dialog, json!({"reason": "why"})).await;
    let told = world.server.posts("@alice").pop().unwrap();
    assert_eq!(told.notified, [""; 0]);
    insta::assert_snapshot!(
        told.message.replace('\u{200b}', "<ZWSP>"),
        @r"Access request f7a02cf7-2c95-4bb1-be9c-2e3183218a87: @<ZWSP>all \[x\](http:<ZWSP>//evil)\n\# @<ZWSP>alice decided it."
    );
}

#[tokio::test]
async fn what_people_are_told_is_no_announcement() {
    let world = World::start(&["buttons"]).await;
    let (_, dialog) = asked(&world, ReasonRule::Required).await;
    fill_in(&world, "alice", &dialog, json!({"reason": "why"})).await;
    let told = world.server.posts("@alice").pop().unwrap();
    let message = MessageRef { conversation: told.channel_id, message: told.id };
    for marker in [marker("answer"), marker(MARKER)] {
        assert!(!world.backend.verify(&message, &request(), &marker).await.unwrap());
    }
}
