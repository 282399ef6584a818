//! What the bot posts, changes and deletes.

use accessbot_core::backend::{CardState, ChatErrorKind, MessageRef, Outgoing, Unreachable};
use accessbot_sandbox::slack::{ChannelKind, refusal};

use crate::{World, card, marker, note};

#[tokio::test]
async fn a_card_is_posted_changed_and_deleted() {
    let world = World::new().await;
    let one = marker("one");
    let message = world.post_card(&one, CardState::Pending).await;
    let posts = world.slack.posts("access");
    assert_eq!(posts.len(), 1);
    assert_eq!((&posts[0].channel, &posts[0].ts), (&message.conversation, &message.message));
    assert_eq!(posts[0].author, "teleport");
    assert!(posts[0].text().starts_with("⏳ `bob` asks for access"), "{}", posts[0].text());
    assert_eq!(posts[0].mentioned, [""; 0]);

    let denied = card(CardState::Denied);
    let outgoing = Outgoing { request: &world.request, marker: &one, content: &denied, root: None };
    for edits in 1..=2 {
        world.backend.update(&message, &outgoing).await.unwrap();
        let post = &world.slack.posts("access")[0];
        assert!(post.text().starts_with("❌ `bob` asks for access"), "{}", post.text());
        assert_eq!(post.edits, edits);
        assert_eq!(post.metadata, posts[0].metadata, "the mark stays");
    }

    world.backend.delete(&message).await.unwrap();
    assert_eq!(world.slack.post_count("access"), 0);
    world.backend.delete(&message).await.unwrap();
    let gone = world.backend.update(&message, &outgoing).await.unwrap_err();
    assert_eq!(gone.kind, ChatErrorKind::MessageGone);
}

#[tokio::test]
async fn replies_stand_in_the_thread_and_a_thread_without_root_takes_none() {
    let world = World::new().await;
    let root = world.post_card(&marker("one"), CardState::Pending).await;
    let (two, said) = (marker("two"), note("alice approved."));
    let reply = Outgoing { request: &world.request, marker: &two, content: &said, root: Some(&root) };
    world.backend.post(&world.channel("access"), &reply).await.unwrap();
    let posts = world.slack.posts("access");
    assert_eq!(posts.len(), 1);
    assert_eq!(posts[0].replies[0].text(), "✅ alice approved.");

    world.slack.delete_post(&root.conversation, &root.message).unwrap();
    let error = world.backend.post(&world.channel("access"), &reply).await.unwrap_err();
    assert_eq!((error.kind, error.maybe_done), (ChatErrorKind::MessageGone, false));
}

#[tokio::test]
async fn a_message_that_slack_does_not_like_is_said_plainly() {
    let world = World::new().await;
    world.slack.faults().fail_next("chat.postMessage", 1, refusal("invalid_blocks"));
    let message = world.post_card(&marker("one"), CardState::Pending).await;
    let post = &world.slack.posts("access")[0];
    assert!(post.blocks.is_empty());
    assert!(post.text().contains("`bob` asks for access") && post.text().contains(crate::REQUEST), "{}", post.text());

    world.slack.faults().fail_next("chat.update", 1, refusal("msg_blocks_too_long"));
    let (one, approved) = (marker("one"), card(CardState::Approved));
    let outgoing = Outgoing { request: &world.request, marker: &one, content: &approved, root: None };
    world.backend.update(&message, &outgoing).await.unwrap();
    assert_eq!(world.slack.posts("access")[0].edits, 1);

    world.slack.faults().fail_next("chat.postMessage", 2, refusal("no_text"));
    let error = world.backend.post(&world.channel("access"), &outgoing).await.unwrap_err();
    assert_eq!(error.kind, ChatErrorKind::Rejected, "plain text was refused as well");
}

#[tokio::test]
async fn what_cannot_be_posted_to_is_said_with_its_reason() {
    let world = World::new().await;
    let (one, pending) = (marker("one"), card(CardState::Pending));
    let message = Outgoing { request: &world.request, marker: &one, content: &pending, root: None };
    world.slack.add_channel("secret", ChannelKind::Private);
    world.slack.set_archived("general", true).unwrap();
    for (place, why) in
        [("random", Unreachable::NotMember), ("secret", Unreachable::NotFound), ("general", Unreachable::Archived)]
    {
        let error = world.backend.post(&world.channel(place), &message).await.unwrap_err();
        assert_eq!((error.kind, error.maybe_done), (ChatErrorKind::Hopeless(why), false), "{place}");
    }
}

#[tokio::test]
async fn messages_of_others_and_what_is_no_message_are_left_alone() {
    let world = World::new().await;
    let (one, pending) = (marker("one"), card(CardState::Pending));
    let outgoing = Outgoing { request: &world.request, marker: &one, content: &pending, root: None };
    let ts = world.slack.post_as("alice", "access", "mine").unwrap();
    let theirs = MessageRef { conversation: world.channel("access").id, message: ts };
    let forbidden = ChatErrorKind::Hopeless(Unreachable::Forbidden);
    assert_eq!(world.backend.update(&theirs, &outgoing).await.unwrap_err().kind, forbidden);
    assert_eq!(world.backend.delete(&theirs).await.unwrap_err().kind, forbidden);
    assert_eq!(world.slack.posts("access")[0].text(), "mine");

    world.slack.clear_calls();
    for (conversation, message) in [("../x", "1.2"), ("C0123ABCD", "x"), ("access", "1.2"), ("C0123ABCD", "1&ts=2")] {
        let nothing = MessageRef { conversation: conversation.into(), message: message.into() };
        assert_eq!(world.backend.update(&nothing, &outgoing).await.unwrap_err().kind, ChatErrorKind::MessageGone);
        world.backend.delete(&nothing).await.unwrap();
    }
    assert_eq!(world.slack.calls("*"), 0, "nothing was asked");
}
