//! Finding our own messages again.

use accessbot_core::backend::{CardState, ChatErrorKind, Marker, MessageRef, Outgoing, Sought};
use accessbot_core::clock::Timestamp;
use accessbot_sandbox::slack::OLD_SCOPES;
use serde_json::json;

use crate::{REQUEST, World, marker, note};

/// Looks in `access`.
async fn found(world: &World, marker: Option<&Marker>, root: Option<&MessageRef>) -> Vec<String> {
    let conversation = world.channel("access");
    let since = Timestamp::from_millis(0);
    let sought = Sought { conversation: &conversation, request: &world.request, marker, root, since };
    world.restarted().find(&sought).await.unwrap().into_iter().map(|message| message.message).collect()
}

fn forged(marker: &str) -> serde_json::Value {
    json!({"event_type": "accessbot_request", "event_payload": {"v": 1, "req": REQUEST, "marker": marker, "kind": "card"}})
}

#[tokio::test]
async fn a_message_is_found_by_its_marker_and_nobody_elses_is() {
    let world = World::new().await;
    let (one, two) = (marker("one"), marker("two"));
    let first = world.post_card(&one, CardState::Pending).await;
    let second = world.post_card(&two, CardState::Pending).await;
    world.slack.post_with_metadata_as("alice", "access", "x", Some(forged("one"))).unwrap();
    world.slack.post_as("bob", "access", REQUEST).unwrap();
    assert_eq!(found(&world, Some(&one), None).await, [first.message.as_str()]);
    assert_eq!(found(&world, None, None).await, [first.message.as_str(), second.message.as_str()]);
    assert_eq!(found(&world, Some(&marker("three")), None).await, [""; 0]);
}

#[tokio::test]
async fn replies_are_found_in_their_thread() {
    let world = World::new().await;
    let root = world.post_card(&marker("one"), CardState::Pending).await;
    let (two, said) = (marker("two"), note("x"));
    let reply = Outgoing { request: &world.request, marker: &two, content: &said, root: Some(&root) };
    let reply = world.backend.post(&world.channel("access"), &reply).await.unwrap();
    assert_eq!(found(&world, Some(&two), Some(&root)).await, [reply.message]);
    assert_eq!(found(&world, Some(&two), None).await, [""; 0]);
    let nowhere = MessageRef { message: "1.000001".into(), ..root };
    assert_eq!(found(&world, Some(&two), Some(&nowhere)).await, [""; 0]);
}

#[tokio::test]
async fn a_message_is_found_behind_hundreds_of_others() {
    let world = World::new().await;
    let one = marker("one");
    let first = world.post_card(&one, CardState::Pending).await;
    for n in 0..450 {
        world.slack.post_as("bob", "access", &format!("chatter {n}")).unwrap();
    }
    world.slack.clear_calls();
    assert_eq!(found(&world, Some(&one), None).await, [first.message]);
    assert_eq!(world.slack.calls("conversations.history"), 3);
}

#[tokio::test]
async fn a_message_of_the_go_plugin_is_taken_over() {
    let world = World::new().await;
    let blocks = |id: &str| {
        json!([{"type": "section", "text": {"type": "mrkdwn", "text": format!("*ID*: {id}\n*User*: bob")}},
            {"type": "section", "text": {"type": "mrkdwn", "text": format!("*Reason*: *ID*: {REQUEST}")}}])
    };
    let ours = world.slack.post_blocks_as_bot("access", "", &blocks(REQUEST)).unwrap();
    let other = world.slack.post_blocks_as_bot("access", "", &blocks("another")).unwrap();
    assert_eq!(found(&world, None, None).await, [ours.as_str()]);
    let at = |message: &str| MessageRef { conversation: world.channel("access").id, message: message.to_owned() };
    assert!(world.backend.verify(&at(&ours), &world.request, &marker("one")).await.unwrap());
    assert!(!world.backend.verify(&at(&other), &world.request, &marker("one")).await.unwrap());
}

#[tokio::test]
async fn only_our_own_message_about_this_request_is_believed() {
    let world = World::new().await;
    let one = marker("one");
    let mine = world.post_card(&one, CardState::Pending).await;
    let verify = async |message: &MessageRef, name| world.backend.verify(message, &world.request, &marker(name)).await;
    assert!(verify(&mine, "one").await.unwrap());
    assert!(!verify(&mine, "two").await.unwrap());
    let theirs = world.slack.post_with_metadata_as("alice", "access", "x", Some(forged("one"))).unwrap();
    assert!(!verify(&MessageRef { message: theirs, ..mine.clone() }, "one").await.unwrap());
    for nothing in [
        MessageRef { message: "1.000001".into(), ..mine.clone() },
        MessageRef { message: "x".into(), ..mine.clone() },
        MessageRef { conversation: "access".into(), ..mine.clone() },
    ] {
        assert_eq!(verify(&nothing, "one").await.unwrap_err().kind, ChatErrorKind::MessageGone);
    }
}

#[tokio::test]
async fn without_the_scopes_nothing_can_be_looked_for_and_what_exists_is_believed() {
    let world = World::new().await;
    let one = marker("one");
    let mine = world.post_card(&one, CardState::Pending).await;
    world.slack.set_scopes(OLD_SCOPES);
    let conversation = world.channel("access");
    let since = Timestamp::from_millis(0);
    let sought = Sought { conversation: &conversation, request: &world.request, marker: Some(&one), root: None, since };
    let error = world.backend.find(&sought).await.unwrap_err();
    assert_eq!(error.kind, ChatErrorKind::Unsearchable);
    assert!(error.to_string().contains("channels:history"), "{error}");
    assert!(world.backend.verify(&mine, &world.request, &one).await.unwrap());
    world.slack.delete_post(&mine.conversation, &mine.message).unwrap();
    let gone = world.backend.verify(&mine, &world.request, &one).await.unwrap_err();
    assert_eq!(gone.kind, ChatErrorKind::MessageGone);
}
