//! Who somebody is: members, guests, and people of other workspaces.

use accessbot_sandbox::slack::{SlackOptions, Standing};
use serde_json::{Value, json};

use super::app::App;
use super::client::{World, outcome, payload_of};

async fn info(world: &World, name: &str) -> Value {
    let id = world.slack.user_id(name).unwrap();
    let mut answer = world.get("users.info", &[("user", &id)]).await;
    assert_eq!(outcome(&answer), "ok", "{answer}");
    answer["user"].take()
}

#[tokio::test]
async fn users_info_tells_what_kind_of_account_somebody_has() {
    let world = World::start().await;
    let flags = async |name: &str| {
        let user = info(&world, name).await;
        ["is_bot", "deleted", "is_restricted", "is_ultra_restricted", "is_email_confirmed"]
            .map(|flag| user[flag].as_bool().unwrap())
    };
    assert_eq!(flags("alice").await, [false, false, false, false, true]);
    assert_eq!(flags("teleport").await, [true, false, false, false, true]);
    world.slack.change_account("alice", |account| account.standing = Standing::Guest).unwrap();
    assert_eq!(flags("alice").await, [false, false, true, false, true]);
    world.slack.change_account("alice", |account| account.standing = Standing::SingleChannelGuest).unwrap();
    assert_eq!(flags("alice").await, [false, false, true, true, true]);
    world.slack.change_account("alice", |account| account.standing = Standing::Invited).unwrap();
    assert_eq!(flags("alice").await, [false, false, false, false, true]);
    assert_eq!(info(&world, "alice").await["is_invited_user"], true);
    world.slack.change_account("ivan", |account| account.email_confirmed = false).unwrap();
    world.slack.set_active("ivan", false).unwrap();
    assert_eq!(flags("ivan").await, [false, true, false, false, false]);
    world.slack.change_account("bob", |account| "ceo@example.com".clone_into(&mut account.email)).unwrap();
    assert_eq!(info(&world, "bob").await["profile"]["email"], "ceo@example.com");
    world.slack.set_scopes(&["users:read"]);
    assert_eq!(info(&world, "bob").await["profile"].get("email"), None);
}

#[tokio::test]
async fn a_workspace_may_belong_to_an_organization() {
    let options = SlackOptions { enterprise_id: Some("E0OURS".to_owned()), ..SlackOptions::default() };
    let world = World::start_with(options).await;
    assert_eq!(world.post("auth.test", json!({})).await["enterprise_id"], "E0OURS");
    assert_eq!(info(&world, "alice").await["enterprise_user"]["enterprise_id"], "E0OURS");
    world.slack.add_outsider("eve");
    assert_eq!(info(&world, "eve").await.get("enterprise_user"), None);
    let click = world.slack.click_request("alice", &world.post_button("access").await, "approve").unwrap();
    let payload = payload_of(&click.body);
    assert_eq!((&payload["enterprise"]["id"], &payload["team"]["enterprise_id"]), (&json!("E0OURS"), &json!("E0OURS")));
    assert_eq!(payload["is_enterprise_install"], false);
}

#[tokio::test]
async fn an_outsider_is_told_by_the_workspace_and_not_by_being_a_stranger() {
    let world = World::start().await;
    let eve = world.slack.add_outsider("eve");
    world.slack.change_account("eve", |account| "E0ELSEWHERE".clone_into(&mut account.enterprise_id)).unwrap();
    let me = world.post("auth.test", json!({})).await;
    let user = info(&world, "eve").await;
    assert_eq!(user["is_stranger"], true);
    assert_eq!(user["enterprise_user"]["enterprise_id"], "E0ELSEWHERE");
    assert_ne!(user["team_id"], me["team_id"]);
    assert_eq!(info(&world, "bob").await["team_id"], me["team_id"]);
    let found = world.get("users.lookupByEmail", &[("email", "eve@elsewhere.example")]).await;
    assert_eq!(outcome(&found), "users_not_found");
    assert_eq!(outcome(&world.post("conversations.open", json!({"users": eve})).await), "invalid_user_combination");
    assert_eq!(
        outcome(&world.post("chat.postMessage", json!({"channel": eve, "text": "x"})).await),
        "channel_not_found"
    );

    // In a shared channel she sees the buttons, and is no stranger any more.
    let shared = async || world.get("conversations.info", &[("channel", &world.id("access"))]).await;
    assert_eq!(shared().await["channel"]["is_ext_shared"], false);
    world.slack.add_member("access", "eve").unwrap();
    assert_eq!(shared().await["channel"]["is_ext_shared"], true);
    assert_eq!(info(&world, "eve").await["is_stranger"], false);
    let message = world.post_button("access").await;
    let mut app = App::connect(&world).await;
    let (clicked, envelope) = tokio::join!(world.slack.click("eve", &message, "approve"), app.take());
    clicked.unwrap();
    let payload = &envelope["payload"];
    assert_eq!((&payload["user"]["team_id"], &payload["team"]["id"]), (&user["team_id"], &me["team_id"]));
    // Of a view that she sends Slack names her workspace, and apart from it the one that the app is in.
    let view = json!({"type": "modal", "title": {"type": "plain_text", "text": "x"}, "blocks": [{"type": "divider"}]});
    world.post("views.open", json!({"trigger_id": payload["trigger_id"], "view": view})).await;
    let view = world.slack.views("eve").unwrap().pop().unwrap();
    let (sent, envelope) = tokio::join!(world.slack.submit_view("eve", &view, &[]), app.take());
    sent.unwrap();
    let payload = &envelope["payload"];
    assert_eq!((&payload["user"]["team_id"], &payload["team"]["id"]), (&user["team_id"], &user["team_id"]));
    assert_eq!(payload["view"]["app_installed_team_id"], me["team_id"]);
}

#[tokio::test]
async fn members_are_listed_in_pages() {
    let world = World::start().await;
    let access = world.id("access");
    let mut members = Vec::new();
    let mut cursor = String::new();
    loop {
        let page =
            world.get("conversations.members", &[("channel", &access), ("limit", "2"), ("cursor", &cursor)]).await;
        members.extend(page["members"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()));
        page["response_metadata"]["next_cursor"].as_str().unwrap().clone_into(&mut cursor);
        if cursor.is_empty() {
            break;
        }
    }
    let mut expected: Vec<String> =
        ["admin", "alice", "ivan", "bob", "teleport"].map(|name| world.slack.user_id(name).unwrap()).to_vec();
    expected.sort();
    assert_eq!(members, expected);
    let ask = async |query: &[(&str, &str)]| outcome(&world.get("conversations.members", query).await).to_owned();
    assert_eq!(ask(&[("channel", &access), ("limit", "0")]).await, "invalid_limit");
    assert_eq!(ask(&[("channel", &access), ("cursor", "x")]).await, "invalid_cursor");
    assert_eq!(ask(&[("channel", "C0")]).await, "channel_not_found");
    world.slack.set_scopes(&["groups:read"]);
    assert_eq!(ask(&[("channel", &access)]).await, "missing_scope");
}
