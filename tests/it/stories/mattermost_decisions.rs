//! Dual control in Mattermost, on an open-source cluster: two people agree, each in their own way.

use std::net::TcpListener;
use std::path::PathBuf;

use accessbot_sandbox::mattermost::MattermostSandbox;
use accessbot_sandbox::teleport::Role;
use accessbot_testkit::harness::World;
use serde_json::json;

use crate::bot::Bot;

type Mattermost = World<MattermostSandbox>;

/// An open-source cluster, where the bot may do what it needs for deciding.
async fn world() -> Mattermost {
    let world = Mattermost::open_source().await;
    let role = Role::new("access-plugin")
        .allow("access_request", &["list", "read", "update"])
        .allow("access_plugin_data", &["update"])
        .allow("user", &["read"])
        .allow("lock", &["list", "read"]);
    world.teleport.add_role(role);
    world
}

/// The bot's configuration: alice and ivan decide together, by these inputs.
fn config(world: &Mattermost, inputs: &str, reason: &str) -> PathBuf {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let id = |name: &str| world.chat.user_id(name).unwrap();
    let (alice, ivan, bob) = (id("alice"), id("ivan"), id("bob"));
    world.config_with(&format!(
        r#"recipients = ["lab/access"]
[mattermost.users]
bob = "@bob"
[mattermost.review]
input = {inputs}
[mattermost.review.users]
alice = "{alice}"
ivan = "{ivan}"
bob = "{bob}"
[http]
listen_addr = "127.0.0.1:{port}"
public_addr = "http://127.0.0.1:{port}"
[review]
mode = "set-state"
secret = "c1f3a8e5b7d90246813579bdf02468ace13579bdf02468ac"
reason = "{reason}"
[review.roles.dbadmin]
approvers = ["user:alice", "user:ivan"]
approvals = 2
"#
    ))
}

/// The announcement in the channel.
fn card(world: &Mattermost) -> String {
    world.chat.posts("access").pop().unwrap().id
}

async fn whispered(world: &Mattermost, user: &str, text: &str) {
    let seen = |chat: &MattermostSandbox| chat.ephemerals(user).unwrap().iter().any(|post| post.message.contains(text));
    world.chat.wait_until(text, seen).await;
}

async fn told(world: &Mattermost, user: &str, text: &str) {
    let place = format!("@{user}");
    let seen = |chat: &MattermostSandbox| chat.posts(&place).iter().any(|post| post.message.contains(text));
    world.chat.wait_until(text, seen).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn alice_presses_a_button_and_so_does_ivan_and_bob_may_not() {
    let world = world().await;
    let bot = Bot::start_with(&world, &config(&world, r#"["buttons"]"#, "off"));
    let id = world.bob_asks("need prod db");
    world.shows(&id, "PENDING").await;
    let card = card(&world);
    world.chat.click("bob", &card, "approve").await.unwrap();
    whispered(&world, "bob", "own request").await;
    world.chat.click("alice", &card, "approve").await.unwrap();
    whispered(&world, "alice", "recorded").await;
    world.says("Reviews", &id, "1 of 2").await;
    world.chat.click("ivan", &card, "approve").await.unwrap();
    world.shows(&id, "APPROVED").await;
    world.tells("bob", "was approved").await;
    bot.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_the_websocket_alone_a_reply_and_a_reaction_do_the_same() {
    let world = world().await;
    let bot = Bot::start_with(&world, &config(&world, r#"["replies", "reactions"]"#, "off"));
    let id = world.bob_asks("need prod db");
    world.shows(&id, "PENDING").await;
    let card = card(&world);
    world.chat.react("bob", &card, "+1").await.unwrap();
    told(&world, "bob", "own request").await;
    world.chat.reply("alice", &card, "approve, looks fine").await.unwrap();
    told(&world, "alice", "recorded").await;
    world.says("Reviews", &id, "1 of 2").await;
    world.chat.react("ivan", &card, "white_check_mark").await.unwrap();
    world.shows(&id, "APPROVED").await;
    world.tells("bob", "was approved").await;
    bot.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_people_did_while_the_bot_was_away_counts() {
    let world = world().await;
    let config = config(&world, r#"["replies", "reactions"]"#, "off");
    let bot = Bot::start_with(&world, &config);
    let id = world.bob_asks("need prod db");
    world.shows(&id, "PENDING").await;
    bot.stop();
    let card = card(&world);
    world.chat.reply("alice", &card, "approve").await.unwrap();
    world.chat.react("ivan", &card, "+1").await.unwrap();
    let bot = Bot::start_with(&world, &config);
    world.shows(&id, "APPROVED").await;
    told(&world, "alice", "recorded").await;
    told(&world, "ivan", "recorded").await;
    bot.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn alice_denies_and_must_say_why() {
    let world = world().await;
    let bot = Bot::start_with(&world, &config(&world, r#"["buttons", "reactions"]"#, "required"));
    let id = world.bob_asks("need prod db");
    world.shows(&id, "PENDING").await;
    let card = card(&world);
    world.chat.react("alice", &card, "x").await.unwrap();
    told(&world, "alice", "button").await;
    world.chat.click("alice", &card, "deny").await.unwrap();
    let dialog = world.chat.dialogs("alice").unwrap().pop().unwrap();
    // Whoever gets hold of the form cannot use it.
    let stolen = world.chat.submit_dialog("ivan", &dialog, "access", json!({"reason": "hihi"})).await.unwrap();
    assert!(stolen["error"].as_str().unwrap().contains("somebody else"), "{stolen}");
    let empty = world.chat.submit_dialog("alice", &dialog, "access", json!({"reason": " "})).await.unwrap();
    assert!(empty["errors"]["reason"].is_string(), "{empty}");
    world.chat.submit_dialog("alice", &dialog, "access", json!({"reason": "not today"})).await.unwrap();
    world.shows(&id, "DENIED").await;
    world.says("Status", &id, "not today").await;
    bot.stop();
}
