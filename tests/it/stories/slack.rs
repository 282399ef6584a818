//! What only Slack has: an app's scopes.

use accessbot_sandbox::slack::{OLD_SCOPES, SlackSandbox};
use accessbot_testkit::harness::World;

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
