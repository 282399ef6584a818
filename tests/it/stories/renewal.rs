//! Credentials that are renewed while the bot runs.

use std::time::Duration;

use accessbot_testkit::harness::{ChatStandIn, World};

use super::every_chat::in_every_chat;
use crate::bot::Bot;

in_every_chat!(
    a_renewed_identity_is_used_and_a_broken_one_is_not,
    the_end_of_the_credentials_is_told_before_it_comes_and_when_it_has_come,
);

/// The bot's configuration with an identity file that is looked at every second.
fn config<C: ChatStandIn>(world: &World<C>, ttl: Duration) -> std::path::PathBuf {
    let identity = world.teleport.write_credentials("access-plugin", world.folder(), ttl).unwrap().identity;
    let teleport =
        format!("identity = \"{}\"\nrefresh_identity = true\nrefresh_identity_interval = \"1s\"\n", identity.display());
    world.write_config(&teleport, &World::<C>::recipients(&[&C::channel("access")]))
}

async fn a_renewed_identity_is_used_and_a_broken_one_is_not<C: ChatStandIn>() {
    let world = World::<C>::open_source().await;
    let path = config(&world, Duration::from_secs(6));
    let mut bot = Bot::start_with(&world, &path);
    std::fs::write(world.folder().join("access-plugin.pem"), "half of a fi").unwrap();
    bot.wait_for("keeping the old credentials");
    let id = world.bob_asks("with the old one");
    world.shows(&id, "PENDING").await;
    world.teleport.write_credentials("access-plugin", world.folder(), Duration::from_secs(3600)).unwrap();
    bot.wait_for("took renewed credentials");
    // When the old one has expired, only the new one opens a connection.
    tokio::time::sleep(Duration::from_secs(6)).await;
    world.teleport.stop().await;
    world.teleport.start_again().unwrap();
    let id = world.bob_asks("with the new one");
    world.shows(&id, "PENDING").await;
    bot.stop();
    world.check();
}

async fn the_end_of_the_credentials_is_told_before_it_comes_and_when_it_has_come<C: ChatStandIn>() {
    let world = World::<C>::open_source().await;
    let path = config(&world, Duration::from_secs(6));
    let mut bot = Bot::start_with(&world, &path);
    bot.wait_for("the server refuses new connections: renew it");
    // A connection that was made in time goes on.
    let id = world.bob_asks("after the end");
    world.shows(&id, "PENDING").await;

    let identity = world.folder().join("access-plugin.pem");
    std::fs::write(&identity, "half of a fi").unwrap();
    bot.wait_for("keeping the old credentials");
    // Two more looks, which have nothing new to say.
    tokio::time::sleep(Duration::from_millis(2500)).await;
    world.teleport.write_credentials("access-plugin", world.folder(), Duration::from_secs(3600)).unwrap();
    bot.wait_for("took renewed credentials");
    let log = bot.stop_and_tell();
    assert!(log.contains("connected to Teleport address="), "{log}");
    assert!(log.contains("way=\"direct to Auth\""), "{log}");
    assert!(log.contains("expires in less than a minute"), "{log}");
    assert_eq!(log.matches("keeping the old credentials").count(), 1, "{log}");
    world.check();
}
