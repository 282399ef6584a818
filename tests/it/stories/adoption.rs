//! From the official plugin to this bot and back, with requests open.

use accessbot_sandbox::mattermost::MattermostSandbox;
use accessbot_testkit::harness::{ChatStandIn as _, World};

use crate::bot::Bot;

/// A request that the Go plugin has announced: its id, and its message's.
fn announced_by_the_go_plugin(world: &World<MattermostSandbox>) -> (String, String) {
    let id = world.bob_asks("need prod db");
    let text = format!(
        "*You have new pending request to review!*\n**User**: bob\n**Roles**: dbadmin\n**Request ID**: {id}\n\
         **Reason**: need prod db\n**Status**: ⏳ PENDING"
    );
    let messages = world.chat.write_as("teleport", "access", &text);
    world.forge(
        &id,
        &[("user", "bob"), ("roles", "dbadmin"), ("request_reason", "need prod db"), ("messages", &messages)],
    );
    (id, messages)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_go_plugin_announced_is_updated_and_not_announced_again() {
    let world = World::<MattermostSandbox>::open_source().await;
    let (id, post) = announced_by_the_go_plugin(&world);
    let bot = Bot::start(&world);
    world.shows(&id, "PENDING").await;
    world.tctl_approve(&id, "go ahead");
    world.shows(&id, "APPROVED").await;
    world.replies(&id, 1).await;
    assert_eq!(world.message(&id).id, post);
    assert!(!world.reads(&id).contains("new pending request"), "{}", world.reads(&id));
    bot.stop();
    world.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_go_plugin_finds_its_own_keys_when_it_is_started_again() {
    let world = World::<MattermostSandbox>::new().await;
    let bot = Bot::start(&world);
    let id = world.bob_asks("need prod db");
    world.shows(&id, "PENDING").await;
    world.approves("alice", &id, "");
    world.replies(&id, 1).await;
    bot.stop();
    let mut keys = world.record(&id);
    assert!(keys.remove("accessbot").is_some());
    let message = world.message(&id);
    let messages = keys.get_mut("messages").unwrap();
    assert_eq!(*messages, message.id);
    *messages = "CHANNEL/POST".to_owned();
    insta::assert_snapshot!(keys.iter().map(|(k, v)| format!("{k}: {v}")).collect::<Vec<_>>().join("\n"), @"
    messages: CHANNEL/POST
    request_reason: need prod db
    reviews_count: 1
    roles: dbadmin
    user: bob
    ");
    // What the Go plugin does then is not done again when we are back.
    world.approves("ivan", &id, "");
    world.chat.reply_as("teleport", message.id.split_once('/').unwrap().1, "ivan reviewed the request.").unwrap();
    world.forge(&id, &[("reviews_count", "2"), ("resolution", "APPROVED")]);
    let bot = Bot::start(&world);
    world.shows(&id, "APPROVED").await;
    world.tells("bob", "was approved").await;
    assert_eq!(world.message(&id).replies.len(), 2, "{}", world.reads(&id));
    bot.stop();
    world.check();
}
