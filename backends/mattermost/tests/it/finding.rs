//! Finding our own posts again.

use accessbot_core::backend::{CardState, MessageRef, Outgoing, Sought};
use accessbot_core::clock::Timestamp;
use serde_json::{Value, json};

use crate::fake::{ACCESS, ALICE, Answer, Fake};
use crate::{card, channel, marker, note, request};

fn mark(marker: &str, kind: &str) -> Value {
    json!({"accessbot": {"v": 1, "req": request().as_str(), "marker": marker, "kind": kind}})
}

fn ids(found: &[MessageRef]) -> Vec<&str> {
    found.iter().map(|message| message.message.as_str()).collect()
}

async fn find(fake: &Fake, marker: Option<&str>, since: i64) -> Vec<String> {
    let (conversation, request, marker) = (channel(ACCESS), request(), marker.map(crate::marker));
    let sought = Sought {
        conversation: &conversation,
        request: &request,
        marker: marker.as_ref(),
        root: None,
        since: Timestamp::from_millis(since),
    };
    ids(&fake.backend().find(&sought).await.unwrap()).into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn what_was_posted_is_found_by_its_marker_and_nothing_else_is() {
    let fake = Fake::start().await;
    let (backend, request, mine) = (fake.backend(), request(), marker("mine"));
    let content = card(&request, CardState::Pending, "why");
    let outgoing = Outgoing { request: &request, marker: &mine, content: &content, root: None };
    let posted = backend.post(&channel(ACCESS), &outgoing).await.unwrap();
    let again = backend.post(&channel(ACCESS), &outgoing).await.unwrap();
    for parts in [
        json!({"user_id": ALICE, "props": mark("mine", "card")}),
        json!({"props": mark("other", "card")}),
        json!({"root_id": posted.message, "props": mark("mine", "note")}),
        json!({"delete_at": 7, "props": mark("mine", "card")}),
        json!({"message": format!("**Request ID**: {request}")}),
        // What others may do to their posts does not spoil ours.
        json!({"user_id": ALICE, "props": {"accessbot": [], "attachments": 3}, "message": null, "create_at": 1}),
    ] {
        fake.put(&parts);
    }
    assert_eq!(find(&fake, Some("mine"), 0).await, [posted.message, again.message]);
}

#[tokio::test]
async fn without_a_marker_every_announcement_is_found_the_go_plugins_too() {
    let fake = Fake::start().await;
    let request = request();
    let ours = fake.put(&json!({"props": mark("one", "card")}));
    fake.put(&json!({"props": mark("two", "note")}));
    fake.put(&json!({"props": mark("three", "requester")}));
    let go =
        fake.put(&json!({"message": format!("*You have new pending request to review!*\n**Request ID**: {request}")}));
    fake.put(&json!({"message": format!("**Request ID**: other\n**Reason**: {request}")}));
    fake.put(&json!({"message": format!("**Request ID**: {request}"), "root_id": ours}));
    fake.put(&json!({"message": format!("**Request ID**: {request}"), "user_id": ALICE}));
    assert_eq!(find(&fake, None, 0).await, [ours, go]);
}

#[tokio::test]
async fn the_search_goes_back_as_far_as_it_must_and_no_further() {
    let fake = Fake::start().await;
    // Three in a millisecond, so that a page's edge falls among them.
    let noise = |n: i64| json!({"user_id": ALICE, "create_at": 1000 + n / 3});
    let mine = |n: i64| json!({"props": mark("mine", "card"), "create_at": 1000 + n / 3});
    let posts: Vec<String> = (0..900).map(|n| fake.put(&if n % 99 == 0 { mine(n) } else { noise(n) })).collect();
    let expected: Vec<String> = posts.iter().step_by(99).cloned().collect();
    assert_eq!(find(&fake, Some("mine"), 0).await, expected);
    let asked = fake.seen().len();
    assert!((5..=6).contains(&asked), "{asked} pages");
    assert_eq!(find(&fake, Some("mine"), 1000 + 800 / 3).await, expected[9..]);
    assert_eq!(fake.seen().len(), asked + 1);
}

#[tokio::test]
async fn pages_that_are_too_large_are_asked_for_in_smaller_ones() {
    let fake = Fake::start().await;
    let mine = fake.put(&json!({"props": mark("mine", "card")}));
    for _ in 0..150 {
        fake.put(&json!({"user_id": ALICE, "message": "x".repeat(16_000)}));
    }
    assert_eq!(find(&fake, Some("mine"), 0).await, [mine]);
}

#[tokio::test]
async fn a_reply_is_found_in_its_thread_only() {
    let fake = Fake::start().await;
    let (backend, request, mine) = (fake.backend(), request(), marker("mine"));
    let root = fake.put(&json!({"props": mark("root", "card")}));
    let root = MessageRef { conversation: ACCESS.to_owned(), message: root };
    let content = note("go");
    let outgoing = Outgoing { request: &request, marker: &mine, content: &content, root: Some(&root) };
    let reply = backend.post(&channel(ACCESS), &outgoing).await.unwrap();
    fake.put(&json!({"props": mark("mine", "note")}));
    let conversation = channel(ACCESS);
    let since = Timestamp::from_millis(0);
    let sought =
        Sought { conversation: &conversation, request: &request, marker: Some(&mine), root: Some(&root), since };
    assert_eq!(backend.find(&sought).await.unwrap(), std::slice::from_ref(&reply));
    // A thread that somebody has blown up.
    let huge = Answer::Text(200, &[], " ".repeat(3 << 20));
    fake.answer_with(&format!("/posts/{}/thread", root.message), huge);
    assert_eq!(backend.find(&sought).await.unwrap(), [reply]);
    fake.answer_with(&format!("/posts/{}/thread", root.message), crate::fake::absent("app.post.get.app_error"));
    assert_eq!(backend.find(&sought).await.unwrap(), []);
}
