//! What only Slack has: an app's scopes.

use accessbot_core::backend::decision::Action;
use accessbot_sandbox::slack::{OLD_SCOPES, SlackSandbox};
use accessbot_testkit::harness::{Becomes, ChatStandIn as _, Door, SlackSocket, World};

use crate::bot::Bot;

#[tokio::test(flavor = "multi_thread")]
async fn the_old_scopes_do_for_everything_but_looking() {
    let world = World::<SlackSandbox>::new().await;
    world.chat.set_scopes(OLD_SCOPES);
    let bot = Bot::start(&world);
    let id = world.bob_asks("need prod db");
    world.shows(&id, "PENDING").await;
    world.tells("bob", "was received").await;
    bot.stop();
    // Whoever comes after must believe the record, as nothing can be read.
    let bot = Bot::start(&world);
    world.denies("ivan", &id, "not today");
    world.shows(&id, "DENIED").await;
    world.tells("bob", "was denied").await;
    bot.stop();
    world.message(&id);
    world.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_old_scopes_the_first_message_can_be_decided_on_too() {
    let world = World::<SlackSandbox>::deciding(Becomes::Review).await;
    world.chat.set_scopes(OLD_SCOPES);
    let door = Door::open().await;
    let bot = Bot::start_with(&world, &world.config_to_decide::<SlackSocket>(&door, Becomes::Review, "off"));
    world.is_heard_by::<SlackSocket>(1).await;
    let id = world.bob_asks("need prod db");
    // Posted to by the channel's name: only the answer tells which channel that is, and buttons are good in one only.
    world.shows(&id, "PENDING").await;
    world.chat.wait("buttons of that channel", |chat| chat.calls("chat.update") > 0).await;
    world.decides_in_chat::<SlackSocket>("alice", &id, Action::Approve, None).await;
    world.is_told_alone::<SlackSocket>("alice", "Your approval was recorded").await;
    bot.stop();
    world.check();
}
