//! Buttons: whom they call, with what, and what comes of the answer.

use std::time::Duration;

use accessbot_sandbox::Answer;
use accessbot_sandbox::mattermost::{ActError, MattermostOptions};
use reqwest::Method;
use serde_json::{Value, json};

use super::client::{World, error};
use super::hook::{Hook, button};
use super::listener::Listener;

const NOBODY: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaa";
const FAILED: &str = "400 api.post.do_action.action_integration.app_error";

/// How a press ended, as the presser sees it.
async fn press(world: &World, user: &str, post: &str, action: &str) -> String {
    error(&world.call_as(user, Method::POST, &format!("/posts/{post}/actions/{action}"), json!({})).await)
}

#[tokio::test]
async fn a_press_reaches_the_integration_with_what_it_needs_to_know() {
    let (world, hook) = (World::start().await, Hook::start().await);
    let post = world.written(json!({"message": "m", "props": hook.button(&json!({"req": "r-1"}))})).await;
    let path = format!("/posts/{post}/actions/go");
    let (status, answer) = world.call_as("alice", Method::POST, &path, json!({})).await;
    assert_eq!((status, &answer["status"]), (200, &json!("OK")));
    assert_eq!(answer["trigger_id"].as_str().unwrap().len(), 26);
    let (headers, body) = hook.last();
    for (name, value) in
        [("content-type", "application/json"), ("accept", "application/json"), ("user-agent", "Mattermost-Bot/1.1")]
    {
        assert_eq!(headers[name], value);
    }
    assert_eq!(body["post_id"], json!(post));
    insta::assert_json_snapshot!(body, {
        ".user_id" => "[id]", ".channel_id" => "[id]", ".team_id" => "[id]", ".post_id" => "[id]", ".trigger_id" => "[trigger]",
    }, @r#"
    {
      "channel_id": "[id]",
      "channel_name": "access",
      "context": {
        "req": "r-1"
      },
      "data_source": "",
      "post_id": "[id]",
      "team_domain": "lab",
      "team_id": "[id]",
      "trigger_id": "[trigger]",
      "type": "button",
      "user_id": "[id]",
      "user_name": "alice"
    }
    "#);
    // In direct messages there is no team, and an empty context is none.
    let channel = world.server.channel_id("@alice").unwrap();
    let (_, post) = world.post("/posts", json!({"channel_id": channel, "props": hook.button(&json!({}))})).await;
    world.server.click("alice", post["id"].as_str().unwrap(), "go").await.unwrap();
    let (_, body) = hook.last();
    assert_eq!((&body["team_id"], &body["team_domain"], body.get("context")), (&json!(""), &json!(""), None));
}

#[tokio::test]
async fn a_menu_adds_what_was_chosen() {
    let (world, hook) = (World::start().await, Hook::start().await);
    let mut props = hook.button(&json!({"k": 1}));
    let action = &mut props["attachments"][0]["actions"][0];
    action["type"] = json!("select");
    action["data_source"] = json!("users");
    let post = world.written(json!({"props": props})).await;
    world.server.choose("alice", &post, "go", "anything at all").await.unwrap();
    let (_, body) = hook.last();
    assert_eq!(body["context"], json!({"k": 1, "selected_option": "anything at all"}));
    assert_eq!((&body["type"], &body["data_source"]), (&json!("select"), &json!("users")));
    world.server.click("alice", &post, "go").await.unwrap();
    assert_eq!(hook.last().1["context"], json!({"k": 1}));
}

#[tokio::test]
async fn anybody_may_forge_a_button_and_the_victim_presses_it() {
    let (world, hook) = (World::start().await, Hook::start().await);
    let pizza = hook.button(&json!({"act": "approve", "req": "r-1"}));
    let post = world.server.post_with_props_as("bob", "access", "Free pizza", pizza).unwrap();
    world.server.click("alice", &post, "go").await.unwrap();
    let (_, body) = hook.last();
    assert_eq!((&body["user_name"], &body["context"]["act"]), (&json!("alice"), &json!("approve")));
    // Other bots press as well.
    world.server.click("teleport", &post, "go").await.unwrap();
    assert_eq!(hook.last().1["user_name"], "teleport");
}

#[tokio::test]
async fn the_answer_changes_the_post() {
    let (world, hook) = (World::start().await, Hook::start().await);
    let mut bot = Listener::of(&world.server, "teleport").await;
    let mut props = hook.button(&json!({}));
    props["mine"] = json!(1);
    props["override_username"] = json!("Door");
    let post = world.written(json!({"message": "before", "props": props})).await;
    bot.event("posted").await;

    // Whatever else is in the update is not taken, and without props the button goes on working.
    hook.answers(200, json!({"update": {"message": "after", "user_id": NOBODY, "type": "custom_x"}}).to_string());
    world.server.click("alice", &post, "go").await.unwrap();
    let told = bot.event("post_edited").await;
    assert_eq!((&told["post"]["message"], &told["post"]["props"]["mine"]), (&json!("after"), &json!(1)));
    assert_eq!(world.server.post(&post).unwrap().author, "teleport");

    // Without a message the message goes, and new props replace all others but how it is signed.
    hook.answers(200, json!({"update": {"props": {"a": 1, "override_username": "Forged"}}}).to_string());
    world.server.click("alice", &post, "go").await.unwrap();
    let view = world.server.post(&post).unwrap();
    assert_eq!((view.message.as_str(), json!(view.props)), ("", json!({"a": 1, "override_username": "Door"})));
    assert_eq!(press(&world, "alice", &post, "go").await, "404 api.post.do_action.action_id.app_error");

    let post = world.written(json!({"message": "m", "props": hook.button(&json!({}))})).await;
    hook.answers(200, json!({"update": {"message": "x".repeat(16_384)}}).to_string());
    assert_eq!(press(&world, "alice", &post, "go").await, "400 model.post.is_valid.msg.app_error");
    hook.answers(200, json!({"update": {"message": "", "props": {}}}).to_string());
    assert_eq!(press(&world, "alice", &post, "go").await, "200");
    assert_eq!(world.server.post(&post).unwrap().attachments, Vec::<Value>::new());
}

#[tokio::test]
async fn only_the_presser_sees_ephemeral_text() {
    let (world, hook) = (World::start().await, Hook::start().await);
    let server = &world.server;
    let root = world.written(json!({"message": "m", "props": hook.button(&json!({}))})).await;
    let mut alice = Listener::of(server, "alice").await;
    let mut bob = Listener::of(server, "bob").await;
    hook.answers(200, json!({"ephemeral_text": "see <http://x|y>"}).to_string());
    server.click("alice", &root, "go").await.unwrap();
    let event = alice.next().await.unwrap();
    assert_eq!(event["broadcast"]["user_id"], json!(server.user_id("alice").unwrap()));
    assert_eq!(event["broadcast"]["channel_id"], json!(server.channel_id("access").unwrap()));
    let post: Value = serde_json::from_str(event["data"]["post"].as_str().unwrap()).unwrap();
    assert_eq!((&post["message"], &post["root_id"]), (&json!("see [y](http://x)"), &json!(root)));
    assert_eq!((&post["type"], &post["update_at"]), (&json!("system_ephemeral"), &json!(0)));
    hook.answers(200, json!({"ephemeral_text": "see <http://x|y>", "skip_slack_parsing": true}).to_string());
    server.click("alice", &root, "go").await.unwrap();
    let seen: Vec<String> = server.ephemerals("alice").unwrap().into_iter().map(|post| post.message).collect();
    assert_eq!(seen, ["see [y](http://x)", "see <http://x|y>"]);
    assert_eq!(server.ephemerals("bob").unwrap(), []);
    bob.hears_nothing().await;
    // It is stored nowhere: nobody can read it again.
    let id = post["id"].as_str().unwrap();
    assert_eq!(error(&world.get(&format!("/posts/{id}")).await), "404 app.post.get.app_error");
    assert_eq!(server.post_count("access"), 1);

    // Of a reply it appears in the same thread.
    let reply = world.written(json!({"root_id": root, "props": hook.button(&json!({}))})).await;
    server.click("alice", &reply, "go").await.unwrap();
    assert_eq!(server.ephemerals("alice").unwrap()[2].root_id, root);
    // By the API only admins show somebody something.
    let body = json!({"user_id": server.user_id("bob").unwrap(), "post": {"channel_id": post["channel_id"], "message": "psst"}});
    assert_eq!(error(&world.post("/posts/ephemeral", body.clone()).await), "403 api.context.permissions.app_error");
    assert_eq!(world.call_as("admin", Method::POST, "/posts/ephemeral", body).await.0, 201);
    assert_eq!(server.ephemerals("bob").unwrap()[0].message, "psst");
}

#[tokio::test]
async fn an_answer_that_is_none() {
    let (world, hook) = (World::start().await, Hook::start().await);
    let post = world.written(json!({"message": "m", "props": hook.button(&json!({}))})).await;
    for (status, body) in [
        (201, "{}"),
        (204, ""),
        (200, ""),
        (200, "nonsense"),
        (200, "[]"),
        (200, r#"{"update": 5}"#),
        (200, r#"{"ephemeral_text": 5}"#),
        (429, "{}"),
        (500, "{}"),
    ] {
        hook.answers(status, body);
        assert_eq!(press(&world, "alice", &post, "go").await, FAILED, "{status} {body}");
    }
    assert_eq!(hook.calls(), 9, "nothing is sent twice");
    hook.answers(200, format!("{{}}{}", " ".repeat(2 * 1024 * 1024)));
    assert_eq!(press(&world, "alice", &post, "go").await, "200", "a mebibyte is read, the rest is not missed");
    let newer = r#"{"error": {"message": "newer servers show this"}, "goto_location": "x"}"#;
    for body in [newer, "null", r#"{"update": null, "ephemeral_text": null}"#, "{} and so on"] {
        hook.answers(200, body);
        assert_eq!(press(&world, "alice", &post, "go").await, "200", "{body}");
    }
}

#[tokio::test]
async fn where_the_server_does_not_call() {
    let (world, hook) = (World::start().await, Hook::start().await);
    for (url, expected) in [
        (hook.at("localhost", "/hook"), "200"),
        (hook.at("127.0.0.1", "/moved"), "200"),
        (hook.at("127.0.0.1", "/round"), FAILED),
        (hook.at("127.0.0.2", "/hook"), FAILED),
        ("http://10.1.2.3/hook".to_owned(), FAILED),
        ("http://127.0.0.1:1/hook".to_owned(), FAILED),
        ("ftp://127.0.0.1/hook".to_owned(), FAILED),
        ("rubbish".to_owned(), FAILED),
        (String::new(), FAILED),
    ] {
        let post = world.written(json!({"props": button(&url, &json!({"k": 1}))})).await;
        assert_eq!(press(&world, "alice", &post, "go").await, expected, "{url}");
    }
    assert_eq!((hook.calls(), &hook.last().1["context"]), (2, &json!({"k": 1})), "a redirect takes the body along");

    let options = MattermostOptions { allowed_connections: Vec::new(), ..Default::default() };
    let strict = World::with(options).await;
    let post = strict.written(json!({"props": hook.button(&json!({}))})).await;
    assert_eq!(press(&strict, "alice", &post, "go").await, FAILED, "loopback is not listed by default");
    let options = MattermostOptions { allowed_connections: vec!["127.0.0.0/8".to_owned()], ..Default::default() };
    let wide = World::with(options).await;
    let post = wide.written(json!({"props": hook.button(&json!({}))})).await;
    assert_eq!(press(&wide, "alice", &post, "go").await, "200");
}

#[tokio::test]
async fn what_cannot_be_pressed() {
    let (world, hook) = (World::start().await, Hook::start().await);
    let server = &world.server;
    let mut props = hook.button(&json!({}));
    let actions = props["attachments"][0]["actions"].as_array_mut().unwrap();
    actions.push(json!({"id": "bare", "name": "B"}));
    actions.push(json!({"id": "with_underscore", "name": "U", "integration": {"url": hook.url()}}));
    actions.push(json!({"id": "off", "name": "D", "disabled": true, "integration": {"url": hook.url()}}));
    let post = world.written(json!({"props": props})).await;
    let deleted = world.written(json!({"props": props})).await;
    server.delete_post(&deleted).unwrap();
    let archived = server.post_with_props_as("teleport", "off-topic", "m", props).unwrap();
    server.archive("off-topic").unwrap();
    server.remove_member("access", "ivan").unwrap();
    let permissions = "403 api.context.permissions.app_error";
    let no_action = "404 api.post.do_action.action_id.app_error";
    for (user, post, action, expected) in [
        ("ivan", post.as_str(), "go", permissions),
        ("alice", NOBODY, "go", permissions),
        ("alice", "abc", "go", "400 api.context.invalid_url_param.app_error"),
        ("alice", &deleted, "go", "404 app.post.get.app_error"),
        ("alice", &post, "other", no_action),
        ("alice", &post, "bare", no_action),
        ("alice", &post, "with_underscore", "404 api.context.404.app_error"),
        // These work, whatever one might think.
        ("alice", &post, "off", "200"),
        ("alice", &archived, "go", "200"),
    ] {
        assert_eq!(press(&world, user, post, action).await, expected, "{user} {action}");
    }
    hook.answers(200, json!({"update": {"message": "x"}}).to_string());
    let archived_error = "400 api.post.update_post.can_not_update_post_in_deleted.error";
    assert_eq!(press(&world, "alice", &archived, "go").await, archived_error);
    // The trap of those who write back what they read: the buttons are there and dead.
    let (_, mut read) = world.get(&format!("/posts/{post}")).await;
    read["message"] = json!("more");
    assert_eq!(world.put(&format!("/posts/{post}"), read).await.0, 200);
    assert_eq!(press(&world, "alice", &post, "go").await, no_action);
}

#[tokio::test]
async fn faults_on_the_way_to_the_integration() {
    let options = MattermostOptions { callback_timeout: Duration::from_millis(200), ..Default::default() };
    let (world, hook) = (World::with(options).await, Hook::start().await);
    let server = &world.server;
    let post = world.written(json!({"message": "m", "props": hook.button(&json!({}))})).await;
    server.faults().drop_next("CALLBACK /hook", 1);
    assert_eq!((press(&world, "alice", &post, "go").await.as_str(), hook.calls()), (FAILED, 0));
    server.faults().drop_after_effect("CALLBACK *", 1);
    assert_eq!((press(&world, "alice", &post, "go").await.as_str(), hook.calls()), (FAILED, 1));
    let update = json!({"update": {"message": "made up"}}).to_string();
    server.faults().fail_next("CALLBACK *", 1, Answer::new(200, "application/json", update));
    server.click("alice", &post, "go").await.unwrap();
    assert_eq!((server.post(&post).unwrap().message.as_str(), hook.calls()), ("made up", 1));

    // Pressed twice at once, and the first comes last.
    let held = server.faults().hold("CALLBACK *");
    let first = server.click("alice", &post, "go");
    let both = async {
        held.caught(1).await;
        held.release();
        server.click("alice", &post, "go").await
    };
    let (first, second) = tokio::join!(first, both);
    assert!(first.is_ok() && second.is_ok());
    assert_eq!(hook.calls(), 3);

    // A frozen server sends nothing, until it thaws.
    let held = server.faults().hold("CALLBACK *");
    let frozen = async {
        held.caught(1).await;
        server.freeze();
        held.release();
        tokio::time::sleep(Duration::from_millis(50)).await;
        let calls = hook.calls();
        server.thaw();
        calls
    };
    let (pressed, calls) = tokio::join!(server.click("alice", &post, "go"), frozen);
    assert!(pressed.is_ok());
    assert_eq!((calls, hook.calls()), (3, 4));

    // Somebody who accepts and says nothing.
    let dead = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", dead.local_addr().unwrap());
    let slow = world.written(json!({"props": button(&url, &json!({}))})).await;
    assert_eq!(press(&world, "alice", &slow, "go").await, FAILED);

    server.stop().await;
    let lost = server.click("alice", &post, "go").await.unwrap_err();
    assert!(matches!(lost, ActError::NoAnswer(_)), "{lost}");
    server.start_again().unwrap();
    let refused = server.click("alice", NOBODY, "go").await.unwrap_err();
    insta::assert_snapshot!(refused, @"403 api.context.permissions.app_error: You do not have the appropriate permissions.");
}
