//! Posts are made, changed and deleted.

use std::sync::Arc;
use std::time::Duration;

use accessbot_core::clock::Timestamp;
use accessbot_sandbox::mattermost::{ChannelKind, MattermostOptions};
use serde_json::json;

use super::client::{World, error};
use crate::ManualClock;

const NOBODY: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaa";

#[tokio::test]
async fn a_post_comes_back_as_the_server_shows_it() {
    let world = World::start().await;
    let post = world
        .write(json!({"message": "hello", "user_id": "ignored", "props": {"accessbot": {"v": 1}, "attachments": [{
            "color": "#ff0000", "title": "T",
            "fields": [{"title": "A", "value": "b", "short": true}],
            "actions": [{"id": "a", "name": "A", "integration": {"url": "http://x/", "context": {"k": 1}}}],
        }]}}))
        .await;
    insta::assert_json_snapshot!(post, {
        ".id" => "[id]", ".channel_id" => "[id]", ".user_id" => "[id]", ".create_at" => 1, ".update_at" => 1,
    }, @r##"
    {
      "channel_id": "[id]",
      "create_at": 1,
      "delete_at": 0,
      "edit_at": 0,
      "hashtags": "",
      "id": "[id]",
      "is_following": false,
      "is_pinned": false,
      "last_reply_at": 0,
      "message": "hello",
      "metadata": {
        "embeds": [
          {
            "type": "message_attachment"
          }
        ]
      },
      "original_id": "",
      "parent_id": "",
      "participants": null,
      "pending_post_id": "",
      "props": {
        "accessbot": {
          "v": 1
        },
        "attachments": [
          {
            "actions": [
              {
                "id": "a",
                "name": "A"
              }
            ],
            "author_icon": "",
            "author_link": "",
            "author_name": "",
            "color": "#ff0000",
            "fallback": "",
            "fields": [
              {
                "short": true,
                "title": "A",
                "value": "b"
              }
            ],
            "footer": "",
            "footer_icon": "",
            "id": 0,
            "image_url": "",
            "pretext": "",
            "text": "",
            "thumb_url": "",
            "title": "T",
            "title_link": "",
            "ts": null
          }
        ],
        "from_bot": "true"
      },
      "reply_count": 0,
      "root_id": "",
      "type": "",
      "update_at": 1,
      "user_id": "[id]"
    }
    "##);
    // What the owner of the sandbox sees still has the integration.
    assert_eq!(world.server.posts("access")[0].attachments[0]["actions"][0]["integration"]["url"], "http://x/");
}

#[tokio::test]
async fn what_cannot_be_posted() {
    let world = World::start().await;
    let server = &world.server;
    let access = server.channel_id("access").unwrap();
    let direct = server.channel_id("@alice").unwrap();
    let private = server.add_channel("secret", "Secret", ChannelKind::Private).unwrap();
    let archived = server.channel_id("off-topic").unwrap();
    server.archive("off-topic").unwrap();
    let root = world.written(json!({"message": "root"})).await;
    let reply = world.written(json!({"message": "reply", "root_id": root})).await;
    let deleted = world.written(json!({"message": "gone"})).await;
    server.delete_post(&deleted).unwrap();
    let permissions = "403 api.context.permissions.app_error";
    let bad_root = "400 api.post.create_post.root_id.app_error";
    for (body, expected) in [
        (json!({"message": "x"}), permissions),
        (json!({"channel_id": NOBODY, "message": "x"}), permissions),
        (json!({"channel_id": private, "message": "x"}), permissions),
        (json!([]), permissions),
        (json!({"channel_id": archived, "message": "x"}), "400 api.post.create_post.can_not_post_to_deleted.error"),
        (json!({"channel_id": access, "root_id": reply}), bad_root),
        (json!({"channel_id": access, "root_id": NOBODY}), bad_root),
        (json!({"channel_id": access, "root_id": "bad"}), bad_root),
        (json!({"channel_id": access, "root_id": deleted}), bad_root),
        (json!({"channel_id": direct, "root_id": root}), "400 api.post.create_post.channel_root_id.app_error"),
        (json!({"channel_id": access, "message": "é".repeat(16_384)}), "400 model.post.is_valid.msg.app_error"),
        (json!({"channel_id": access, "message": "é".repeat(16_383)}), "201"),
        // {"from_bot":"true","x":"…"} is 26 characters longer than x.
        (json!({"channel_id": access, "props": {"x": "é".repeat(7_974)}}), "201"),
        (json!({"channel_id": access, "props": {"x": "é".repeat(7_975)}}), "400 model.post.is_valid.props.app_error"),
        (json!({"channel_id": access, "props": {"x": "<".repeat(1_329)}}), "201"),
        (json!({"channel_id": access, "props": {"x": "<".repeat(1_330)}}), "400 model.post.is_valid.props.app_error"),
        // Wrong types count as absent.
        (json!({"channel_id": access, "message": 5, "root_id": null, "props": "text"}), "201"),
        (json!({"channel_id": access, "props": {"attachments": {"a": 1}}}), "201"),
        (json!("{bad"), permissions),
    ] {
        assert_eq!(
            error(&world.post("/posts", body.clone()).await).trim_end(),
            expected.trim_end(),
            "{:.200}",
            body.to_string()
        );
    }
}

#[tokio::test]
async fn a_patch_replaces_what_it_names() {
    let world = World::start().await;
    let attachment = json!({"text": "t", "actions": [{"id": "a", "name": "A", "integration": {"url": "http://x/"}}]});
    let id = world.written(json!({"message": "one", "props": {"mine": 1, "attachments": [attachment]}})).await;
    let path = format!("/posts/{id}/patch");

    let (_, post) = world.put(&path, json!({"message": "two"})).await;
    assert_eq!((&post["message"], &post["props"]["mine"]), (&json!("two"), &json!(1)));
    assert!(world.server.post(&id).unwrap().attachments[0]["actions"][0].get("integration").is_some(), "kept");

    // The handler of 5.x panics when it compares an integration with none.
    let without = json!({"props": {"attachments": [{"text": "t", "actions": [{"id": "a", "name": "A"}]}]}});
    assert!(world.send(reqwest::Method::PUT, &path, Some(without)).await.is_err());

    let (_, post) = world.put(&path, json!({"props": {"other": 2}})).await;
    assert_eq!((&post["message"], &post["props"]), (&json!("two"), &json!({"other": 2})));
    assert!(post["edit_at"].as_i64() > post["create_at"].as_i64());
    let (_, same) = world.put(&path, json!({})).await;
    assert_eq!(same["edit_at"], post["edit_at"], "nothing was edited");

    for (path, body, expected) in [
        (path.clone(), json!({"message": "x".repeat(16_384)}), "400 model.post.is_valid.msg.app_error"),
        (path.clone(), json!({"props": {"x": "y".repeat(8_001)}}), "400 model.post.is_valid.props.app_error"),
        (format!("/posts/{NOBODY}/patch"), json!({}), "403 api.context.permissions.app_error"),
        ("/posts/bad/patch".to_owned(), json!({}), "400 api.context.invalid_url_param.app_error"),
        (path.clone(), json!({"message": ""}), "200"),
    ] {
        assert_eq!(error(&world.put(&path, body).await), expected, "{path}");
    }

    let others = world.server.post_as("bob", "access", "mine").unwrap();
    let forbidden = "403 api.context.permissions.app_error";
    assert_eq!(error(&world.put(&format!("/posts/{others}/patch"), json!({"message": "x"})).await), forbidden);
    assert_eq!(error(&world.delete(&format!("/posts/{others}")).await), forbidden);

    world.server.remove_member("access", "teleport").unwrap();
    assert_eq!(error(&world.put(&path, json!({"message": "x"})).await), forbidden);
    world.server.add_member("access", "teleport").unwrap();
    world.server.archive("access").unwrap();
    let archived = "400 api.post.patch_post.can_not_update_post_in_deleted.error";
    assert_eq!(error(&world.put(&path, json!({"message": "x"})).await), archived);
    world.server.unarchive("access").unwrap();

    world.server.delete_post(&id).unwrap();
    assert_eq!(error(&world.put(&path, json!({"message": "x"})).await), forbidden, "deleted looks like forbidden");
    assert_eq!(error(&world.get(&format!("/posts/{id}")).await), "404 app.post.get.app_error");
}

#[tokio::test]
async fn an_update_wipes_what_it_does_not_name() {
    let world = World::start().await;
    let id = world.written(json!({"message": "one", "props": {"mine": 1}})).await;
    let path = format!("/posts/{id}");
    assert_eq!(
        error(&world.put(&path, json!({"message": "two"})).await),
        "400 api.context.invalid_body_param.app_error"
    );
    let (_, post) = world.put(&path, json!({"id": id, "message": "two"})).await;
    assert_eq!((&post["message"], &post["props"]), (&json!("two"), &json!({})));
}

#[tokio::test]
async fn a_deleted_root_takes_its_thread_along() {
    let world = World::start().await;
    let root = world.written(json!({"message": "root"})).await;
    let reply = world.written(json!({"message": "reply", "root_id": root})).await;
    assert_eq!(world.server.posts("access")[0].replies.len(), 1);
    assert_eq!(world.delete(&format!("/posts/{root}")).await.0, 200);
    assert_eq!(world.get(&format!("/posts/{reply}")).await.0, 404);
    assert_eq!(world.delete(&format!("/posts/{root}")).await.0, 403);
    assert!(world.server.posts("access").is_empty());
    assert!(world.server.post(&root).unwrap().deleted);
}

#[tokio::test]
async fn a_pending_post_id_is_known_for_thirty_seconds() {
    let clock = Arc::new(ManualClock::at(Timestamp::from_millis(1_795_000_000_000)));
    let world = World::with(MattermostOptions { clock: clock.clone(), ..Default::default() }).await;
    let post = |message: &str| json!({"message": message, "pending_post_id": "unguessable"});
    let first = world.written(post("one")).await;
    clock.advance(Duration::from_secs(29));
    let again = world.write(post("two")).await;
    assert_eq!(
        (&again["id"], &again["message"], &again["pending_post_id"]),
        (&json!(first), &json!("one"), &json!(""))
    );
    clock.advance(Duration::from_secs(2));
    assert_ne!(world.written(post("three")).await, first);
    assert_eq!(world.server.post_count("access"), 2);

    // A failed post frees it.
    let bad =
        json!({"channel_id": world.server.channel_id("access").unwrap(), "root_id": "bad", "pending_post_id": "p"});
    assert_eq!(world.post("/posts", bad).await.0, 400);
    world.write(json!({"message": "free", "pending_post_id": "p"})).await;

    // A restart forgets it.
    world.server.stop().await;
    world.server.start_again().unwrap();
    world.write(json!({"message": "twice", "pending_post_id": "p"})).await;
    assert_eq!(world.server.post_count("access"), 4);
}

#[tokio::test]
async fn the_same_post_in_flight_is_refused() {
    let world = World::start().await;
    let hold = world.server.faults().hold("POST /posts");
    let body =
        json!({"channel_id": world.server.channel_id("access").unwrap(), "message": "m", "pending_post_id": "p"});
    let (first, second) = tokio::join!(world.post("/posts", body.clone()), async {
        hold.caught(1).await;
        let second = world.post("/posts", body.clone()).await;
        hold.release();
        second
    });
    assert_eq!(first.0, 201);
    assert_eq!(error(&second), "500 api.post.deduplicate_create_post.pending");
    assert_eq!(world.post("/posts", body).await.1["id"], first.1["id"]);
}

#[tokio::test]
async fn it_is_known_who_was_notified() {
    let world = World::start().await;
    world.server.add_user("carol");
    world.write(json!({"message": "hi @alice, @bob. and @carol @teleport"})).await;
    world.write(json!({"message": "`@channel`", "props": {"attachments": [{"title": "@channel", "text": "```\n@all\n```"}]}})).await;
    world.write(json!({"props": {"attachments": [{"fields": [{"title": "Reason", "value": "\\@here"}]}]}})).await;
    let notified: Vec<_> = world.server.posts("access").into_iter().map(|post| post.notified.join(" ")).collect();
    assert_eq!(
        notified,
        ["alice bob", "", "admin alice bob ivan"],
        "carol is not in the channel, and nobody notifies themselves"
    );
}
