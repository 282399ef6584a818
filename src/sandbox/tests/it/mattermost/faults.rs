//! Everything that can go wrong on the way.

use std::time::Duration;

use accessbot_sandbox::Answer;
use accessbot_sandbox::mattermost::RateLimit;
use reqwest::Method;
use serde_json::json;

use super::client::World;

#[tokio::test]
async fn planned_faults_come_before_or_after_the_effect() {
    let world = World::start().await;
    let faults = world.server.faults();
    let body = json!({"channel_id": world.server.channel_id("access").unwrap(), "message": "m"});
    let send = || world.send(Method::POST, "/posts", Some(body.clone()));
    let count = || world.server.post_count("access");

    faults.fail_next("POST /posts", 2, Answer::bad_gateway());
    faults.fail_next("POST /posts", 1, Answer::rate_limited(7));
    assert_eq!(send().await.unwrap().status(), 502);
    assert_eq!(send().await.unwrap().status(), 502);
    let limited = send().await.unwrap();
    assert_eq!((limited.status().as_u16(), limited.headers()["retry-after"].to_str().unwrap()), (429, "7"));
    assert_eq!(limited.text().await.unwrap(), "limit exceeded\n");
    assert_eq!(count(), 0);

    faults.fail_after_effect("POST /posts", 1, Answer::internal_error());
    assert_eq!(send().await.unwrap().status(), 500);
    assert_eq!(count(), 1);

    faults.drop_next("POST /posts", 1);
    assert!(send().await.is_err());
    assert_eq!(count(), 1);
    faults.drop_after_effect("POST /posts", 1);
    assert!(send().await.is_err());
    assert_eq!(count(), 2);

    faults.garble_next("*", 1);
    assert!(send().await.unwrap().json::<serde_json::Value>().await.is_err());

    assert_eq!(send().await.unwrap().status(), 201);
    assert_eq!((count(), world.server.calls("POST /posts"), world.server.calls("GET *")), (3, 8, 0));
    let log: Vec<String> = world.server.call_log().into_iter().map(|call| call.outcome).collect();
    assert_eq!(log, ["502", "502", "429", "500", "dropped", "dropped", "200", "201"]);
}

#[tokio::test]
async fn a_frozen_server_carries_out_what_it_got_although_the_client_has_gone() {
    let world = World::start().await;
    let body = json!({"channel_id": world.server.channel_id("access").unwrap(), "message": "late"});
    world.server.freeze();
    let sent = tokio::time::timeout(Duration::from_millis(100), world.send(Method::POST, "/posts", Some(body))).await;
    assert!(sent.is_err(), "no answer");
    assert_eq!(world.server.post_count("access"), 0);
    world.server.thaw();
    world.server.wait_until("the post", |server| server.post_count("access") == 1).await;
}

#[tokio::test]
async fn a_stopped_server_refuses_and_keeps_what_it_knows() {
    let world = World::start().await;
    world.written(json!({"message": "kept"})).await;
    let addr = world.server.addr();
    world.server.stop().await;
    let error = world.send(Method::GET, "/users/me", None).await.unwrap_err();
    assert!(error.is_connect(), "{error:?}");
    world.server.stop().await;
    world.server.start_again().unwrap();
    world.server.start_again().unwrap();
    assert_eq!(world.server.addr(), addr);
    assert_eq!(world.get("/users/me").await.0, 200);
    assert_eq!(world.server.posts("access")[0].message, "kept");
}

#[tokio::test]
async fn a_slow_answer_and_a_late_one() {
    let world = World::start().await;
    let body = json!({"channel_id": world.server.channel_id("access").unwrap(), "message": "m"});
    world.server.faults().delay_after_effect("POST /posts", 1, Duration::from_secs(600));
    let sent =
        tokio::time::timeout(Duration::from_millis(300), world.send(Method::POST, "/posts", Some(body.clone()))).await;
    assert!(sent.is_err());
    assert_eq!(world.server.post_count("access"), 1, "took effect at once");
    world.server.faults().delay("GET *", Duration::from_millis(50));
    let began = tokio::time::Instant::now();
    assert_eq!(world.get("/users/me").await.0, 200);
    assert!(began.elapsed() >= Duration::from_millis(50));
}

#[tokio::test]
async fn the_rate_limit_tells_when_to_come_again() {
    let world = World::start().await;
    world.server.set_rate_limit(Some(RateLimit { per_second: 1, burst: 2 }));
    for _ in 0..3 {
        let response = world.send(Method::GET, "/users/me", None).await.unwrap();
        assert_eq!((response.status().as_u16(), response.headers()["X-Ratelimit-Limit"].to_str().unwrap()), (200, "3"));
    }
    let response = world.send(Method::GET, "/users/me", None).await.unwrap();
    assert_eq!((response.status().as_u16(), response.headers()["Retry-After"].to_str().unwrap()), (429, "1"));
    assert_eq!(response.headers()["content-type"], "text/plain; charset=utf-8");
    world.server.set_rate_limit(None);
    assert_eq!(world.get("/users/me").await.0, 200);
}

#[tokio::test]
#[should_panic(expected = "in vain for: a post that nobody writes")]
async fn waiting_in_vain_shows_what_there_is() {
    let world = World::start().await;
    let waiting = world
        .server
        .wait_within(Duration::from_millis(20), "a post that nobody writes", |s| s.post_count("access") > 0);
    waiting.await;
}
