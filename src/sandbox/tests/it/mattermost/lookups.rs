//! Who and what is found, and how it is said that nothing is.

use accessbot_sandbox::mattermost::ChannelKind;
use serde_json::{Value, json};

use super::client::{World, error};

const NOBODY: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaa";

#[tokio::test]
async fn errors_have_the_servers_shape() {
    let world = World::start().await;
    let (status, body) = world.get("/users/email/nobody@example.com").await;
    assert_eq!(status, 404);
    insta::assert_json_snapshot!(body, {".request_id" => "[id]"}, @r#"
    {
      "detailed_error": "",
      "id": "app.user.missing_account.const",
      "message": "Unable to find the user.",
      "request_id": "[id]",
      "status_code": 404
    }
    "#);
    let (status, body) = world.get("/nope/route").await;
    assert_eq!(status, 404);
    insta::assert_json_snapshot!(body, @r#"
    {
      "detailed_error": "There doesn't appear to be an api call for the url='/api/v4/nope/route'.  Typo? are you missing a team_id or user_id as part of the url?",
      "id": "api.context.404.app_error",
      "message": "Sorry, we could not find the page.",
      "status_code": 404
    }
    "#);
    world.server.revoke_token();
    let (status, body) = world.get("/users/me").await;
    assert_eq!(status, 401);
    insta::assert_json_snapshot!(body, {".request_id" => "[id]"}, @r#"
    {
      "detailed_error": "",
      "id": "api.context.session_expired.app_error",
      "message": "Invalid or expired session, please login again.",
      "request_id": "[id]",
      "status_code": 401
    }
    "#);
    assert_eq!(world.get("/system/ping").await.1["status"], "OK");
    world.server.restore_token();
    assert_eq!(world.get("/users/me").await.1["username"], "teleport");
    world.server.set_active("teleport", false).unwrap();
    assert_eq!(world.get("/users/me").await.0, 401);
}

#[tokio::test]
async fn every_way_not_to_find_something() {
    let world = World::start().await;
    let team = world.get("/teams/name/lab").await.1["id"].as_str().unwrap().to_owned();
    let private = world.server.add_channel("secret", "Secret", ChannelKind::Private).unwrap();
    world.server.add_team("other", "Other");
    world.server.archive("off-topic").unwrap();
    let off_topic = world.server.channel_id("off-topic").unwrap();
    for (path, expected) in [
        ("/config/client?format=old".to_owned(), "200"),
        ("/config/client".to_owned(), "501 api.config.client.old_format.app_error"),
        ("/config/client?format=new".to_owned(), "400 api.context.invalid_body_param.app_error"),
        ("/users/me".to_owned(), "200"),
        (format!("/users/{NOBODY}"), "404 app.user.missing_account.const"),
        ("/users/bad".to_owned(), "400 api.context.invalid_url_param.app_error"),
        ("/users/bad!".to_owned(), "404 api.context.404.app_error"),
        ("/users/username/nobody".to_owned(), "404 app.user.get_by_username.app_error"),
        ("/users/username/ALICE".to_owned(), "400 api.context.invalid_body_param.app_error"),
        ("/users/email/ALICE@example.com".to_owned(), "200"),
        ("/users/email/garbage".to_owned(), "400 api.context.invalid_url_param.app_error"),
        ("/teams/name/nope".to_owned(), "404 app.team.get_by_name.missing.app_error"),
        ("/teams/name/other".to_owned(), "403 api.context.permissions.app_error"),
        ("/teams/name/lab/channels/name/access".to_owned(), "200"),
        ("/teams/name/lab/channels/name/ACCESS".to_owned(), "200"),
        (format!("/teams/{team}/channels/name/access"), "200"),
        ("/teams/name/lab/channels/name/secret".to_owned(), "404 app.channel.get_by_name.missing.app_error"),
        ("/teams/name/lab/channels/name/off-topic".to_owned(), "404 app.channel.get_by_name.missing.app_error"),
        ("/teams/name/lab/channels/name/nope".to_owned(), "404 app.channel.get_by_name.missing.app_error"),
        ("/teams/name/lab/channels/name/No%20Name".to_owned(), "404 api.context.404.app_error"),
        ("/teams/name/nope/channels/name/access".to_owned(), "404 app.team.get_by_name.missing.app_error"),
        (format!("/channels/{off_topic}"), "200"),
        (format!("/channels/{private}"), "403 api.context.permissions.app_error"),
        (format!("/channels/{NOBODY}"), "404 app.channel.get.existing.app_error"),
        ("/channels/bad".to_owned(), "400 api.context.invalid_url_param.app_error"),
        (format!("/channels/{off_topic}/members/me"), "200"),
        (format!("/channels/{off_topic}/members/{NOBODY}"), "404 app.channel.get_member.missing.app_error"),
        (format!("/channels/{private}/members/me"), "403 api.context.permissions.app_error"),
        (format!("/channels/{private}/stats"), "403 api.context.permissions.app_error"),
        (format!("/channels/{NOBODY}/stats"), "404 app.channel.get.existing.app_error"),
    ] {
        assert_eq!(error(&world.get(&path).await), expected, "{path}");
    }
    world.server.add_member("secret", "teleport").unwrap();
    assert_eq!(world.get("/teams/name/lab/channels/name/secret").await.1["type"], "P");
    let guests = async || world.get(&format!("/channels/{private}/stats")).await.1["guest_count"].clone();
    world.server.add_member("secret", "ivan").unwrap();
    assert_eq!(guests().await, 0);
    world.server.make_guest("ivan").unwrap();
    assert_eq!(guests().await, 1);
    assert_eq!(world.get("/users/username/ivan").await.1["roles"], "system_guest");
    world.server.show_email_address(false);
    assert_eq!(
        error(&world.get("/users/email/alice@example.com").await),
        "403 api.user.get_user_by_email.permissions.app_error"
    );
    assert_eq!(world.get("/users/username/alice").await.1["email"], "");
    assert_eq!(world.post("/users/me", json!({})).await.0, 404);
}

fn names(body: &Value) -> Vec<&str> {
    body.as_array().unwrap().iter().map(|channel| channel["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn channels_are_listed() {
    let world = World::start().await;
    let teams = world.get("/users/me/teams").await.1;
    assert_eq!(names(&teams), ["lab"]);
    let team = teams[0]["id"].as_str().unwrap();
    world.server.add_channel("unjoined", "Aaa", ChannelKind::Public).unwrap();
    world.server.add_channel("secret", "Bbb", ChannelKind::Private).unwrap();
    let public = world.get(&format!("/teams/{team}/channels")).await.1;
    assert_eq!(names(&public), ["unjoined", "access", "off-topic", "town-square"]);
    let page = world.get(&format!("/teams/{team}/channels?page=1&per_page=3")).await.1;
    assert_eq!(names(&page), ["town-square"]);
    let mine = world.get(&format!("/users/me/teams/{team}/channels")).await.1;
    assert_eq!(names(&mine), ["access", "off-topic", "town-square"]);
}

#[tokio::test]
async fn direct_messages_open_as_often_as_one_likes() {
    let world = World::start().await;
    let id = |name: &str| world.server.user_id(name).unwrap();
    let (bot, alice, bob) = (id("teleport"), id("alice"), id("bob"));
    let first = world.post("/channels/direct", json!([bot, alice])).await;
    let second = world.post("/channels/direct", json!([alice, bot])).await;
    assert_eq!((first.0, &first.1["type"], &first.1["team_id"]), (201, &json!("D"), &json!("")));
    assert_eq!(first.1["id"], second.1["id"]);
    for (body, expected) in [
        (json!([bot]), "400 api.context.invalid_body_param.app_error"),
        (json!({}), "400 api.context.invalid_body_param.app_error"),
        (json!([alice, bob]), "403 api.context.permissions.app_error"),
        (json!([bot, NOBODY]), "400 api.channel.create_direct_channel.invalid_user.app_error"),
    ] {
        assert_eq!(error(&world.post("/channels/direct", body.clone()).await), expected, "{body}");
    }
}
