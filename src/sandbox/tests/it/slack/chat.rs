//! Messages made, changed and deleted.

use accessbot_sandbox::slack::ChannelKind;
use serde_json::{Value, json};

use super::client::{World, outcome};

#[tokio::test]
async fn a_message_goes_where_it_may_and_comes_back_with_its_id() {
    let world = World::start().await;
    let access = world.id("access");
    for channel in ["access", "#access", &access] {
        let posted = world.post("chat.postMessage", json!({"channel": channel, "text": "x"})).await;
        assert_eq!((outcome(&posted), &posted["channel"]), ("ok", &json!(access)), "{channel}");
        assert_eq!(posted["message"]["text"], "x");
    }
    let bob = world.slack.user_id("bob").unwrap();
    let posted = world.post("chat.postMessage", json!({"channel": bob, "text": "psst"})).await;
    assert_eq!(posted["channel"], json!(world.id("@bob")));
    assert_eq!(world.slack.posts("@bob")[0].text(), "psst");

    world.slack.add_channel("secret", ChannelKind::Private);
    world.slack.set_archived("general", true).unwrap();
    for (channel, error) in [
        ("nowhere", "channel_not_found"),
        ("secret", "channel_not_found"),
        ("random", "not_in_channel"),
        ("general", "is_archived"),
    ] {
        let refused = world.post("chat.postMessage", json!({"channel": channel, "text": "x"})).await;
        assert_eq!(outcome(&refused), error, "{channel}");
    }
    world.slack.set_scopes(&["chat:write", "chat:write.public"]);
    assert_eq!(outcome(&world.post("chat.postMessage", json!({"channel": "random", "text": "x"})).await), "ok");
}

#[tokio::test]
async fn what_is_too_long_or_empty_or_malformed_is_refused() {
    let world = World::start().await;
    let post = async |more: Value| {
        let mut body = json!({"channel": "access"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        world.post("chat.postMessage", body).await
    };
    let section = |n: usize| json!({"type": "section", "text": {"type": "mrkdwn", "text": "x".repeat(n)}});
    for (more, error) in [
        (json!({"text": ""}), "no_text"),
        (json!({"text": "x", "blocks": {}}), "invalid_blocks_format"),
        (json!({"text": "x", "blocks": [section(3001)]}), "invalid_blocks"),
        (json!({"text": "x", "blocks": vec![section(3000); 4]}), "msg_blocks_too_long"),
        (json!({"text": "x", "metadata": {"event_type": "e"}}), "invalid_metadata_format"),
        (
            json!({"text": "x", "metadata": {"event_type": "e", "event_payload": {"k": "v".repeat(2000)}}}),
            "metadata_too_large",
        ),
        (json!({"text": "x", "thread_ts": "1.000001"}), "cannot_reply_to_message"),
        (json!({"text": "x", "link_names": true}), "invalid_arguments"),
    ] {
        assert_eq!(outcome(&post(more.clone()).await), error, "{more}");
    }
    let refused = post(json!({"text": "x", "blocks": [section(3001)]})).await;
    insta::assert_snapshot!(refused["response_metadata"]["messages"][0].as_str().unwrap(), @"[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]");
    let cut = post(json!({"text": "x".repeat(40_001)})).await;
    assert_eq!((outcome(&cut), &cut["warning"]), ("ok", &json!("message_truncated")));
    assert_eq!(cut["response_metadata"]["warnings"], json!(["message_truncated"]));
    assert_eq!(world.slack.post_count("access"), 1);
}

#[tokio::test]
async fn only_the_bots_own_messages_are_changed_and_deleted() {
    let world = World::start().await;
    let access = world.id("access");
    let posted = world.post("chat.postMessage", json!({"channel": "access", "text": "<!channel> <@U1>"})).await;
    let ts = posted["ts"].as_str().unwrap();
    assert_eq!(world.slack.posts("access")[0].mentioned, ["*", "U1"]);
    let theirs = world.slack.post_as("alice", "access", "mine").unwrap();
    for (channel, ts, text, error) in [
        (access.as_str(), ts, "changed", "ok"),
        ("access", ts, "changed", "channel_not_found"),
        (&access, "1.000001", "changed", "message_not_found"),
        (&access, &theirs, "changed", "cant_update_message"),
        (&access, ts, "", "no_text"),
        (&access, ts, &"x".repeat(4001), "msg_too_long"),
    ] {
        let answer = world.post("chat.update", json!({"channel": channel, "ts": ts, "text": text})).await;
        assert_eq!(outcome(&answer), error, "{channel} {ts}");
    }
    let view = world.slack.post(&access, ts).unwrap();
    assert_eq!((view.text().as_str(), view.edits), ("changed", 1));
    let change = json!({"channel": access, "ts": ts, "text": "changed"});
    world.slack.set_archived("access", true).unwrap();
    assert_eq!(outcome(&world.post("chat.update", change).await), "is_inactive");
    let delete =
        async |ts: &str| outcome(&world.post("chat.delete", json!({"channel": access, "ts": ts})).await).to_owned();
    assert_eq!(delete(&theirs).await, "cant_delete_message");
    assert_eq!(delete(ts).await, "ok");
    assert_eq!(delete(ts).await, "message_not_found");
}

#[tokio::test]
async fn metadata_stays_unless_it_is_replaced() {
    let world = World::start().await;
    let metadata = |n: u32| json!({"event_type": "e", "event_payload": {"n": n}});
    let body = json!({"channel": "access", "text": "x", "metadata": metadata(1)});
    let posted = world.post("chat.postMessage", body).await;
    let place = |more: Value| {
        let mut body = json!({"channel": posted["channel"], "ts": posted["ts"], "text": "y"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let shown = || world.slack.posts("access")[0].metadata.clone();
    world.post("chat.update", place(json!({}))).await;
    assert_eq!(shown(), Some(metadata(1)));
    world.post("chat.update", place(json!({"metadata": metadata(2)}))).await;
    assert_eq!(shown(), Some(metadata(2)));
    world.post("chat.update", place(json!({"metadata": {}}))).await;
    assert_eq!(shown(), None);
}
