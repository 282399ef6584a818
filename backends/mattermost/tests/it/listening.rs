//! Replies and reactions: decisions without a way from Mattermost to us.

use std::sync::Arc;
use std::time::Duration;

use accessbot_core::backend::decision::{Action, Evidence, Outcome, ReasonRule};
use accessbot_core::backend::{ChatErrorKind, Finding, MessageRef, Verdict};
use accessbot_sandbox::Answer;
use serde_json::json;

use crate::hearing::{Listening, everything_was_heard, hears, is_marked, told};
use crate::request;
use crate::world::{Bot, Script, World};

#[tokio::test]
async fn a_reply_decides_and_is_marked_and_whoever_wrote_it_is_told() {
    let (world, message, _listening) = hears(&["replies"]).await;
    let reply = world.server.reply("alice", &message.message, "Deny: not today\nsee INC-7").await.unwrap();
    assert_eq!(told(&world, "alice", 1).await, ["It was recorded."]);
    let decision = world.script.decisions().pop().unwrap();
    assert_eq!((decision.action, decision.evidence), (Action::Deny, Evidence::Reply));
    assert_eq!(decision.reason.as_deref(), Some("not today\nsee INC-7"));
    assert_eq!((decision.request, decision.message, decision.who), (request(), message, world.user("alice")));
    world.server.wait_until("a mark on the reply", |server| is_marked(server, &reply)).await;
}

#[tokio::test]
async fn a_reaction_decides_and_whoever_reacted_is_told() {
    let (world, message, _listening) = hears(&["reactions"]).await;
    world.server.react("alice", &message.message, "tada").await.unwrap();
    world.server.react("alice", &message.message, "+1_dark_skin_tone").await.unwrap();
    assert_eq!(told(&world, "alice", 1).await, ["It was recorded."]);
    world.server.react("ivan", &message.message, "x").await.unwrap();
    assert_eq!(told(&world, "ivan", 1).await, ["It was recorded."]);
    let decisions = world.script.decisions();
    let acts: Vec<_> =
        decisions.iter().map(|d| (d.action, d.who.clone(), d.evidence.clone(), d.reason.clone())).collect();
    let by = |action, user: &str| (action, world.user(user), Evidence::Reaction, None);
    assert_eq!(acts, [by(Action::Approve, "alice"), by(Action::Deny, "ivan")]);
    assert_eq!(decisions[0].message, message);
}

#[tokio::test]
async fn a_reaction_that_is_taken_back_changes_nothing_and_that_is_told() {
    let (world, message, _listening) = hears(&["reactions"]).await;
    world.server.react("alice", &message.message, "+1").await.unwrap();
    told(&world, "alice", 1).await;
    world.server.unreact("alice", &message.message, "+1").await.unwrap();
    let told = told(&world, "alice", 2).await;
    assert_eq!(told[1], "Taking a reaction back changes nothing: if your decision was recorded, it stays.");
    assert_eq!(world.script.decisions().len(), 1);
}

#[tokio::test]
async fn two_replicas_that_hear_the_same_tell_it_once() {
    let (world, message, _listening) = hears(&["reactions", "replies"]).await;
    let replica = Bot::start(&world.server.url(), world.server.token(), &["reactions", "replies"]).await;
    let _replica_listens = Listening::nth(2, &world, &replica.backend).await;
    let both_heard = async |count: usize| {
        let heard = |script: &Script| script.decisions().len() >= count;
        world.server.wait_until("both hear it", |_| heard(&world.script) && heard(&replica.script)).await;
    };
    world.server.clear_calls();
    world.server.react("ivan", &message.message, "+1").await.unwrap();
    both_heard(1).await;
    world.server.reply("ivan", &message.message, "deny, on second thoughts").await.unwrap();
    both_heard(2).await;
    world.server.unreact("ivan", &message.message, "+1").await.unwrap();
    // What a replica says, it says in the order in which it heard it.
    everything_was_heard(&world, &message).await;
    both_heard(3).await;
    // Four times each, and what ivan wrote himself.
    world.server.wait_until("both have told alice", |server| server.calls("POST /posts") == 9).await;
    assert_eq!(told(&world, "ivan", 3).await.len(), 3, "{:?}", world.told("ivan"));
    assert_eq!(world.told("alice").len(), 1);
}

#[tokio::test]
async fn where_a_reason_is_required_a_reaction_is_told_where_to_give_it() {
    for (inputs, hint) in [
        (&["reactions", "replies"][..], "Reply to the message with approve or deny, and why."),
        (&["reactions", "buttons"], "Use a button of the message, which asks for it."),
    ] {
        let (world, message, _listening) = hears(inputs).await;
        world.script.answers(Outcome::ReasonWanted, "A reason is needed.");
        world.server.react("alice", &message.message, "+1").await.unwrap();
        assert_eq!(told(&world, "alice", 1).await, [format!("A reason is needed. {hint}")]);
    }
}

#[tokio::test]
async fn in_direct_messages_it_works_as_well() {
    let world = World::start(&["replies"]).await;
    let message = world.announce_in("@alice", ReasonRule::Off).await;
    let _listening = Listening::to(&world).await;
    world.server.reply("alice", &message.message, "approve").await.unwrap();
    assert_eq!(told(&world, "alice", 1).await, ["It was recorded."]);
    assert_eq!(world.script.decisions().pop().unwrap().message, message);
}

#[tokio::test]
async fn only_our_own_announcements_can_be_decided_on() {
    let (world, message, _listening) = hears(&["replies", "reactions"]).await;
    // Whatever mallory's post carries, she wrote it.
    let mark = world.server.post(&message.message).unwrap().props;
    let copy = world.server.post_with_props_as("bob", "access", "`bob` asks for `dev`", json!(mark)).unwrap();
    // A note of ours is no announcement, and neither is a reply in its thread.
    let note = world.server.post_with_props_as(
        "teleport",
        "access",
        "approved",
        json!({"accessbot": {"v": 1, "req": request().as_str(), "marker": "m", "kind": "note"}}),
    );
    let mine = world.server.reply("alice", &message.message, "hm").await.unwrap();
    for post in [&copy, &note.unwrap()] {
        world.server.reply("ivan", post, "approve").await.unwrap();
        world.server.react("ivan", post, "+1").await.unwrap();
    }
    world.server.react("ivan", &mine, "+1").await.unwrap();
    everything_was_heard(&world, &message).await;
    let decisions = world.script.decisions();
    assert!(decisions.iter().all(|decision| decision.who == world.user("alice")), "{decisions:?}");
    assert_eq!(world.told("ivan"), [""; 0]);
}

#[tokio::test]
async fn what_no_person_wrote_and_what_is_no_command_is_passed_over() {
    let (world, message, _listening) = hears(&["replies", "reactions"]).await;
    for text in ["approved?", "I would not approve this", "@teleport approve", "> approve", "approve-all"] {
        world.server.reply("ivan", &message.message, text).await.unwrap();
    }
    for prop in ["from_webhook", "from_bot", "from_plugin", "from_oauth_app"] {
        reply_with_props(&world, "ivan", &message, json!({prop: "true"})).await;
    }
    reply_with_props(&world, "teleport", &message, json!({})).await;
    world.server.react("teleport", &message.message, "x").await.unwrap();
    everything_was_heard(&world, &message).await;
    let decisions = world.script.decisions();
    assert!(decisions.iter().all(|decision| decision.who == world.user("alice")), "{decisions:?}");
    assert_eq!(world.told("ivan"), [""; 0]);
}

async fn reply_with_props(world: &World, user: &str, message: &MessageRef, props: serde_json::Value) {
    let url = format!("{}/api/v4/posts", world.server.url());
    let body = json!({
        "channel_id": message.conversation, "root_id": message.message, "message": "approve", "props": props,
    });
    let answer = crate::http::post(&url, &world.server.token_of(user).unwrap(), &body.to_string()).await;
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
}

#[tokio::test]
async fn a_reply_that_was_edited_into_an_approval_decides_nothing() {
    let (world, message, _listening) = hears(&["replies", "reactions"]).await;
    let reply = world.server.reply("alice", &message.message, "hello").await.unwrap();
    world.server.edit("admin", &reply, "approve").await.unwrap();
    everything_was_heard(&world, &message).await;
    assert!(world.script.decisions().iter().all(|decision| decision.evidence == Evidence::Reaction));
    // Found after a restart, it is told.
    world.script.opens(&message);
    world.server.cut_sockets("teleport").unwrap();
    let edited = "This was not taken as a decision, because the reply was edited; please repeat it.";
    world.server.wait_until("alice is told", |_| world.told("alice").iter().any(|text| text.ends_with(edited))).await;
    assert!(world.script.decisions().iter().all(|decision| decision.evidence == Evidence::Reaction));
}

#[tokio::test]
async fn chatter_beside_the_cards_costs_nothing() {
    let (world, message, _listening) = hears(&["replies", "reactions"]).await;
    let other = world.server.post_as("bob", "access", "lunch?").unwrap();
    world.server.clear_calls();
    for _ in 0..20 {
        world.server.reply("ivan", &other, "yes").await.unwrap();
        world.server.reply("ivan", &message.message, "what is this?").await.unwrap();
        world.server.react("ivan", &other, "tada").await.unwrap();
    }
    everything_was_heard(&world, &message).await;
    assert_eq!(world.server.calls("GET *"), 1, "for the card that alice reacted to");
}

#[tokio::test]
async fn nobody_can_be_told_and_nothing_breaks() {
    let (world, message, _listening) = hears(&["replies"]).await;
    world.server.faults().fail_next("POST /channels/direct", 1, Answer::internal_error());
    world.server.faults().fail_next("POST /reactions", 1, Answer::internal_error());
    world.server.reply("ivan", &message.message, "approve").await.unwrap();
    world.server.wait_until("the decision", |_| world.script.decisions().len() == 1).await;
    world.server.reply("alice", &message.message, "deny").await.unwrap();
    assert_eq!(told(&world, "alice", 1).await, ["It was recorded."]);
}

#[tokio::test]
async fn a_revoked_token_is_noticed_on_a_quiet_connection() {
    let world = World::start(&["replies"]).await;
    let backend = Arc::clone(&world.backend);
    let listening = tokio::spawn(async move { backend.listen().await });
    world.server.wait_until("the bot listens", |server| !server.sockets().is_empty()).await;
    world.server.revoke_token();
    tokio::time::pause();
    let error = listening.await.unwrap().unwrap_err();
    assert_eq!(error.kind, ChatErrorKind::Unauthorized, "{error}");
    insta::assert_snapshot!(error, @"listen: the server does not know us any more on the websocket");
}

#[tokio::test]
async fn a_server_that_has_frozen_is_left() {
    let world = World::start(&["replies"]).await;
    let backend = Arc::clone(&world.backend);
    let listening = tokio::spawn(async move { backend.listen().await });
    world.server.wait_until("the bot listens", |server| !server.sockets().is_empty()).await;
    world.server.freeze();
    tokio::time::pause();
    let error = listening.await.unwrap().unwrap_err();
    assert_eq!(error.kind, ChatErrorKind::Transient, "{error}");
    insta::assert_snapshot!(error, @"listen: nothing came over the websocket for 75 s");
}

#[tokio::test]
async fn a_wrong_token_is_told_before_anything_is_opened() {
    let world = World::start(&["replies"]).await;
    world.server.revoke_token();
    let error = world.backend.listen().await.unwrap_err();
    assert_eq!(error.kind, ChatErrorKind::Unauthorized, "{error}");
    assert_eq!(world.server.calls("GET /websocket"), 0);
}

const SIGNED: &str = "Mattermost signs who pressed a button, and publishes its key";

#[tokio::test]
async fn an_operator_who_asks_gets_to_know_how_decisions_come_in() {
    let world = World::start(&["buttons", "replies"]).await;
    let findings = world.backend.check().await;
    let found = |subject: &str| findings.iter().find(|finding| finding.subject == subject).unwrap();
    assert_eq!(found("websocket").verdict, Verdict::Ok);
    assert!(found("buttons").found.contains("AllowedUntrustedInternalConnections"));
    assert_eq!(found("signatures"), &Finding::ok("signatures", SIGNED));
    world.server.publish_signing_key(false);
    let findings = world.backend.check().await;
    insta::assert_debug_snapshot!(findings.iter().find(|finding| finding.subject == "signatures").unwrap(), @r#"
    Finding {
        verdict: Warning,
        subject: "signatures",
        found: "Mattermost publishes no key by which its calls could be known: whoever learns what a button carries, and reaches the bot's address, can press it in anybody's name",
        hint: Some(
            "let nobody but the Mattermost server reach the bot's address (`public_addr` in [http])",
        ),
    }
    "#);
    let strange = r#"{"Version": "99", "AsymmetricSigningPublicKey": "AAAA"}"#;
    world.server.faults().fail_next("GET /config/client", 1, Answer::new(200, "application/json", strange));
    let findings = world.backend.check().await;
    insta::assert_debug_snapshot!(findings.iter().find(|finding| finding.subject == "signatures").unwrap(), @r#"
    Finding {
        verdict: Failure,
        subject: "signatures",
        found: "Mattermost publishes a key that is no ECDSA key over P-256",
        hint: Some(
            "nobody can decide by a button; take other inputs in `review.input`, and tell us of it",
        ),
    }
    "#);
    world.server.faults().fail_next("GET /websocket", 1, Answer::bad_gateway());
    let findings = world.backend.check().await;
    let finding = findings.iter().find(|finding| finding.subject == "websocket").unwrap();
    assert_eq!(finding.found, "check: websocket: the answer is 502, not a websocket");
    assert_eq!(
        finding.hint.as_deref(),
        Some("does what stands before the server let websockets through, at /api/v4/websocket?")
    );
}

#[tokio::test]
async fn without_replies_and_reactions_no_connection_is_opened() {
    let world = World::start(&["buttons"]).await;
    let nothing = tokio::time::timeout(Duration::from_millis(50), world.backend.listen()).await;
    assert!(nothing.is_err());
    assert_eq!(world.server.calls("GET /websocket"), 0);
}
