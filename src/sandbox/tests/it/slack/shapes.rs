//! What stands in answers.

use accessbot_sandbox::slack::{METHODS, TokenKind};
use serde_json::{Value, json};

use super::client::{World, outcome, payload_of};

/// Calls every method rightly, by name.
async fn right_answers(world: &World) -> Vec<(&'static str, Value)> {
    let (access, bob) = (world.id("access"), world.slack.user_id("bob").unwrap());
    let posted = world.get("chat.postMessage", &[("channel", "access"), ("text", "root")]).await;
    let ts = posted["ts"].as_str().unwrap().to_owned();
    world.get("chat.postMessage", &[("channel", "access"), ("text", "reply"), ("thread_ts", &ts)]).await;
    let mut answers = Vec::new();
    let click = world.slack.click_request("bob", &world.post_button("access").await, "approve").unwrap();
    let trigger = payload_of(&click.body)["trigger_id"].as_str().unwrap().to_owned();
    let view = r#"{"type": "modal", "title": {"type": "plain_text", "text": "x"}, "blocks": [{"type": "divider"}]}"#;
    for method in METHODS {
        let arguments: &[(&str, &str)] = match method.name {
            "chat.postMessage" => &[("channel", "general"), ("text", "x")],
            "chat.update" => &[("channel", &access), ("ts", &ts), ("text", "y")],
            "chat.getPermalink" => &[("channel", &access), ("message_ts", &ts)],
            // Of a reply, as the root is still needed.
            "chat.delete" => &[("channel", &access), ("ts", &world.slack.posts("access")[0].replies[0].ts)],
            "conversations.replies" => &[("channel", &access), ("ts", &ts)],
            "chat.postEphemeral" => &[("channel", "access"), ("user", &bob), ("text", "psst")],
            "conversations.history" | "conversations.info" | "conversations.members" => &[("channel", &access)],
            "conversations.open" => &[("users", &bob)],
            "views.open" => &[("trigger_id", &trigger), ("view", view)],
            "users.info" => &[("user", &bob)],
            "users.lookupByEmail" => &[("email", "bob@example.com")],
            _ => &[],
        };
        let token = if method.token == TokenKind::App { world.slack.app_token() } else { world.slack.token() };
        let answer = world.get_with(token, method.name, arguments).await;
        assert_eq!(outcome(&answer), "ok", "{}", method.name);
        answers.push((method.name, answer));
    }
    answers
}

#[tokio::test]
#[expect(clippy::print_stderr, reason = "whoever runs the test should see that nothing was compared")]
async fn answers_hold_what_slacks_reference_says_is_always_there() {
    const VARIABLE: &str = "ACCESSBOT_SLACK_METHOD_REF";
    let Some(folder) = std::env::var_os(VARIABLE) else {
        eprintln!("nothing was compared: {VARIABLE} does not name a folder with Slack's method reference");
        return;
    };
    let world = World::start().await;
    for (method, answer) in right_answers(&world).await {
        let path = std::path::Path::new(&folder).join(format!("{method}.json"));
        let says: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        for key in says["output"]["required"].as_array().into_iter().flatten() {
            assert!(answer.get(key.as_str().unwrap()).is_some(), "{method} answers without {key}: {answer}");
        }
    }
}

#[tokio::test]
async fn a_thread_and_a_change_tell_of_each_other() {
    let world = World::start().await;
    let answers = right_answers(&world).await;
    let of = |name: &str| &answers.iter().find(|(method, _)| *method == name).unwrap().1;
    let update = of("chat.update");
    assert_eq!((&update["text"], &update["message"]["text"]), (&json!("y"), &json!("y")));
    let me = &of("auth.test")["user_id"];
    let access = world.id("access");
    let posted = world.post("chat.postMessage", json!({"channel": access, "text": "root"})).await;
    let body = json!({"channel": access, "text": "reply", "thread_ts": posted["ts"]});
    let reply = world.post("chat.postMessage", body).await;
    let thread =
        world.get("conversations.replies", &[("channel", &access), ("ts", posted["ts"].as_str().unwrap())]).await;
    let (root, answered) = (&thread["messages"][0], &thread["messages"][1]);
    assert_eq!((&root["reply_count"], &root["latest_reply"]), (&json!(1), &reply["ts"]));
    assert_eq!((&root["reply_users"], &answered["parent_user_id"]), (&json!([me]), me));
    let place = [("channel", access.as_str()), ("message_ts", reply["ts"].as_str().unwrap())];
    let link = world.get("chat.getPermalink", &place).await;
    let behind = format!("?thread_ts={}&cid={access}", posted["ts"].as_str().unwrap());
    assert!(link["permalink"].as_str().unwrap().ends_with(&behind), "{link}");
}

#[tokio::test]
async fn an_argument_that_the_method_does_not_have_is_refused() {
    let world = World::start().await;
    assert_eq!(outcome(&world.get("auth.test", &[("colour", "red")]).await), "invalid_arg_name");
    assert_eq!(
        outcome(&world.post("chat.postMessage", json!({"channel": "access", "txt": "x"})).await),
        "invalid_arg_name"
    );
}
