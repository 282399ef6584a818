//! Reading messages back.

use serde_json::{Value, json};

use super::client::{World, outcome};

fn texts(page: &Value) -> Vec<&str> {
    page["messages"].as_array().unwrap().iter().map(|message| message["text"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_channel_is_read_newest_first_in_pages_without_replies() {
    let world = World::start().await;
    let access = world.id("access");
    let mut ts = Vec::new();
    for n in 0..5 {
        ts.push(world.slack.post_as("bob", "access", &format!("m{n}")).unwrap());
    }
    world.slack.reply_as("alice", &access, &ts[0], "reply").unwrap();
    let all = world.get("conversations.history", &[("channel", &access)]).await;
    assert_eq!(texts(&all), ["m4", "m3", "m2", "m1", "m0"]);
    assert_eq!(all["messages"][4]["reply_count"], 1);
    let first = world.get("conversations.history", &[("channel", &access), ("limit", "2")]).await;
    assert_eq!((texts(&first), &first["has_more"]), (vec!["m4", "m3"], &json!(true)));
    let cursor = first["response_metadata"]["next_cursor"].as_str().unwrap();
    let second = world.get("conversations.history", &[("channel", &access), ("limit", "2"), ("cursor", cursor)]).await;
    assert_eq!(texts(&second), ["m2", "m1"]);
    let from = world.get("conversations.history", &[("channel", &access), ("oldest", &ts[3])]).await;
    assert_eq!(texts(&from), ["m4"]);
    let one = [("channel", access.as_str()), ("oldest", &ts[3]), ("latest", &ts[3]), ("inclusive", "true")];
    assert_eq!(texts(&world.get("conversations.history", &one).await), ["m3"]);
    let wrong = world.get("conversations.history", &[("channel", &access), ("oldest", "yesterday")]).await;
    assert_eq!(outcome(&wrong), "invalid_ts_oldest");
    let wrong = world.get("conversations.history", &[("channel", &access), ("cursor", "x")]).await;
    assert_eq!(outcome(&wrong), "invalid_cursor");
    assert_eq!(
        outcome(&world.get("conversations.history", &[("channel", &world.id("random"))]).await),
        "not_in_channel"
    );

    let thread = world.get("conversations.replies", &[("channel", &access), ("ts", &ts[0])]).await;
    assert_eq!(texts(&thread), ["m0", "reply"]);
    assert_eq!(thread["messages"][1]["thread_ts"], json!(ts[0]));
    world.slack.delete_post(&access, &ts[0]).unwrap();
    let nothing = world.get("conversations.replies", &[("channel", &access), ("ts", &ts[1][..5])]).await;
    assert_eq!(outcome(&nothing), "thread_not_found");
}

#[tokio::test]
async fn metadata_is_shown_whole_only_to_those_who_ask() {
    let world = World::start().await;
    let access = world.id("access");
    let metadata = json!({"event_type": "e", "event_payload": {"n": 1}});
    world.post("chat.postMessage", json!({"channel": "access", "text": "x", "metadata": metadata})).await;
    let plain = world.get("conversations.history", &[("channel", &access)]).await;
    assert_eq!(plain["messages"][0]["metadata"], json!({"event_type": "e"}));
    let whole = world.get("conversations.history", &[("channel", &access), ("include_all_metadata", "true")]).await;
    assert_eq!(whole["messages"][0]["metadata"], metadata);
    assert!(whole["messages"][0]["bot_id"].as_str().unwrap().starts_with('B'));
}
