//! From what operators write to conversations.

use accessbot_core::backend::{CardState, ConversationKind, Outgoing, Recipient, Resolution, Unreachable};
use accessbot_sandbox::Answer;
use accessbot_sandbox::slack::{ChannelKind, OLD_SCOPES};

use crate::{World, card, marker};

#[tokio::test]
async fn every_form_finds_its_conversation() {
    let world = World::new().await;
    let access = world.channel("access").id;
    let bob = world.slack.user_id("bob").unwrap();
    for text in ["access", "#access", "#Access", &access] {
        let found = world.resolve(text).await.unwrap();
        assert_eq!((found.id.as_str(), found.kind), (access.as_str(), ConversationKind::Channel), "{text}");
    }
    let direct = world.channel("@bob").id;
    for text in ["bob@example.com", &bob, "BOB@example.com"] {
        let found = world.resolve(text).await.unwrap();
        assert_eq!((found.id.as_str(), found.kind), (direct.as_str(), ConversationKind::Direct), "{text}");
    }
}

#[tokio::test]
async fn what_cannot_be_reached_has_its_reason() {
    let world = World::new().await;
    let slack = &world.slack;
    slack.add_channel("secret", ChannelKind::Private);
    slack.add_channel("twins", ChannelKind::Public);
    slack.add_channel("twins", ChannelKind::Public);
    slack.set_archived("general", true).unwrap();
    slack.set_active("ivan", false).unwrap();
    let archived = world.channel("general").id;
    let outside = world.channel("random").id;
    let bot = slack.user_id("teleport").unwrap();
    for (text, why) in [
        ("nowhere", Unreachable::NotFound),
        ("C0123ABCD", Unreachable::NotFound),
        ("U0123ABCD", Unreachable::NotFound),
        ("nobody@example.com", Unreachable::NotFound),
        ("ivan@example.com", Unreachable::NotFound),
        ("secret", Unreachable::NotFound),
        ("random", Unreachable::NotMember),
        (&outside, Unreachable::NotMember),
        ("general", Unreachable::Archived),
        (&archived, Unreachable::Archived),
        (&bot, Unreachable::Forbidden),
        ("team/channel", Unreachable::Unknown),
    ] {
        assert_eq!(world.resolve(text).await, Err(why), "{text}");
    }
    assert!(matches!(world.resolve("twins").await, Err(Unreachable::Ambiguous(ids)) if ids.len() == 2));
}

#[tokio::test]
async fn where_slack_does_not_say_who_is_a_member_the_post_will_tell() {
    let world = World::new().await;
    let outside = world.channel("random").id;
    let said = serde_json::json!({"ok": true, "channel": {"id": outside, "name": "random", "is_archived": false}});
    let answer = Answer::new(200, "application/json", said.to_string());
    world.slack.faults().fail_next("conversations.info", 1, answer);
    assert_eq!(world.resolve(&outside).await.unwrap().id, outside);
    assert_eq!(world.resolve(&outside).await, Err(Unreachable::NotMember), "as soon as it does say");
}

#[tokio::test]
async fn a_bot_that_may_post_anywhere_need_not_be_invited_to_public_channels() {
    let world = World::new().await;
    let mut scopes = accessbot_sandbox::slack::ALL_SCOPES.to_vec();
    scopes.push("chat:write.public");
    world.slack.set_scopes(&scopes);
    assert!(world.resolve("random").await.is_ok());
}

#[tokio::test]
async fn a_teleport_user_is_an_address_and_never_a_channel() {
    let world = World::new().await;
    let person = async |name: &str| world.backend.resolve(&Recipient::Person(name.to_owned())).await.unwrap();
    assert!(matches!(person("bob@example.com").await, Resolution::Resolved(_)));
    let channel = world.channel("access").id;
    for name in ["general", "#general", "access", &channel, &world.slack.user_id("bob").unwrap()] {
        assert_eq!(person(name).await, Resolution::Unreachable(Unreachable::Unknown), "{name}");
    }
}

#[tokio::test]
async fn channels_are_listed_once_for_many_names_and_again_only_for_a_new_one() {
    let world = World::new().await;
    for n in 0..1500 {
        world.slack.add_channel(&format!("c{n}"), ChannelKind::Public);
    }
    assert!(world.resolve("access").await.is_ok());
    assert_eq!(world.slack.calls("conversations.list"), 2, "two pages");
    world.resolve("access").await.unwrap();
    assert_eq!(world.resolve("c1499").await, Err(Unreachable::NotMember));
    assert_eq!(world.resolve("nowhere").await, Err(Unreachable::NotFound));
    assert_eq!(world.slack.calls("conversations.list"), 2, "a list that was just read need not be read again");
}

#[tokio::test]
async fn with_the_old_scopes_names_and_users_are_posted_to_as_they_are() {
    let world = World::new().await;
    world.slack.set_scopes(OLD_SCOPES);
    let (one, pending) = (marker("one"), card(CardState::Pending));
    let message = Outgoing { request: &world.request, marker: &one, content: &pending, root: None };
    for (text, place) in [("access", "access"), ("bob@example.com", "@bob")] {
        let conversation = world.resolve(text).await.unwrap();
        assert_ne!(conversation.id, world.slack.channel_id(place).unwrap(), "it cannot be looked up: {text}");
        let posted = world.backend.post(&conversation, &message).await.unwrap();
        assert_eq!(posted.conversation, world.slack.channel_id(place).unwrap());
        assert_eq!(world.slack.post_count(place), 1);
        // What came back is the conversation from now on.
        assert_eq!(world.resolve(text).await.unwrap().id, posted.conversation);
        world.backend.update(&posted, &message).await.unwrap();
        assert_eq!(world.slack.posts(place)[0].edits, 1);
    }
    // A user's id and a channel's id need no scope at all.
    assert!(world.resolve(&world.channel("general").id).await.is_ok());
    world.slack.set_scopes(&["chat:write"]);
    assert!(world.resolve(&world.slack.user_id("alice").unwrap()).await.is_ok());
    assert_eq!(world.resolve("alice@example.com").await, Err(Unreachable::Forbidden), "nobody can be found by address");
}

#[tokio::test]
async fn with_one_of_the_scopes_for_channels_those_channels_are_found() {
    let world = World::new().await;
    world.slack.set_scopes(&["chat:write", "channels:read"]);
    assert_eq!(world.resolve("access").await.unwrap().id, world.channel("access").id);
    assert_eq!(world.resolve("nowhere").await, Err(Unreachable::NotFound));
}
