//! What others did to the bot's messages, its record, its permissions and its credentials.

use std::time::Duration;

use accessbot_sandbox::teleport::{Role, TeleportOptions, User};
use accessbot_testkit::harness::World;

use crate::bot::Bot;

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_message_and_an_archived_channel_hold_nothing_up() {
    let world = World::open_source().await;
    let mut bot = Bot::start(&world);
    let id = world.bob_asks("why");
    world.shows(&id, "PENDING").await;
    world.mattermost.delete_post(&world.message(&id).id).unwrap();
    world.tctl_approve(&id, "");
    world.tells("bob", "was approved").await;
    let id = world.bob_asks("again");
    world.shows(&id, "PENDING").await;
    world.mattermost.archive("access").unwrap();
    world.tctl_deny(&id, "");
    world.tells("bob", "was denied").await;
    bot.wait_for("given up");
    world.mattermost.unarchive("access").unwrap();
    let id = world.bob_asks("after all");
    world.shows(&id, "PENDING").await;
    bot.stop();
    world.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_records_neither_silence_a_request_nor_move_foreign_messages() {
    let world = World::open_source().await;
    let foreign = world.mattermost.post_as("alice", "town-square", "lunch?").unwrap();
    let square = world.mattermost.channel_id("town-square").unwrap();
    let garbage = world.bob_asks("garbage");
    world.forge(&garbage, &[("accessbot", "{{{"), ("reviews_count", "-7")]);
    let points = world.bob_asks("foreign");
    world.forge(&points, &[("user", "bob"), ("messages", &format!("{square}/{foreign}"))]);
    let newer = world.bob_asks("newer");
    world.forge(&newer, &[("accessbot", "{\"v\":99}")]);
    let mut bot = Bot::start(&world);
    for id in [&garbage, &points] {
        world.shows(id, "PENDING").await;
        world.tctl_approve(id, "");
        world.shows(id, "APPROVED").await;
    }
    bot.wait_for("a newer accessbot keeps this request's ledger");
    assert_eq!(world.mattermost.posts(CHANNEL_OF_LUNCH)[0].message, "lunch?");
    assert_eq!(world.mattermost.post_count("access"), 2);
    bot.stop();
    world.check();
}

const CHANNEL_OF_LUNCH: &str = "town-square";

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_permission_is_named() {
    let world = World::open_source().await;
    world.teleport.add_role(Role::new("reader").allow("access_request", &["list", "read"]));
    world.teleport.add_user(User::new("reader", &["reader"]));
    let config = world.config_of("reader", Duration::from_secs(3600), "recipients = [\"lab/access\"]\n");
    let mut bot = Bot::start_with(&world, &config);
    world.bob_asks("why");
    bot.wait_for("access_plugin_data");
    bot.stop();
    assert_eq!(world.mattermost.post_count("access"), 0, "what cannot be recorded is not posted");
    world.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn expired_credentials_and_an_old_server_end_the_start_with_their_codes() {
    let world = World::open_source().await;
    let config = world.config_of("access-plugin", Duration::ZERO, "recipients = [\"lab/access\"]\n");
    let log = Bot::launch(&world, &config).ends_with(3);
    assert!(log.contains("hint:"), "{log}");
    let old = World::with(TeleportOptions { version_text: Some("5.2.1".into()), ..TeleportOptions::default() }).await;
    let log = Bot::launch(&old, &old.config()).ends_with(5);
    assert!(log.contains("5.2.1"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_certificate_ends_the_start() {
    let world = World::open_source().await;
    world.teleport.reject_certificates(true);
    let log = Bot::launch(&world, &world.config()).ends_with(3);
    assert!(log.contains("hint:"), "{log}");
}
