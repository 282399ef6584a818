//! Channels and people.

use accessbot_sandbox::slack::ChannelKind;
use serde_json::{Value, json};

use super::client::{World, outcome};

fn names(page: &Value) -> Vec<&str> {
    let mut names: Vec<&str> =
        page["channels"].as_array().unwrap().iter().map(|channel| channel["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn channels_are_listed_by_kind_as_far_as_they_can_be_seen() {
    let world = World::start().await;
    world.slack.add_channel("secret", ChannelKind::Private);
    world.slack.add_channel("ours", ChannelKind::Private);
    world.slack.add_member("ours", "teleport").unwrap();
    world.slack.set_archived("random", true).unwrap();
    let list = async |query: &[(&str, &str)]| world.get("conversations.list", query).await;
    assert_eq!(names(&list(&[]).await), ["access", "general", "random"]);
    assert_eq!(names(&list(&[("exclude_archived", "true")]).await), ["access", "general"]);
    let both = [("types", "public_channel,private_channel")];
    assert_eq!(names(&list(&both).await), ["access", "general", "ours", "random"]);
    let mut paged = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = list(&[("limit", "1"), ("cursor", &cursor)]).await;
        paged.extend(names(&page).into_iter().map(str::to_owned));
        page["response_metadata"]["next_cursor"].as_str().unwrap().clone_into(&mut cursor);
        if cursor.is_empty() {
            break;
        }
    }
    paged.sort();
    assert_eq!(paged, ["access", "general", "random"]);
    assert_eq!(outcome(&list(&[("limit", "1001")]).await), "invalid_limit");
    assert_eq!(outcome(&list(&[("types", "rooms")]).await), "invalid_types");
    world.slack.set_scopes(&["channels:read"]);
    let refused = list(&both).await;
    assert_eq!((outcome(&refused), &refused["needed"]), ("missing_scope", &json!("groups:read")));
}

#[tokio::test]
async fn a_channel_and_a_person_tell_what_they_are() {
    let world = World::start().await;
    let info = world.get("conversations.info", &[("channel", &world.id("access"))]).await;
    assert_eq!((&info["channel"]["name"], &info["channel"]["is_member"]), (&json!("access"), &json!(true)));
    assert_eq!(outcome(&world.get("conversations.info", &[("channel", "access")]).await), "channel_not_found");
    let found = world.get("users.lookupByEmail", &[("email", "BOB@example.com")]).await;
    assert_eq!(found["user"]["name"], "bob");
    assert_eq!(found["user"]["profile"]["email"], "bob@example.com");
    world.slack.set_active("bob", false).unwrap();
    let gone = world.get("users.lookupByEmail", &[("email", "bob@example.com")]).await;
    assert_eq!(outcome(&gone), "users_not_found");
}

#[tokio::test]
async fn a_direct_conversation_is_opened_once() {
    let world = World::start().await;
    let bob = world.slack.user_id("bob").unwrap();
    let open = async |users: &str| world.post("conversations.open", json!({"users": users})).await;
    let opened = open(&bob).await;
    assert_eq!(opened["channel"]["id"], json!(world.id("@bob")));
    let again = open(&bob).await;
    assert_eq!((&again["channel"], &again["already_open"]), (&opened["channel"], &json!(true)));
    let whole = world.post("conversations.open", json!({"channel": opened["channel"]["id"], "return_im": true})).await;
    assert_eq!((&whole["channel"]["user"], &whole["channel"]["is_im"]), (&json!(bob), &json!(true)));
    assert_eq!(whole["channel"].get("is_member"), None, "Slack says less of a conversation of two");
    world.slack.set_active("bob", false).unwrap();
    assert_eq!(outcome(&open(&bob).await), "user_disabled");
    assert_eq!(outcome(&open("U0").await), "user_not_found");
    assert_eq!(outcome(&open("").await), "users_list_not_supplied");
}
