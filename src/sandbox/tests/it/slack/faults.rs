//! Everything that can go wrong on the way.

use std::time::Duration;

use accessbot_sandbox::slack::{RateLimits, rate_limited, refusal};
use serde_json::json;

use super::client::{World, outcome};

#[tokio::test]
async fn planned_faults_come_before_or_after_the_effect() {
    let world = World::start().await;
    let faults = world.slack.faults();
    let body = json!({"channel": "access", "text": "m"});
    let send = || world.send("chat.postMessage", &body);
    let count = || world.slack.post_count("access");
    faults.fail_next("chat.*", 1, refusal("fatal_error"));
    assert_eq!(outcome(&send().await.unwrap().json().await.unwrap()), "fatal_error");
    faults.fail_next("chat.postMessage", 1, rate_limited(7));
    let limited = send().await.unwrap();
    assert_eq!((limited.status().as_u16(), limited.headers()["retry-after"].to_str().unwrap()), (429, "7"));
    assert_eq!(count(), 0);
    faults.drop_after_effect("chat.postMessage", 1);
    assert!(send().await.is_err());
    assert_eq!(count(), 1);
    faults.drop_next("chat.postMessage", 1);
    assert!(send().await.is_err());
    assert_eq!((count(), world.slack.calls("chat.postMessage")), (1, 4));
    let log: Vec<String> = world.slack.call_log().into_iter().map(|call| call.outcome).collect();
    assert_eq!(log, ["200", "429", "dropped", "dropped"]);
}

#[tokio::test]
async fn a_frozen_server_carries_out_what_it_got_although_the_client_has_gone() {
    let world = World::start().await;
    let body = json!({"channel": "access", "text": "late"});
    world.slack.freeze();
    let sent = tokio::time::timeout(Duration::from_millis(100), world.send("chat.postMessage", &body)).await;
    assert!(sent.is_err(), "no answer");
    world.slack.thaw();
    world.slack.wait_until("the message", |slack| slack.post_count("access") == 1).await;
}

#[tokio::test]
async fn limits_hold_for_each_channel_and_each_method() {
    let world = World::start().await;
    world.slack.set_rate_limits(RateLimits { messages_a_second: Some(1), tiers: true });
    let post = async |channel: &str| {
        world.send("chat.postMessage", &json!({"channel": channel, "text": "x"})).await.unwrap().status().as_u16()
    };
    assert_eq!((post("access").await, post("access").await, post("general").await), (200, 429, 200));
    let mut answers = Vec::new();
    for _ in 0..21 {
        answers.push(world.send("conversations.list", &json!({})).await.unwrap());
    }
    let last = answers.pop().unwrap();
    assert!(answers.iter().all(|answer| answer.status() == 200));
    assert_eq!(last.status(), 429);
    assert!(last.headers()["retry-after"].to_str().unwrap().parse::<u64>().unwrap() > 50);
    assert_eq!(world.send("auth.test", &json!({})).await.unwrap().status(), 200, "other methods are not concerned");
}
