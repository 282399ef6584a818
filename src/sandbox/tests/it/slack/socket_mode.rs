//! Socket Mode: clicks without a port of one's own.

use std::time::Duration;

use accessbot_sandbox::Answer;
use accessbot_sandbox::slack::{ActError, DisconnectReason};
use serde_json::json;

use super::app::{App, End, address};
use super::client::{World, outcome};

/// What the person saw of a click that was not acknowledged.
fn unanswered(clicked: Result<(), ActError>) -> String {
    match clicked {
        Err(ActError::NotAcknowledged(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_click_tells_who_clicked_what_and_where() {
    let world = World::start().await;
    let message = world.post_button("access").await;
    let mut app = App::connect(&world).await;
    let (clicked, envelope) = tokio::join!(world.slack.click("alice", &message, "approve"), app.take());
    clicked.unwrap();
    let payload = &envelope["payload"];
    assert_eq!(payload["user"]["id"], json!(world.slack.user_id("alice").unwrap()));
    assert_eq!(payload["container"]["channel_id"], json!(world.id("access")));
    assert_eq!(payload["container"]["message_ts"], json!(message.ts));
    insta::assert_json_snapshot!(envelope, {
        ".envelope_id" => "[uuid]",
        ".payload.**.id" => "[id]",
        ".payload.**.team_id" => "[id]",
        ".payload.**.ts" => "[ts]",
        ".payload.**.action_ts" => "[ts]",
        ".payload.container.channel_id" => "[id]",
        ".payload.container.message_ts" => "[ts]",
        ".payload.api_app_id" => "[id]",
        ".payload.message.app_id" => "[id]",
        ".payload.message.bot_id" => "[id]",
        ".payload.message.user" => "[id]",
        ".payload.message.blocks" => "[blocks]",
        ".payload.message.team" => "[id]",
        ".payload.trigger_id" => "[trigger]",
        ".payload.response_url" => "[url]",
    }, @r#"
    {
      "accepts_response_payload": false,
      "envelope_id": "[uuid]",
      "payload": {
        "actions": [
          {
            "action_id": "approve",
            "action_ts": "[ts]",
            "block_id": "decide",
            "style": "primary",
            "text": {
              "text": "Approve",
              "type": "plain_text"
            },
            "type": "button",
            "value": "r1"
          }
        ],
        "api_app_id": "[id]",
        "channel": {
          "id": "[id]",
          "name": "access"
        },
        "container": {
          "channel_id": "[id]",
          "is_ephemeral": false,
          "message_ts": "[ts]",
          "type": "message"
        },
        "enterprise": null,
        "is_enterprise_install": false,
        "message": {
          "app_id": "[id]",
          "blocks": "[blocks]",
          "bot_id": "[id]",
          "team": "[id]",
          "text": "x",
          "ts": "[ts]",
          "type": "message",
          "user": "[id]"
        },
        "response_url": "[url]",
        "state": {
          "values": {}
        },
        "team": {
          "domain": "lab",
          "id": "[id]"
        },
        "token": "verification-token-of-old",
        "trigger_id": "[trigger]",
        "type": "block_actions",
        "user": {
          "id": "[id]",
          "name": "alice",
          "team_id": "[id]",
          "username": "alice"
        }
      },
      "type": "interactive"
    }
    "#);
    assert_eq!(payload["message"]["blocks"], json!(message.blocks));
    let trigger = payload["trigger_id"].as_str().unwrap();
    assert_eq!(trigger.split('.').count(), 3, "{trigger}");
    let log = world.slack.call_log();
    let call = log.iter().find(|call| call.name == "INTERACTION block_actions").unwrap();
    assert_eq!((call.caller.as_str(), call.outcome.as_str()), ("alice", "acknowledged"));
}

#[tokio::test]
async fn an_address_is_for_one_connection_of_the_app() {
    let world = World::start().await;
    let (token, app_token) = (world.slack.token(), world.slack.app_token());
    let open = async |token: &str| world.post_with(token, "apps.connections.open", json!({})).await;
    assert_eq!(outcome(&open(token).await), "not_allowed_token_type");
    assert_eq!(outcome(&world.post_with(app_token, "auth.test", json!({})).await), "not_allowed_token_type");
    world.slack.set_app_scopes(&["authorizations:read"]);
    let refused = open(app_token).await;
    assert_eq!((outcome(&refused), &refused["needed"]), ("missing_scope", &json!("connections:write")));
    world.slack.set_app_scopes(&["connections:write"]);

    let url = address(&world).await;
    assert!(url.starts_with(&format!("ws://{}/link/?ticket=", world.slack.addr())), "{url}");
    let mut app = App::dial(&url).await.unwrap();
    let hello = app.next().await.unwrap();
    assert_eq!((&hello["type"], &hello["num_connections"]), (&json!("hello"), &json!(1)));
    assert!(hello["connection_info"]["app_id"].as_str().unwrap().starts_with('A'));
    assert!(App::dial(&url).await.is_none(), "once only");
    assert!(App::dial(&format!("ws://{}/link/?ticket=guessed", world.slack.addr())).await.is_none());
    world.slack.revoke_app_token();
    assert_eq!(outcome(&open(app_token).await), "token_revoked");
    assert_eq!(world.slack.sockets().len(), 1);
    drop(app);
    world.slack.wait_until("its end", |slack| slack.sockets().is_empty()).await;
}

#[tokio::test]
async fn each_envelope_goes_to_one_connection_and_any_may_acknowledge() {
    let world = World::start().await;
    let message = world.post_button("access").await;
    let (mut one, mut other) = (App::connect(&world).await, App::connect(&world).await);
    for _ in 0..2 {
        let clicked = async { world.slack.click("alice", &message, "approve").await.unwrap() };
        tokio::join!(clicked, async { one.take().await });
        one.hears_nothing().await;
        other.hears_nothing().await;
        let clicked = async { world.slack.click("ivan", &message, "approve").await.unwrap() };
        tokio::join!(clicked, async {
            let envelope = other.next().await.unwrap();
            one.acknowledge(&envelope).await;
        });
    }
    let counts: Vec<usize> = world.slack.sockets().iter().map(|socket| socket.envelopes).collect();
    assert_eq!(counts, [2, 2]);
}

#[tokio::test]
async fn without_an_acknowledgement_within_three_seconds_the_person_sees_an_error() {
    let world = World::start().await;
    let message = world.post_button("access").await;
    assert_eq!(unanswered(world.slack.click("alice", &message, "approve").await), "nobody is connected");
    let mut app = App::connect(&world).await;
    tokio::time::pause();
    let clicked = unanswered(world.slack.click("alice", &message, "approve").await);
    assert_eq!(clicked, "no answer within 3s");
    let late = app.next().await.unwrap();
    app.acknowledge(&late).await;
    app.say(json!({"envelope_id": "unheard of"})).await;
    app.say(json!([])).await;
    app.hears_nothing().await;
    tokio::time::resume();
    let again = tokio::join!(world.slack.click("alice", &message, "approve"), app.take());
    assert!(again.0.is_ok());
}

#[tokio::test]
async fn the_server_announces_the_end_of_a_connection() {
    let world = World::start().await;
    let message = world.post_button("access").await;
    for (reason, name) in
        [(DisconnectReason::RefreshRequested, "refresh_requested"), (DisconnectReason::LinkDisabled, "link_disabled")]
    {
        let mut app = App::connect(&world).await;
        assert_eq!(world.slack.disconnect_sockets(reason), 1);
        let frame = app.next().await.unwrap();
        assert_eq!((&frame["type"], &frame["reason"]), (&json!("disconnect"), &json!(name)));
        assert_eq!(app.next().await, Err(End::Closed));
    }
    world.slack.wait_until("the end", |slack| slack.sockets().is_empty()).await;
    let mut app = App::connect(&world).await;
    let began = tokio::time::Instant::now();
    world.slack.disconnect_sockets(DisconnectReason::Warning);
    assert_eq!(app.next().await.unwrap()["reason"], "warning");
    // It still serves.
    assert!(tokio::join!(world.slack.click("alice", &message, "approve"), app.take()).0.is_ok());
    tokio::time::pause();
    assert_eq!(app.next().await, Err(End::Closed));
    assert_eq!(began.elapsed().as_secs(), 10);
}

#[tokio::test]
async fn ten_connections_are_enough() {
    let world = World::start().await;
    let mut apps = Vec::new();
    for _ in 0..10 {
        apps.push(App::connect(&world).await);
    }
    let mut one_more = App::dial(&address(&world).await).await.unwrap();
    assert_eq!(one_more.next().await.unwrap()["reason"], "too_many_websockets");
    assert_eq!(one_more.next().await, Err(End::Closed));
    world.slack.wait_until("its end", |slack| slack.sockets().len() == 10).await;
    assert_eq!(world.slack.cut_sockets(), 10);
    assert_eq!(apps[0].next().await, Err(End::Cut));
}

#[tokio::test]
async fn with_a_request_url_there_is_no_socket_mode() {
    let world = World::start().await;
    let mut app = App::connect(&world).await;
    world.slack.set_request_url(Some("http://127.0.0.1:1/"));
    assert_eq!(app.next().await.unwrap()["reason"], "link_disabled");
    let mut again = App::dial(&address(&world).await).await.unwrap();
    assert_eq!(again.next().await.unwrap()["reason"], "link_disabled");
    world.slack.set_request_url(None);
    App::connect(&world).await;
}

#[tokio::test]
async fn an_envelope_can_come_twice_or_be_lost_or_cut_off() {
    let world = World::start().await;
    let slack = &world.slack;
    let message = world.post_button("access").await;
    let mut app = App::connect(&world).await;
    slack.repeat_envelopes(1);
    let (clicked, (first, second)) =
        tokio::join!(slack.click("alice", &message, "approve"), async { (app.take().await, app.take().await) });
    clicked.unwrap();
    assert_eq!((&first["envelope_id"], &first["payload"]), (&second["envelope_id"], &second["payload"]));
    assert_eq!((first.get("retry_attempt"), &second["retry_attempt"]), (None, &json!(1)));
    app.hears_nothing().await;

    slack.faults().drop_next("INTERACTION block_actions", 1);
    assert_eq!(unanswered(slack.click("alice", &message, "approve").await), "dropped");
    app.hears_nothing().await;

    let held = slack.faults().hold("INTERACTION *");
    let late = async {
        held.caught(1).await;
        app.hears_nothing().await;
        held.release();
        app.take().await
    };
    tokio::join!(slack.click("alice", &message, "approve"), late).0.unwrap();

    slack.faults().drop_after_effect("FRAME interactive", 1);
    let cut = async {
        let envelope = app.next().await.unwrap();
        assert_eq!(app.next().await, Err(End::Cut));
        let mut app = App::connect(&world).await;
        app.acknowledge(&envelope).await;
        app
    };
    let (clicked, mut app) = tokio::join!(slack.click("alice", &message, "approve"), cut);
    clicked.unwrap();

    slack.faults().drop_next("FRAME interactive", 1);
    tokio::time::pause();
    assert_eq!(unanswered(slack.click("alice", &message, "approve").await), "no answer within 3s");
    assert_eq!(app.next().await, Err(End::Cut));
    tokio::time::resume();

    slack.faults().fail_next("link", 1, Answer::bad_gateway());
    assert!(App::dial(&address(&world).await).await.is_none());
    slack.stop().await;
    slack.start_again().unwrap();
    App::connect(&world).await;
}

#[tokio::test]
async fn only_a_button_that_the_person_sees_can_be_clicked() {
    let world = World::start().await;
    let message = world.post_button("access").await;
    world.slack.add_user("dave");
    let refusal = async |user: &str, action: &str| match world.slack.click(user, &message, action).await {
        Err(ActError::Refused(why)) => why,
        other => panic!("{other:?}"),
    };
    assert_eq!(refusal("alice", "deny").await, "no button \"deny\"");
    world.slack.set_active("bob", false).unwrap();
    assert_eq!(refusal("bob", "approve").await, "the account is deactivated");
    world.slack.add_outsider("eve");
    assert_eq!(refusal("eve", "approve").await, "not in the channel");
    assert!(matches!(world.slack.click("nobody", &message, "approve").await, Err(ActError::Unknown(_))));
    // Whoever belongs to the workspace sees public channels; and a button that was there a moment ago still works.
    let mut app = App::connect(&world).await;
    let place = json!({"channel": message.channel, "ts": message.ts, "text": "decided", "blocks": []});
    world.post("chat.update", place).await;
    let (clicked, envelope) = tokio::join!(world.slack.click("dave", &message, "approve"), app.take());
    clicked.unwrap();
    assert_eq!(envelope["payload"]["actions"][0]["value"], "r1");
    assert_eq!(envelope["payload"]["message"]["text"], "decided");
    world.slack.delete_post(&message.channel, &message.ts).unwrap();
    assert_eq!(refusal("alice", "approve").await, "the message is gone");
}

#[tokio::test]
async fn a_client_that_does_not_answer_pings_is_cut_off() {
    let world = World::start().await;
    let mut app = App::connect(&world).await;
    tokio::time::pause();
    // While somebody reads, the library answers the pings.
    let quiet = tokio::time::timeout(Duration::from_secs(300), app.next()).await;
    assert!(quiet.is_err(), "{quiet:?}");
    assert_eq!(world.slack.sockets().len(), 1);
    tokio::time::sleep(Duration::from_secs(61)).await;
    assert_eq!(world.slack.sockets(), []);
}
