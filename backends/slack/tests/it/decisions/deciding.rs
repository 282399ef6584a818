//! What people press and write, and what they are told.

use std::collections::BTreeMap;
use std::time::Duration;

use accessbot_core::backend::decision::{Action, ChatUserId, Decision, Doubt, Evidence, Outcome, Proof, ReasonRule};
use accessbot_core::backend::{CardState, Outgoing};
use accessbot_core::request::RequestId;
use accessbot_sandbox::Answer;
use accessbot_sandbox::slack::{ActError, Submitted, rate_limited, refusal};
use serde_json::json;

use super::attacks::{form, payload};
use super::{World, backend, place, with_buttons};
use crate::{REQUEST, card, marker};

const APPROVE: &str = "accessbot_approve";
const DENY: &str = "accessbot_deny";

#[tokio::test]
async fn a_click_decides_and_only_whoever_clicked_is_told() {
    for world in World::every_way().await {
        let message = world.post(ReasonRule::Off).await;
        world.slack.click("alice", &message, APPROVE).await.unwrap();
        assert_eq!(world.is_told("alice", 1).await, ["Recorded."]);
        let decision = Decision {
            request: RequestId::new(REQUEST),
            action: Action::Approve,
            reason: None,
            message: place(&message),
            who: ChatUserId(world.id("alice")),
            evidence: Evidence::Button(Proof::new("proof-of-approve")),
            patience: Duration::from_millis(2500),
        };
        assert_eq!(world.script.decisions(), [decision]);

        world.script.answer_next(Outcome::NotAllowed, "You may not decide this request.");
        world.slack.click("bob", &message, DENY).await.unwrap();
        assert_eq!(world.is_told("bob", 1).await, ["You may not decide this request."]);
        let last = world.script.decisions().pop().unwrap();
        assert_eq!((last.action, last.who.0), (Action::Deny, world.id("bob")));
        assert_eq!(last.evidence, Evidence::Button(Proof::new("proof-of-deny")));
        assert_eq!(world.told("alice"), ["Recorded."]);
        assert_eq!(world.slack.post_count("access"), 1, "nothing is said to all");
    }
}

#[tokio::test]
async fn a_click_in_a_direct_conversation_or_beside_a_thread_is_answered_where_it_was() {
    let world = World::over_a_socket().await;
    let direct = world.post_to("alice@example.com", ReasonRule::Off).await;
    world.slack.click("alice", &direct, APPROVE).await.unwrap();
    world.is_told("alice", 1).await;
    let shown = world.slack.ephemerals("alice").unwrap().pop().unwrap();
    assert_eq!((shown.channel, world.script.decisions()[0].message.clone()), (direct.channel.clone(), place(&direct)));

    let message = world.post(ReasonRule::Off).await;
    world.slack.reply_as("ivan", &message.channel, &message.ts, "what is this for?").unwrap();
    world.slack.click("ivan", &message, APPROVE).await.unwrap();
    world.is_told("ivan", 1).await;
    let shown = world.slack.ephemerals("ivan").unwrap().pop().unwrap();
    assert_eq!(
        (shown.channel.as_str(), shown.thread_ts.as_str()),
        (message.channel.as_str(), ""),
        "whoever clicks need not have the thread open"
    );
    assert_eq!(world.script.decisions()[1].message, place(&message));
}

#[tokio::test]
async fn a_reason_is_asked_for_in_a_form() {
    for world in World::every_way().await {
        let message = world.post(ReasonRule::Required).await;
        world.slack.click("alice", &message, DENY).await.unwrap();
        let form = world.form("alice");
        assert_eq!((form.title.as_str(), form.private_metadata.as_str()), ("Deny request", "state-0"));
        let press = world.script.presses().pop().unwrap();
        assert_eq!((press.action, press.message, press.who.0), (Action::Deny, place(&message), world.id("alice")));
        assert_eq!(world.script.decisions(), [], "nothing was decided yet");
        let empty = world.slack.submit_view("alice", &form, &[("reason", "")]).await;
        assert!(matches!(empty, Err(ActError::Refused(_))), "Slack itself wants a reason: {empty:?}");

        let submitted = world.slack.submit_view("alice", &form, &[("reason", " not\ntoday ")]).await;
        assert_eq!(submitted.unwrap(), Submitted::Closed);
        assert_eq!(world.is_told("alice", 1).await, ["Recorded."]);
        let decision = world.script.decisions().pop().unwrap();
        assert_eq!((decision.action, decision.reason.as_deref()), (Action::Deny, Some("not\ntoday")));
        assert_eq!((decision.message, decision.who.0), (place(&message), world.id("alice")));
        assert_eq!(decision.evidence, Evidence::Button(Proof::new("proof-of-deny")));
        assert_eq!(world.slack.views("alice").unwrap(), []);
    }
}

#[tokio::test]
async fn a_reason_that_may_be_left_out_may_be_left_out() {
    let world = World::over_a_socket().await;
    let message = world.post(ReasonRule::Optional).await;
    world.slack.click("alice", &message, APPROVE).await.unwrap();
    world.slack.submit_view("alice", &world.form("alice"), &[]).await.unwrap();
    world.is_told("alice", 1).await;
    assert_eq!(world.script.decisions()[0].reason, None);

    world.slack.click("ivan", &message, APPROVE).await.unwrap();
    world.slack.close_view("ivan", &world.form("ivan")).await.unwrap();
    assert_eq!(world.script.decisions().len(), 1, "whoever closes the form has decided nothing");
}

#[tokio::test]
async fn a_reason_that_will_not_do_is_told_at_its_field() {
    for world in World::every_way().await {
        let message = world.post(ReasonRule::Required).await;
        world.slack.click("alice", &message, APPROVE).await.unwrap();
        let form = world.form("alice");
        world.script.answer_next(Outcome::ReasonWanted, "Please name a ticket.");
        let submitted = world.slack.submit_view("alice", &form, &[("reason", "because")]).await.unwrap();
        let errors = BTreeMap::from([("reason".to_owned(), "Please name a ticket.".to_owned())]);
        assert_eq!(submitted, Submitted::Errors(errors));
        let again = world.slack.submit_view("alice", &world.form("alice"), &[("reason", "INC-7")]).await.unwrap();
        assert_eq!(again, Submitted::Closed);
        assert_eq!(world.is_told("alice", 1).await, ["Recorded."]);
        let reasons: Vec<_> = world.script.decisions().into_iter().filter_map(|decision| decision.reason).collect();
        assert_eq!(reasons, ["because", "INC-7"]);
    }
}

#[tokio::test]
async fn a_button_from_before_reasons_were_wanted_asks_for_one() {
    let world = World::over_a_socket().await;
    let message = world.post(ReasonRule::Off).await;
    world.script.answer_next(Outcome::ReasonWanted, "A reason is needed.");
    world.slack.click("alice", &message, APPROVE).await.unwrap();
    world.slack.submit_view("alice", &world.form("alice"), &[("reason", "INC-7")]).await.unwrap();
    assert_eq!(world.is_told("alice", 1).await, ["Recorded."]);
}

#[tokio::test]
async fn a_button_that_is_not_ours_opens_no_form() {
    let world = World::over_a_socket().await;
    let message = world.post(ReasonRule::Required).await;
    world.script.refuse("This button is not one of ours.");
    world.slack.click("alice", &message, APPROVE).await.unwrap();
    assert_eq!(world.is_told("alice", 1).await, ["This button is not one of ours."]);
    assert_eq!((world.slack.calls("views.open"), world.script.decisions().len()), (0, 0));
}

#[tokio::test]
async fn whoever_gets_no_form_is_told_to_try_again() {
    for world in World::every_way().await {
        let message = world.post(ReasonRule::Required).await;
        world.slack.faults().fail_next("views.open", 1, refusal("expired_trigger_id"));
        world.slack.click("alice", &message, APPROVE).await.unwrap();
        let told = world.is_told("alice", 1).await;
        assert_eq!(told, [Doubt::NoForm.answer().text]);
        let call = world.script.turned_away().pop().unwrap();
        assert_eq!(
            (call.why, call.action, call.message),
            (Doubt::NoForm, Some(Action::Approve), Some(place(&message)))
        );
        world.slack.click("alice", &message, APPROVE).await.unwrap();
        assert_eq!(world.form("alice").title, "Approve request");
    }
}

#[tokio::test]
async fn what_somebody_is_told_mentions_nobody() {
    let world = World::over_a_socket().await;
    let message = world.post(ReasonRule::Off).await;
    let hostile = format!("Approved by <!channel> <@{}> & *mallory*.", world.id("bob"));
    world.script.answer_next(Outcome::TooLate, &hostile);
    world.slack.click("alice", &message, APPROVE).await.unwrap();
    assert_eq!(world.is_told("alice", 1).await, [hostile]);
    let shown = world.slack.ephemerals("alice").unwrap().pop().unwrap();
    assert_eq!(shown.mentioned, [""; 0]);
    assert!(shown.notification.starts_with("Approved by &lt;!channel&gt;"), "{}", shown.notification);
}

#[tokio::test]
async fn whoever_is_not_in_the_channel_is_told_directly_and_that_is_no_announcement() {
    let world = World::over_a_socket().await;
    let message = world.post(ReasonRule::Off).await;
    world.slack.add_user("dave");
    world.script.answer_next(Outcome::NotAllowed, &format!("You may not decide {REQUEST}."));
    world.slack.click("dave", &message, APPROVE).await.unwrap();
    world.slack.wait_until("a word", |slack| slack.post_count("@dave") == 1).await;
    assert_eq!(world.slack.posts("@dave")[0].text(), format!("You may not decide {REQUEST}."));
    let direct = world.slack.channel_id("@dave").unwrap();
    let conversation =
        accessbot_core::backend::Conversation { id: direct, kind: accessbot_core::backend::ConversationKind::Direct };
    let sought = accessbot_core::backend::Sought {
        conversation: &conversation,
        request: &RequestId::new(REQUEST),
        marker: None,
        root: None,
        since: accessbot_core::clock::Timestamp::from_millis(0),
    };
    assert_eq!(world.backend.find(&sought).await.unwrap(), []);
}

#[tokio::test]
async fn a_form_that_does_not_open_is_not_waited_for_beyond_slacks_patience() {
    let world = World::over_http().await;
    let message = world.post(ReasonRule::Required).await;
    let click = world.slack.click_request("alice", &message, APPROVE).unwrap();
    let held = world.slack.faults().hold("views.open");
    tokio::time::pause();
    let began = tokio::time::Instant::now();
    assert_eq!(world.slack.send(&click).await.unwrap().status, 200);
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    tokio::time::resume();
    let told = world.is_told("alice", 1).await;
    assert_eq!(told, [Doubt::NoForm.answer().text]);
    held.release();
}

#[tokio::test]
async fn an_answer_that_slack_does_not_take_is_given_later() {
    for trouble in [rate_limited(1), Answer::bad_gateway()] {
        let world = World::over_a_socket().await;
        let message = world.post(ReasonRule::Off).await;
        world.slack.faults().fail_next("chat.postEphemeral", 1, trouble);
        world.slack.click("alice", &message, APPROVE).await.unwrap();
        assert_eq!(world.is_told("alice", 1).await, ["Recorded."]);

        world.slack.add_user("dave");
        world.slack.faults().fail_next("chat.postMessage", 1, rate_limited(1));
        world.slack.click("dave", &message, APPROVE).await.unwrap();
        world.slack.wait_until("a word", |slack| slack.post_count("@dave") == 1).await;
    }
}

#[tokio::test]
async fn an_answer_of_which_nobody_knows_whether_it_was_shown_is_shown_twice_at_most() {
    let world = World::over_a_socket().await;
    let message = world.post(ReasonRule::Off).await;
    world.slack.faults().fail_after_effect("chat.postEphemeral", 3, Answer::bad_gateway());
    world.slack.click("alice", &message, APPROVE).await.unwrap();
    assert_eq!(world.is_told("alice", 2).await, ["Recorded.", "Recorded."]);
    tokio::time::pause();
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(world.told("alice").len(), 2);
}

#[tokio::test]
async fn whoever_is_still_to_be_told_keeps_nobody_from_deciding() {
    let world = World::over_http().await;
    let message = world.post(ReasonRule::Off).await;
    let genuine = payload(&world.slack.click_request("alice", &message, APPROVE).unwrap());
    let held = world.slack.faults().hold("chat.postEphemeral");
    for n in 0..70 {
        let mut click = genuine.clone();
        click["trigger_id"] = json!(format!("1.2.{n}"));
        assert_eq!(world.slack.send(&world.slack.sign(form(&click), 0)).await.unwrap().status, 200, "{n}");
    }
    assert_eq!(world.script.decisions().len(), 70);
    held.release();
    assert_eq!(world.is_told("alice", 20).await.len(), 20, "of a storm not every click is answered");
}

#[tokio::test]
async fn buttons_go_when_there_is_nothing_to_decide() {
    let world = World::over_a_socket().await;
    let message = world.post(ReasonRule::Off).await;
    let (request, one, approved) = (RequestId::new(REQUEST), marker("one"), card(CardState::Approved));
    let outgoing = Outgoing { request: &request, marker: &one, content: &approved, root: None };
    world.backend.update(&place(&message), &outgoing).await.unwrap();
    let post = world.slack.posts("access").pop().unwrap();
    assert!(post.blocks.iter().all(|block| block["type"] != "actions"));
    // Somebody whose client is slow still sees the button.
    world.script.answer_next(Outcome::TooLate, "The request was approved before.");
    world.slack.click("alice", &message, DENY).await.unwrap();
    assert_eq!(world.is_told("alice", 1).await, ["The request was approved before."]);
}

#[tokio::test]
async fn without_review_nothing_is_listened_to() {
    let world = World::with(&[]).await;
    assert!(!world.backend.capabilities().decisions, "nothing says how clicks are heard of");
    assert_eq!(world.backend.callback_paths(), [""; 0]);
    for (keys, review, decisions, paths) in [
        (&["review.app_token", "review.signing_secret"][..], false, false, 0),
        (&["review.app_token"], true, true, 0),
        (&["review.signing_secret"], true, true, 1),
        (&["review.app_token", "review.signing_secret"], true, true, 1),
    ] {
        let backend = backend(&world.slack, &world.script, keys, review);
        assert_eq!((backend.capabilities().decisions, backend.callback_paths().len()), (decisions, paths), "{keys:?}");
        if !decisions {
            assert!(futures_util::FutureExt::now_or_never(backend.listen()).is_none());
        }
    }
    assert_eq!(world.slack.calls("apps.connections.open"), 0);
    // What the engine does not do: a card with choices all the same. It has buttons, and nobody hears of them.
    let (request, one, pending) = (RequestId::new(REQUEST), marker("one"), with_buttons(ReasonRule::Off));
    let message = Outgoing { request: &request, marker: &one, content: &pending, root: None };
    let access = crate::resolved(world.backend.resolve(&crate::configured("access")).await.unwrap()).unwrap();
    world.backend.post(&access, &message).await.unwrap();
    let post = world.slack.posts("access").pop().unwrap();
    assert!(matches!(world.slack.click("alice", &post, APPROVE).await, Err(ActError::NotAcknowledged(_))));
}
