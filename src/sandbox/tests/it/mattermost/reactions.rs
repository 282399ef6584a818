//! Reactions: one's own, other people's, and what everybody hears of them.

use reqwest::Method;
use serde_json::json;

use super::client::{World, error};
use super::listener::Listener;

const NOBODY: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaa";

#[tokio::test]
async fn a_reaction_is_told_listed_and_taken_back() {
    let world = World::start().await;
    let server = &world.server;
    let post = world.written(json!({"message": "m"})).await;
    let alice = server.user_id("alice").unwrap();
    let mut bot = Listener::of(server, "teleport").await;
    assert_eq!(world.get(&format!("/posts/{post}/reactions")).await, (200, json!([])));

    server.react("alice", &post, "white_check_mark").await.unwrap();
    let told = bot.event("reaction_added").await["reaction"].take();
    assert_eq!((&told["user_id"], &told["emoji_name"]), (&json!(alice), &json!("white_check_mark")));
    assert_eq!((&told["delete_at"], &told["remote_id"]), (&json!(0), &json!("")));
    let (_, shown) = world.get(&format!("/posts/{post}")).await;
    assert_eq!((&shown["has_reactions"], &shown["metadata"]["reactions"]), (&json!(true), &json!([told])));
    assert!(shown["update_at"].as_i64() > shown["create_at"].as_i64(), "a change that `since` finds");
    assert_eq!(shown["edit_at"], 0);
    assert_eq!(world.get(&format!("/posts/{post}/reactions")).await, (200, json!([told])));
    assert_eq!(server.post(&post).unwrap().reactions[0].user, "alice");

    // Once more: told again, listed once.
    server.react("alice", &post, "white_check_mark").await.unwrap();
    bot.event("reaction_added").await;
    assert_eq!(world.get(&format!("/posts/{post}/reactions")).await.1.as_array().unwrap().len(), 1);

    server.unreact("alice", &post, "white_check_mark").await.unwrap();
    let gone = bot.event("reaction_removed").await["reaction"].take();
    assert_eq!((&gone["user_id"], &gone["create_at"]), (&json!(alice), &json!(0)));
    assert_eq!(world.get(&format!("/posts/{post}/reactions")).await, (200, json!([])));
    // What was not there is removed all the same.
    server.unreact("bob", &post, "white_check_mark").await.unwrap();
    assert_eq!(bot.event("reaction_removed").await["reaction"]["user_id"], json!(server.user_id("bob").unwrap()));
}

#[tokio::test]
async fn who_may_not_react() {
    let world = World::start().await;
    let server = &world.server;
    let post = world.written(json!({"message": "m"})).await;
    let deleted = world.written(json!({"message": "gone"})).await;
    server.delete_post(&deleted).unwrap();
    let archived = server.post_as("bob", "off-topic", "m").unwrap();
    server.archive("off-topic").unwrap();
    server.remove_member("access", "ivan").unwrap();
    let [alice, ivan] = ["alice", "ivan"].map(|name| server.user_id(name).unwrap());
    let permissions = "403 api.context.permissions.app_error";
    let invalid = "400 api.reaction.save_reaction.invalid.app_error";
    let foreign = "403 api.reaction.save_reaction.user_id.app_error";
    for (who, body, expected) in [
        ("alice", json!({"user_id": alice, "post_id": post, "emoji_name": "no_such_emoji"}), "200"),
        ("alice", json!({"user_id": ivan, "post_id": post, "emoji_name": "x"}), foreign),
        (
            "alice",
            json!({"user_id": alice, "post_id": post, "emoji_name": ":x:"}),
            "400 model.reaction.is_valid.emoji_name.app_error",
        ),
        ("alice", json!({"user_id": alice, "post_id": post, "emoji_name": ""}), invalid),
        ("alice", json!({"user_id": alice, "post_id": "abc", "emoji_name": "x"}), invalid),
        ("alice", json!([]), "400 api.context.invalid_body_param.app_error"),
        ("alice", json!({"user_id": alice, "post_id": NOBODY, "emoji_name": "x"}), permissions),
        ("alice", json!({"user_id": alice, "post_id": deleted, "emoji_name": "x"}), "404 app.post.get.app_error"),
        (
            "alice",
            json!({"user_id": alice, "post_id": archived, "emoji_name": "x"}),
            "403 api.reaction.save.archived_channel.app_error",
        ),
        ("ivan", json!({"user_id": ivan, "post_id": post, "emoji_name": "x"}), permissions),
    ] {
        let answer = world.call_as(who, Method::POST, "/reactions", body.clone()).await;
        assert_eq!(error(&answer), expected, "{body}");
    }
    let path = format!("/users/{alice}/posts/{post}/reactions/no_such_emoji");
    assert_eq!(error(&world.call_as("bob", Method::DELETE, &path, json!(null)).await), permissions);
    assert_eq!(error(&world.call_as("admin", Method::DELETE, &path, json!(null)).await), "200");
    let path = format!("/posts/{post}/reactions");
    assert_eq!(error(&world.call_as("ivan", Method::GET, &path, json!(null)).await), permissions);
    assert_eq!(error(&world.get(&format!("/posts/{NOBODY}/reactions")).await), permissions);
}
