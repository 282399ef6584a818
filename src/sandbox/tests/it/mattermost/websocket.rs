//! What a client hears, and what it does not.

use std::time::Duration;

use accessbot_sandbox::Answer;
use accessbot_sandbox::mattermost::ChannelKind;
use reqwest::Method;
use serde_json::json;

use super::client::World;
use super::listener::{End, Listener};

#[tokio::test]
async fn every_connection_begins_with_hello() {
    let world = World::start().await;
    let token = format!("bearer {}", world.server.token());
    let mut bot = Listener::dial(&world.server, &[("authorization", &token)]).await.unwrap();
    let id = world.server.user_id("teleport").unwrap();
    insta::assert_json_snapshot!(bot.next().await.unwrap(), { ".broadcast.user_id" => "[id]" }, @r#"
    {
      "broadcast": {
        "channel_id": "",
        "omit_users": null,
        "team_id": "",
        "user_id": "[id]"
      },
      "data": {
        "connection_id": "",
        "server_version": "5.36.2.5.36.2.0123456789abcdef0123456789abcdef.false"
      },
      "event": "hello",
      "seq": 0
    }
    "#);
    let online = bot.next().await.unwrap();
    assert_eq!((&online["event"], &online["seq"]), (&json!("status_change"), &json!(1)));
    assert_eq!(online["data"], json!({"status": "online", "user_id": id}));
    assert_eq!(world.server.sockets()[0].user, "teleport");
    // The second one of the same user is no news.
    let mut again = Listener::dial(&world.server, &[("authorization", &token)]).await.unwrap();
    assert_eq!(again.next().await.unwrap()["seq"], 0);
    again.hears_nothing().await;
    bot.hears_nothing().await;
    assert_eq!(world.server.sockets().len(), 2);
    drop(again);
    world.server.wait_until("the end of one", |server| server.sockets().len() == 1).await;
}

#[tokio::test]
async fn the_token_may_come_in_the_first_frame() {
    let world = World::start().await;
    let mut bot = Listener::dial(&world.server, &[]).await.unwrap();
    bot.ask(json!({"seq": 1, "action": "ping"})).await;
    bot.ask(json!({"seq": 2, "action": "authentication_challenge", "data": {"token": world.server.token()}})).await;
    assert_eq!(bot.next().await.unwrap()["event"], "hello");
    assert_eq!(bot.next().await.unwrap(), json!({"status": "OK", "seq_reply": 2}));
    assert_eq!(bot.next().await.unwrap()["event"], "status_change");
    bot.hears_nothing().await;

    for data in [json!({"token": "wrong"}), json!({})] {
        let mut stranger = Listener::dial(&world.server, &[]).await.unwrap();
        stranger.ask(json!({"seq": 1, "action": "authentication_challenge", "data": data})).await;
        assert_eq!(stranger.next().await, Err(End::Cut));
    }
}

#[tokio::test]
async fn whoever_does_not_say_who_it_is_is_cut_off_after_five_seconds() {
    let world = World::start().await;
    // A wrong token in the header is as good as none.
    let mut stranger = Listener::dial(&world.server, &[("authorization", "Bearer wrong")]).await.unwrap();
    tokio::time::pause();
    let began = tokio::time::Instant::now();
    assert_eq!(stranger.next().await, Err(End::Cut));
    assert_eq!(began.elapsed().as_secs(), 5);
    assert_eq!(world.server.sockets(), []);
}

#[tokio::test]
async fn a_page_of_another_site_is_refused() {
    let world = World::start().await;
    let own = world.server.url();
    for (origin, expected) in [("http://evil.example", false), (own.as_str(), true)] {
        assert_eq!(Listener::dial(&world.server, &[("origin", origin)]).await.is_some(), expected, "{origin}");
    }
    let response = world.send(Method::GET, "/websocket", None).await.unwrap();
    assert_eq!(response.status(), 400);
    let text = response.text().await.unwrap();
    assert!(text.starts_with("Bad Request\n{"), "{text}");
    assert!(text.contains("api.web_socket.connect.upgrade.app_error"), "{text}");
}

#[tokio::test]
async fn what_a_client_may_ask() {
    let world = World::start().await;
    let mut bot = Listener::of(&world.server, "teleport").await;
    let id = world.server.user_id("teleport").unwrap();
    let fail = |id: &str, message: &str, status: u16| {
        let error = json!({"id": id, "message": message, "detailed_error": "", "status_code": status});
        json!({"status": "FAIL", "error": error})
    };
    let with_seq = |mut answer: serde_json::Value, seq: u8| {
        answer["seq_reply"] = json!(seq);
        answer
    };
    let bad_seq = fail("api.web_socket_router.bad_seq.app_error", "Invalid sequence for WebSocket message.", 400);
    let no_action = fail("api.web_socket_router.no_action.app_error", "No websocket action.", 400);
    let bad_action = fail("api.web_socket_router.bad_action.app_error", "Unknown WebSocket action.", 500);
    for (request, expected) in [
        (json!({"seq": 0, "action": "ping"}), bad_seq),
        (json!({"seq": 3}), with_seq(no_action, 3)),
        (json!({"seq": 4, "action": "nonsense"}), with_seq(bad_action, 4)),
        (json!({"seq": 5, "action": "get_statuses"}), json!({"status": "OK", "seq_reply": 5, "data": {id: "online"}})),
        (json!({"seq": 6, "action": "user_typing", "data": {}}), json!({"status": "OK", "seq_reply": 6})),
    ] {
        bot.ask(request).await;
        assert_eq!(bot.next().await.unwrap(), expected);
    }
    bot.ask(json!({"seq": 7, "action": "ping"})).await;
    let pong = bot.next().await.unwrap();
    assert_eq!((&pong["data"]["text"], &pong["data"]["version"]), (&json!("pong"), &json!("5.36.2")));

    for (said, end) in [
        ("rubbish".to_owned(), End::Cut),
        ("[1]".to_owned(), End::Cut),
        (format!("{{\"seq\":1,\"x\":\"{}\"}}", "x".repeat(8192)), End::Closed(1009)),
    ] {
        let mut alice = Listener::of(&world.server, "alice").await;
        alice.say(said).await;
        assert_eq!(alice.next().await, Err(end));
        world.server.wait_until("the end", |server| server.sockets().len() == 1).await;
    }
}

#[tokio::test]
async fn a_post_is_told_to_the_members_with_the_post_as_json_within_json() {
    let world = World::start().await;
    let server = &world.server;
    server.add_channel("secret", "Secret", ChannelKind::Private).unwrap();
    let mut bot = Listener::of(server, "teleport").await;
    let mut alice = Listener::of(server, "alice").await;
    server.post_as("bob", "secret", "not for you").unwrap();
    let id = server.post_as("bob", "access", "hello @alice").unwrap();
    let event = bot.next().await.unwrap();
    assert_eq!(event["seq"], 2);
    insta::assert_json_snapshot!(event, {
        ".broadcast.channel_id" => "[id]", ".data.team_id" => "[id]", ".data.post" => "[post]", ".data.mentions" => "[ids]",
    }, @r#"
    {
      "broadcast": {
        "channel_id": "[id]",
        "omit_users": null,
        "team_id": "",
        "user_id": ""
      },
      "data": {
        "channel_display_name": "Access",
        "channel_name": "access",
        "channel_type": "O",
        "mentions": "[ids]",
        "post": "[post]",
        "sender_name": "@bob",
        "set_online": true,
        "team_id": "[id]"
      },
      "event": "posted",
      "seq": 2
    }
    "#);
    let told = alice.event("posted").await;
    assert_eq!((&told["post"]["id"], &told["post"]["message"]), (&json!(id), &json!("hello @alice")));
    assert_eq!(told["mentions"], json!([server.user_id("alice").unwrap()]));

    let reply = server.reply("alice", &id, "yes?").await.unwrap();
    assert_eq!(bot.event("posted").await["post"]["root_id"], json!(id));
    server.edit("alice", &reply, "yes!").await.unwrap();
    let edited = bot.event("post_edited").await;
    assert_eq!((&edited["post"]["message"], &edited["post"]["id"]), (&json!("yes!"), &json!(reply)));
    // Deleting a thread tells of its root, as it was.
    server.delete_post(&id).unwrap();
    let deleted = bot.event("post_deleted").await;
    assert_eq!((&deleted["post"]["message"], &deleted["post"]["delete_at"]), (&json!("hello @alice"), &json!(0)));
    bot.hears_nothing().await;
}

#[tokio::test]
async fn direct_messages_are_for_two_and_always_notify() {
    let world = World::start().await;
    let mut alice = Listener::of(&world.server, "alice").await;
    let mut bob = Listener::of(&world.server, "bob").await;
    let channel = world.server.channel_id("@alice").unwrap();
    let body = json!({"channel_id": channel, "message": "for you", "props": {"attachments": [{"text": "t", "actions": [
        {"id": "a", "name": "A", "integration": {"url": "http://x/", "context": {"key": "s3cret"}}}]}]}});
    world.post("/posts", body).await;
    let told = alice.event("posted").await;
    assert_eq!((&told["channel_display_name"], &told["team_id"]), (&json!("@teleport"), &json!("")));
    assert_eq!(told["mentions"], json!([world.server.user_id("alice").unwrap()]));
    assert_eq!(told["post"]["props"]["attachments"][0]["actions"], json!([{"id": "a", "name": "A"}]));
    assert!(!told.to_string().contains("s3cret"));
    bob.hears_nothing().await;
}

#[tokio::test]
async fn members_come_and_go() {
    let world = World::start().await;
    let server = &world.server;
    let (ivan, access) = (server.user_id("ivan").unwrap(), server.channel_id("access").unwrap());
    let mut bot = Listener::of(server, "teleport").await;
    let mut gone = Listener::of(server, "ivan").await;
    server.remove_member("access", "ivan").unwrap();
    assert_eq!(bot.event("user_removed").await["user_id"], json!(ivan));
    assert_eq!(bot.event("posted").await["sender_name"], "System");
    assert_eq!(gone.event("user_removed").await["channel_id"], json!(access));
    server.post_as("bob", "access", "he is gone").unwrap();
    gone.hears_nothing().await;
    bot.event("posted").await;
    server.add_member("access", "ivan").unwrap();
    assert_eq!(bot.event("user_added").await["user_id"], json!(ivan));
    assert_eq!(gone.event("user_added").await["user_id"], json!(ivan));
}

#[tokio::test]
async fn what_happens_while_nobody_listens_is_lost() {
    let world = World::start().await;
    let mut bot = Listener::of(&world.server, "teleport").await;
    world.server.post_as("bob", "access", "one").unwrap();
    assert_eq!(bot.event("posted").await["post"]["message"], "one");
    assert_eq!(world.server.cut_sockets("teleport").unwrap(), 1);
    assert_eq!(bot.next().await, Err(End::Cut));
    world.server.post_as("bob", "access", "two").unwrap();
    let mut bot = Listener::of(&world.server, "teleport").await;
    world.server.post_as("bob", "access", "three").unwrap();
    assert_eq!(bot.event("posted").await["post"]["message"], "three");

    world.server.stop().await;
    assert_eq!(bot.next().await, Err(End::Cut));
    assert_eq!(world.server.sockets(), []);
    assert!(Listener::dial(&world.server, &[]).await.is_none());
    world.server.start_again().unwrap();
    Listener::of(&world.server, "teleport").await.hears_nothing().await;
}

#[tokio::test]
async fn with_a_revoked_token_a_connection_stays_and_is_dumb() {
    let world = World::start().await;
    let mut bot = Listener::of(&world.server, "teleport").await;
    world.server.revoke_token();
    world.server.post_as("bob", "access", "unheard").unwrap();
    // Nothing came before this: only who asks finds out.
    bot.ask(json!({"seq": 1, "action": "ping"})).await;
    let refused = bot.next().await.unwrap();
    assert_eq!((&refused["status"], &refused["seq_reply"]), (&json!("FAIL"), &json!(1)));
    assert_eq!(refused["error"]["id"], "api.web_socket_router.not_authenticated.app_error");
    assert!(world.server.sockets()[0].mute);
    world.server.restore_token();
    // A bot that is disabled, though, goes on listening.
    let mut bot =
        Listener::dial(&world.server, &[("authorization", &format!("Bearer {}", world.server.token()))]).await.unwrap();
    bot.event("hello").await;
    world.server.set_active("teleport", false).unwrap();
    assert_eq!(bot.event("status_change").await["status"], "offline");
    world.server.post_as("bob", "access", "heard").unwrap();
    assert_eq!(bot.event("posted").await["post"]["message"], "heard");
}

#[tokio::test]
async fn planned_faults_hit_events_as_well() {
    let world = World::start().await;
    let server = &world.server;
    let mut bot = Listener::of(server, "teleport").await;
    let say = |text| server.post_as("bob", "access", text).unwrap();

    // A lost event leaves a gap.
    server.faults().fail_next("EVENT posted", 1, Answer::internal_error());
    say("lost");
    say("next");
    let event = bot.next().await.unwrap();
    assert_eq!(event["seq"], 3);

    let held = server.faults().hold("EVENT posted");
    say("late");
    held.caught(1).await;
    held.release();
    assert_eq!(bot.event("posted").await["post"]["message"], "late");

    server.freeze();
    say("frozen");
    assert!(tokio::time::timeout(Duration::from_millis(100), bot.next()).await.is_err());
    server.thaw();
    assert_eq!(bot.event("posted").await["post"]["message"], "frozen");

    server.faults().drop_after_effect("EVENT posted", 1);
    say("last words");
    assert_eq!(bot.event("posted").await["post"]["message"], "last words");
    assert_eq!(bot.next().await, Err(End::Cut));

    let mut bot = Listener::of(server, "teleport").await;
    server.faults().drop_next("EVENT *", 1);
    say("unsaid");
    assert_eq!(bot.next().await, Err(End::Cut));

    server.faults().fail_next("GET /websocket", 1, Answer::bad_gateway());
    assert!(Listener::dial(server, &[]).await.is_none());
}

#[tokio::test]
async fn whoever_does_not_read_is_cut_off() {
    let world = World::start().await;
    let mut bot = Listener::of(&world.server, "teleport").await;
    world.server.freeze();
    for _ in 0..300 {
        world.server.post_as("bob", "access", "flood").unwrap();
    }
    assert_eq!(world.server.sockets(), []);
    world.server.thaw();
    let mut read = 0;
    while bot.next().await.is_ok() {
        read += 1;
    }
    assert!((256..300).contains(&read), "{read}");
}

#[tokio::test]
async fn a_client_that_does_not_answer_pings_is_cut_off() {
    let world = World::start().await;
    let mut bot = Listener::of(&world.server, "teleport").await;
    tokio::time::pause();
    // While somebody reads, the library answers the pings.
    let quiet = tokio::time::timeout(Duration::from_secs(300), bot.next()).await;
    assert!(quiet.is_err(), "{quiet:?}");
    assert_eq!(world.server.sockets().len(), 1);
    // Nobody reads, nobody answers.
    tokio::time::sleep(Duration::from_secs(101)).await;
    assert_eq!(world.server.sockets(), []);
}
