//! What the engine hears when something goes wrong.

use std::sync::Arc;
use std::time::Duration;

use accessbot_core::backend::{CardState, ChatErrorKind, Outgoing, Unreachable};
use accessbot_sandbox::Answer;
use accessbot_sandbox::slack::{RateLimits, rate_limited, refusal};
use tokio::time::Instant;

use crate::{World, card, marker};

#[tokio::test]
async fn every_trouble_has_its_class() {
    let world = World::new().await;
    let (one, pending) = (marker("one"), card(CardState::Pending));
    let message = Outgoing { request: &world.request, marker: &one, content: &pending, root: None };
    let faults = world.slack.faults();
    let post = async || world.backend.post(&world.channel("access"), &message).await.unwrap_err();
    let slow = ChatErrorKind::RateLimited(Some(Duration::from_secs(7)));
    for (answer, kind, maybe_done) in [
        (refusal("internal_error"), ChatErrorKind::Transient, true),
        (refusal("fatal_error"), ChatErrorKind::Transient, true),
        (refusal("service_unavailable"), ChatErrorKind::Transient, false),
        (refusal("token_revoked"), ChatErrorKind::Unauthorized, false),
        (refusal("restricted_action"), ChatErrorKind::Hopeless(Unreachable::Forbidden), false),
        (Answer::bad_gateway(), ChatErrorKind::Transient, true),
        (Answer::new(200, "text/html", "<html>"), ChatErrorKind::Transient, true),
        (Answer::new(302, "text/html", ""), ChatErrorKind::Transient, false),
        (rate_limited(7), slow, false),
    ] {
        faults.fail_next("chat.postMessage", 1, answer.clone());
        let error = post().await;
        assert_eq!((error.kind, error.maybe_done), (kind, maybe_done), "{answer:?}");
    }
    // The last answer asked for a pause: nobody calls before it is over.
    let calls = world.slack.calls("chat.postMessage");
    assert!(matches!(post().await.kind, ChatErrorKind::RateLimited(Some(left)) if left > Duration::from_secs(5)));
    assert_eq!(world.slack.calls("chat.postMessage"), calls);
    assert!(world.backend.probe().await.is_ok(), "other methods are not concerned");
    assert_eq!(world.slack.post_count("access"), 0);
}

#[tokio::test]
async fn a_lost_answer_may_have_been_carried_out_and_a_closed_port_has_not() {
    let world = World::new().await;
    let (one, pending) = (marker("one"), card(CardState::Pending));
    let message = Outgoing { request: &world.request, marker: &one, content: &pending, root: None };
    let post = async || world.backend.post(&world.channel("access"), &message).await.unwrap_err();
    world.slack.faults().drop_after_effect("chat.postMessage", 1);
    assert!(post().await.maybe_done);
    assert_eq!(world.slack.post_count("access"), 1);
    world.slack.stop().await;
    let error = post().await;
    assert_eq!((error.kind, error.maybe_done), (ChatErrorKind::Transient, false));
}

#[tokio::test]
async fn a_token_that_is_refused_stops_everything() {
    let world = World::new().await;
    world.slack.revoke_token();
    assert_eq!(world.backend.probe().await.unwrap_err().kind, ChatErrorKind::Unauthorized);
    world.slack.restore_token();
    assert!(world.backend.probe().await.is_ok());
    world.slack.set_active("teleport", false).unwrap();
    assert_eq!(world.backend.probe().await.unwrap_err().kind, ChatErrorKind::Unauthorized);
}

#[tokio::test]
async fn a_channel_gets_a_message_a_second_and_others_do_not_wait() {
    let world = Arc::new(World::new().await);
    world.slack.set_rate_limits(RateLimits { messages_a_second: Some(1), tiers: true });
    let start = Instant::now();
    let post = |place: &'static str, name: &'static str| {
        let world = Arc::clone(&world);
        tokio::spawn(async move {
            let (marker, pending) = (marker(name), card(CardState::Pending));
            let message = Outgoing { request: &world.request, marker: &marker, content: &pending, root: None };
            world.backend.post(&world.channel(place), &message).await
        })
    };
    let crowd = ["a", "b", "c", "d", "e"].map(|name| post("access", name));
    post("general", "x").await.unwrap().unwrap();
    let other = start.elapsed();
    assert!(other < Duration::from_millis(900), "{other:?}");
    let mut late = Vec::new();
    for one in crowd {
        late.extend(one.await.unwrap().err());
    }
    // Those do not wait here, where they would keep others from their work.
    assert_eq!(late.len(), 2);
    assert!(late.iter().all(|error| matches!(error.kind, ChatErrorKind::RateLimited(Some(_)))), "{late:?}");
    assert_eq!(world.slack.calls("chat.postMessage"), 4);
    assert_eq!(world.slack.post_count("access"), 3, "none was refused by Slack");
}

#[tokio::test]
async fn no_error_shows_the_token() {
    let world = World::new().await;
    world.slack.stop().await;
    let error = world.backend.probe().await.unwrap_err().to_string();
    assert!(!error.contains("xoxb"), "{error}");
    assert!(error.contains("auth.test"), "{error}");
}
