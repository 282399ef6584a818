//! Tokens, scopes, and how arguments are sent.

use serde_json::{Value, json};

use super::client::{World, outcome};

#[tokio::test]
async fn a_token_is_asked_for_and_told_what_it_may_do() {
    let world = World::start().await;
    let url = format!("{}/auth.test", world.slack.url());
    let ask = async |token: Option<&str>| {
        let mut request = world.http.post(&url);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        request.send().await.unwrap()
    };
    assert_eq!(outcome(&ask(None).await.json().await.unwrap()), "not_authed");
    assert_eq!(outcome(&ask(Some("xoxb-wrong")).await.json().await.unwrap()), "invalid_auth");
    let known = ask(Some(world.slack.token())).await;
    assert!(known.headers()["x-oauth-scopes"].to_str().unwrap().contains("chat:write"));
    let me: Value = known.json().await.unwrap();
    assert_eq!((outcome(&me), &me["user"]), ("ok", &json!("teleport")));
    assert!(me["bot_id"].as_str().unwrap().starts_with('B'));
    world.slack.revoke_token();
    assert_eq!(outcome(&world.post("auth.test", json!({})).await), "token_revoked");
    world.slack.restore_token();
    world.slack.set_active("teleport", false).unwrap();
    assert_eq!(outcome(&world.post("auth.test", json!({})).await), "account_inactive");
    world.slack.set_active("teleport", true).unwrap();
    assert_eq!(outcome(&world.post("chat.shout", json!({})).await), "unknown_method");
}

#[tokio::test]
async fn a_missing_scope_is_named() {
    let world = World::start().await;
    world.slack.set_scopes(&["users:read"]);
    let refused = world.post("chat.postMessage", json!({"channel": "access", "text": "x"})).await;
    assert_eq!(outcome(&refused), "missing_scope");
    assert_eq!((&refused["needed"], &refused["provided"]), (&json!("chat:write"), &json!("users:read")));
    world.slack.set_scopes(&["channels:history"]);
    let channel = world.id("access");
    assert_eq!(outcome(&world.get("conversations.history", &[("channel", &channel)]).await), "ok");
    let direct = world.id("@bob");
    let refused = world.get("conversations.history", &[("channel", &direct)]).await;
    assert_eq!((outcome(&refused), &refused["needed"]), ("missing_scope", &json!("im:history")));
    assert_eq!(
        outcome(&world.get("chat.getPermalink", &[("channel", &channel), ("message_ts", "1.2")]).await),
        "message_not_found"
    );
}

#[tokio::test]
async fn arguments_come_as_json_only_where_slack_reads_json() {
    let world = World::start().await;
    let user = world.slack.user_id("bob").unwrap();
    let asked = json!({"user": user, "email": "bob@example.com"});
    assert_eq!(outcome(&world.post("users.info", asked.clone()).await), "user_not_found", "the body is not looked at");
    assert_eq!(outcome(&world.post("users.lookupByEmail", asked).await), "users_not_found");
    assert_eq!(outcome(&world.get("users.info", &[("user", &user)]).await), "ok");

    let post = async |content_type: Option<&str>, body: &str| {
        let mut request =
            world.http.post(format!("{}/chat.postMessage", world.slack.url())).bearer_auth(world.slack.token());
        if let Some(content_type) = content_type {
            request = request.header("Content-Type", content_type);
        }
        let answer: Value = request.body(body.to_owned()).send().await.unwrap().json().await.unwrap();
        outcome(&answer).to_owned()
    };
    assert_eq!(post(Some("application/json"), r#"{"channel":"access","text":"x"}"#).await, "ok");
    assert_eq!(post(Some("application/json"), r#"{"channel":"#).await, "invalid_json");
    assert_eq!(post(Some("application/json"), "[]").await, "json_not_object");
    assert_eq!(post(Some("text/plain"), "channel=access&text=x").await, "invalid_post_type");
    assert_eq!(post(None, "channel=access&text=x").await, "missing_post_type");
    let form = "channel=%23access&text=a%26b+c&blocks=%5B%7B%22type%22%3A%22divider%22%7D%5D";
    assert_eq!(post(Some("application/x-www-form-urlencoded"), form).await, "ok");
    let last = world.slack.posts("access").pop().unwrap();
    assert_eq!((last.notification.as_str(), last.blocks.len()), ("a&b c", 1));
}
