//! What others did to the bot's messages, its record, its permissions and its credentials.

use std::time::Duration;

use accessbot_sandbox::teleport::{Role, TeleportOptions, User};
use accessbot_testkit::harness::{ChatStandIn, World};

use super::every_chat::in_every_chat;
use crate::bot::Bot;

in_every_chat!(
    a_deleted_message_and_an_archived_channel_hold_nothing_up,
    forged_records_neither_silence_a_request_nor_move_foreign_messages,
    a_missing_permission_is_named,
    expired_credentials_and_an_old_server_end_the_start_with_their_codes,
    a_refused_certificate_ends_the_start,
);

async fn a_deleted_message_and_an_archived_channel_hold_nothing_up<C: ChatStandIn>() {
    let world = World::<C>::open_source().await;
    let mut bot = Bot::start(&world);
    let id = world.bob_asks("why");
    world.shows(&id, "PENDING").await;
    world.chat.delete(&world.message(&id));
    world.tctl_approve(&id, "");
    world.tells("bob", "was approved").await;
    let id = world.bob_asks("again");
    world.shows(&id, "PENDING").await;
    world.chat.set_archive("access", true);
    world.tctl_deny(&id, "");
    world.tells("bob", "was denied").await;
    bot.wait_for("given up");
    world.chat.set_archive("access", false);
    let id = world.bob_asks("after all");
    world.shows(&id, "PENDING").await;
    bot.stop();
    world.check();
}

async fn forged_records_neither_silence_a_request_nor_move_foreign_messages<C: ChatStandIn>() {
    let world = World::<C>::open_source().await;
    world.chat.new_channel("square", "Square", false);
    world.chat.invite_bot("square");
    let foreign = world.chat.write_as("alice", "square", "lunch?");
    let garbage = world.bob_asks("garbage");
    world.forge(&garbage, &[("accessbot", "{{{"), ("reviews_count", "-7")]);
    let points = world.bob_asks("foreign");
    world.forge(&points, &[("user", "bob"), ("messages", &foreign)]);
    let newer = world.bob_asks("newer");
    world.forge(&newer, &[("accessbot", "{\"v\":99}")]);
    let mut bot = Bot::start(&world);
    for id in [&garbage, &points] {
        world.shows(id, "PENDING").await;
        world.tctl_approve(id, "");
        world.shows(id, "APPROVED").await;
    }
    bot.wait_for("a newer accessbot keeps this request's ledger");
    assert_eq!(world.chat.shown("square")[0].text, "lunch?");
    assert_eq!(world.count(), 2);
    bot.stop();
    world.check();
}

async fn a_missing_permission_is_named<C: ChatStandIn>() {
    let world = World::<C>::open_source().await;
    world.teleport.add_role(Role::new("reader").allow("access_request", &["list", "read"]));
    world.teleport.add_user(User::new("reader", &["reader"]));
    let recipients = World::<C>::recipients(&[&C::channel("access")]);
    let config = world.config_of("reader", Duration::from_secs(3600), &recipients);
    let mut bot = Bot::start_with(&world, &config);
    world.bob_asks("why");
    bot.wait_for("access_plugin_data");
    bot.stop();
    assert_eq!(world.count(), 0, "what cannot be recorded is not posted");
    world.check();
}

async fn expired_credentials_and_an_old_server_end_the_start_with_their_codes<C: ChatStandIn>() {
    let world = World::<C>::open_source().await;
    let recipients = World::<C>::recipients(&[&C::channel("access")]);
    let config = world.config_of("access-plugin", Duration::ZERO, &recipients);
    let log = Bot::launch(&world, &config).ends_with(3);
    assert!(log.contains("hint:"), "{log}");
    let old =
        World::<C>::with(TeleportOptions { version_text: Some("5.2.1".into()), ..TeleportOptions::default() }).await;
    let log = Bot::launch(&old, &old.config()).ends_with(5);
    assert!(log.contains("5.2.1"), "{log}");
}

async fn a_refused_certificate_ends_the_start<C: ChatStandIn>() {
    let world = World::<C>::open_source().await;
    world.teleport.reject_certificates(true);
    let log = Bot::launch(&world, &world.config()).ends_with(3);
    assert!(log.contains("hint:"), "{log}");
}
