//! Connections in Socket Mode, and what becomes of clicks while they come and go.

use std::sync::Arc;
use std::time::Duration;

use accessbot_core::backend::ChatErrorKind;
use accessbot_core::backend::decision::ReasonRule;
use accessbot_sandbox::slack::{DisconnectReason, SlackOptions, SlackSandbox, refusal};

use super::{World, backend};

const APPROVE: &str = "accessbot_approve";

#[tokio::test]
async fn an_envelope_that_comes_again_is_acknowledged_again_and_done_once() {
    let mut world = World::over_a_socket().await;
    let message = world.post(ReasonRule::Off).await;
    world.slack.repeat_envelopes(1);
    world.slack.click("alice", &message, APPROVE).await.unwrap();
    assert_eq!(world.is_told("alice", 1).await, ["Recorded."]);
    assert_eq!(world.script.decisions().len(), 1);

    // Over another connection of the same bot as well.
    world.listen();
    world.slack.wait_until("two connections", |slack| slack.sockets().len() == 2).await;
    world.slack.repeat_envelopes(1);
    world.slack.click("ivan", &message, APPROVE).await.unwrap();
    assert_eq!(world.is_told("ivan", 1).await, ["Recorded."]);
    let envelopes: Vec<usize> = world.slack.sockets().iter().map(|socket| socket.envelopes).collect();
    assert_eq!((envelopes.iter().sum::<usize>(), world.script.decisions().len()), (4, 2), "{envelopes:?}");
}

#[tokio::test]
async fn a_form_that_another_replica_has_opened_is_not_complained_about() {
    let world = World::over_a_socket().await;
    let message = world.post(ReasonRule::Required).await;
    world.slack.faults().fail_next("views.open", 1, refusal("exchanged_trigger_id"));
    world.slack.click("alice", &message, APPROVE).await.unwrap();
    assert_eq!(world.slack.calls("views.open"), 1);
    world.script.refuse("This button is not one of ours.");
    world.slack.click("alice", &message, APPROVE).await.unwrap();
    assert_eq!(world.is_told("alice", 1).await, ["This button is not one of ours."], "and nothing before");
}

#[tokio::test]
async fn another_connection_is_there_before_the_old_one_ends() {
    let world = World::over_a_socket().await;
    let message = world.post(ReasonRule::Off).await;
    tokio::time::pause();
    world.slack.disconnect_sockets(DisconnectReason::Warning);
    world.slack.wait_until("another connection", |slack| slack.sockets().len() == 2).await;
    tokio::time::resume();
    for user in ["alice", "ivan"] {
        world.slack.click(user, &message, APPROVE).await.unwrap();
        world.is_told(user, 1).await;
    }
    tokio::time::pause();
    let ended = |slack: &SlackSandbox| slack.sockets().iter().map(|socket| socket.number).eq([2]);
    world.slack.wait_within(Duration::from_secs(20), "the old one's end", ended).await;
    tokio::time::resume();
    world.slack.click("bob", &message, APPROVE).await.unwrap();
    assert_eq!(world.slack.calls("apps.connections.open"), 2);
}

#[tokio::test]
async fn a_connection_that_is_refreshed_or_cut_is_made_again() {
    let world = World::over_a_socket().await;
    let message = world.post(ReasonRule::Off).await;
    let only = |number| move |slack: &SlackSandbox| slack.sockets().iter().map(|s| s.number).eq([number]);
    tokio::time::pause();
    world.slack.disconnect_sockets(DisconnectReason::RefreshRequested);
    world.slack.wait_until("a second connection", only(2)).await;
    tokio::time::resume();
    world.slack.click("alice", &message, APPROVE).await.unwrap();
    world.slack.cut_sockets();
    world.slack.wait_until("a third connection", only(3)).await;
    world.slack.click("alice", &message, APPROVE).await.unwrap();
    assert_eq!(world.script.decisions().len(), 2);
}

#[tokio::test]
async fn announcements_in_a_row_are_no_reason_to_storm() {
    let world = World::over_a_socket().await;
    tokio::time::pause();
    let began = tokio::time::Instant::now();
    for number in 2..4 {
        world.slack.disconnect_sockets(DisconnectReason::RefreshRequested);
        let made = move |slack: &SlackSandbox| slack.sockets().last().is_some_and(|socket| socket.number == number);
        world.slack.wait_within(Duration::from_secs(20), "another connection", made).await;
    }
    assert!(began.elapsed() >= Duration::from_secs(9), "{:?}", began.elapsed());
}

#[tokio::test]
async fn what_ends_listening_says_what_to_do() {
    let world = World::with(&["review.app_token"]).await;
    let listen = async || world.backend.listen().await.unwrap_err();
    world.slack.revoke_app_token();
    let error = listen().await;
    assert_eq!(error.kind, ChatErrorKind::Unauthorized, "{error}");

    let world = World::with(&["review.app_token"]).await;
    let listen = async || world.backend.listen().await.unwrap_err();
    world.slack.set_app_scopes(&[]);
    let error = listen().await;
    assert_eq!(error.kind, ChatErrorKind::Unauthorized);
    insta::assert_snapshot!(error, @"listen: apps.connections.open: missing_scope (the token needs the scope connections:write)");
    world.slack.set_app_scopes(&["connections:write"]);
    world.slack.faults().fail_next("apps.connections.open", 1, refusal("internal_error"));
    assert_eq!(listen().await.kind, ChatErrorKind::Transient);
    world.slack.faults().fail_next("link", 1, accessbot_sandbox::Answer::bad_gateway());
    insta::assert_snapshot!(listen().await, @"listen: cannot connect in Socket Mode: the answer is 502, not a websocket");

    let mut listening = tokio::spawn({
        let backend = Arc::clone(&world.backend);
        async move { backend.listen().await }
    });
    world.slack.wait_until("a connection", |slack| slack.sockets().len() == 1).await;
    world.slack.disconnect_sockets(DisconnectReason::TooManyWebsockets);
    let error = (&mut listening).await.unwrap().unwrap_err();
    assert_eq!(error.kind, ChatErrorKind::Transient);
    insta::assert_snapshot!(error, @"listen: the Slack app has more than ten connections in Socket Mode; do too many bots use its token?");
    world.slack.set_request_url(Some("http://127.0.0.1:1/"));
    let error = listen().await;
    assert_eq!(error.kind, ChatErrorKind::Unauthorized);
    insta::assert_snapshot!(error, @"listen: Socket Mode is switched off for the Slack app; switch it on in the app's settings, or set `review.signing_secret` instead of `review.app_token`");
}

#[tokio::test]
async fn the_token_of_another_app_is_told_from_ours() {
    let world = World::with(&["review.app_token"]).await;
    let other = SlackSandbox::start(SlackOptions::default()).await.unwrap();
    // Slack says which app it greets; here one that the bot's token does not belong to.
    let me = serde_json::json!({"ok": true, "user_id": "U0BOT0000", "bot_id": "B0BOT0000", "app_id": "A0OTHER00"});
    let answer = accessbot_sandbox::Answer::new(200, "application/json", me.to_string());
    other.faults().fail_next("auth.test", 1, answer);
    let listening = backend(&other, &world.script, &["review.app_token"], true);
    let listened = tokio::time::timeout(Duration::from_secs(10), listening.listen()).await;
    let error = listened.expect("it does not listen").unwrap_err();
    assert_eq!(error.kind, ChatErrorKind::Unauthorized);
    assert!(error.to_string().contains("belongs to another Slack app"), "{error}");
}

#[tokio::test]
async fn a_connection_over_which_nothing_is_heard_is_dead() {
    let world = World::with(&["review.app_token"]).await;
    let listening = tokio::spawn({
        let backend = Arc::clone(&world.backend);
        async move { backend.listen().await }
    });
    world.slack.wait_until("a connection", |slack| slack.sockets().len() == 1).await;
    world.slack.freeze();
    tokio::time::pause();
    let error = listening.await.unwrap().unwrap_err();
    assert_eq!(error.kind, ChatErrorKind::Transient);
    assert!(error.to_string().contains("30 seconds"), "{error}");
}

#[tokio::test]
async fn whoever_stops_listening_leaves_no_connection() {
    let mut world = World::over_a_socket().await;
    world.ears.shutdown().await;
    world.slack.wait_until("the end", |slack| slack.sockets().is_empty()).await;
}

#[tokio::test]
async fn no_error_shows_a_token_or_an_address_of_a_connection() {
    let world = World::with(&["review.app_token"]).await;
    let mut texts = Vec::new();
    for pattern in ["apps.connections.open", "link"] {
        world.slack.faults().drop_next(pattern, 1);
        texts.push(world.backend.listen().await.unwrap_err().to_string());
    }
    for text in texts {
        assert!(!text.contains("xapp") && !text.contains("ticket") && !text.contains("127.0.0.1"), "{text}");
    }
}

#[tokio::test]
async fn a_connection_that_does_not_come_about_is_tried_again_while_the_old_one_stands() {
    let world = World::over_a_socket().await;
    world.slack.faults().fail_next("apps.connections.open", 1, refusal("internal_error"));
    tokio::time::pause();
    world.slack.disconnect_sockets(DisconnectReason::Warning);
    world.slack.wait_within(Duration::from_secs(20), "both", |slack| slack.sockets().len() == 2).await;
}

#[tokio::test]
async fn a_quiet_connection_stands_as_long_as_slack_is_heard() {
    let world = World::over_a_socket().await;
    let message = world.post(ReasonRule::Off).await;
    tokio::time::pause();
    tokio::time::sleep(Duration::from_secs(150)).await;
    tokio::time::resume();
    world.slack.click("alice", &message, APPROVE).await.unwrap();
    assert_eq!(world.slack.sockets().iter().map(|socket| socket.number).collect::<Vec<_>>(), [1]);
}
