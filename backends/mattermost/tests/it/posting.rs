//! Posting, updating, verifying and deleting.

use accessbot_core::backend::{CardState, ChatErrorKind, Content, MessageRef, Outgoing, Unreachable};
use axum::http::Method;
use serde_json::json;

use crate::fake::{ACCESS, ALICE, Answer, Fake, absent, denied, error};
use crate::{card, channel, marker, note, request};

fn reference(id: &str) -> MessageRef {
    MessageRef { conversation: ACCESS.to_owned(), message: id.to_owned() }
}

#[tokio::test]
async fn a_post_is_marked_and_a_reply_stands_in_its_thread() {
    let fake = Fake::start().await;
    let (backend, request, first, second) = (fake.backend(), request(), marker("first"), marker("second"));
    let content = card(&request, CardState::Pending, "why");
    let card = Outgoing { request: &request, marker: &first, content: &content, root: None };
    let root = backend.post(&channel(ACCESS), &card).await.unwrap();
    let stored = fake.post(&root.message);
    assert_eq!(stored["message"], "`bob` asks for `dev`");
    let mark = json!({"v": 1, "req": request.as_str(), "marker": "first", "kind": "card"});
    assert_eq!(stored["props"]["accessbot"], mark);
    assert_eq!(fake.seen()[0].body["pending_post_id"], "first");
    let content = note("go");
    let reply = Outgoing { request: &request, marker: &second, content: &content, root: Some(&root) };
    let reply = backend.post(&channel(ACCESS), &reply).await.unwrap();
    assert_eq!(fake.post(&reply.message)["root_id"], root.message.as_str());
    assert_eq!(fake.posts().len(), 2);
}

#[tokio::test]
async fn an_answer_with_the_post_of_somebody_else_does_not_count() {
    let fake = Fake::start().await;
    let (request, marker) = (request(), marker("mine"));
    let mark = json!({"accessbot": {"v": 1, "req": request.as_str(), "marker": "mine"}});
    for parts in [
        json!({"user_id": ALICE, "props": mark.clone()}),
        json!({"channel_id": ALICE, "props": mark}),
        json!({"props": {"accessbot": {"v": 1, "req": request.as_str(), "marker": "other"}}}),
        json!({"props": {"accessbot": {"v": 1, "req": "other", "marker": "mine"}}}),
        json!({"props": {"accessbot": 5}}),
        json!({"props": null}),
    ] {
        let id = fake.put(&parts);
        fake.once(Method::POST, Answer::Json(201, fake.post(&id)));
        let content = note("go");
        let outgoing = Outgoing { request: &request, marker: &marker, content: &content, root: None };
        let error = fake.backend().post(&channel(ACCESS), &outgoing).await.unwrap_err();
        assert_eq!((error.kind, error.maybe_done), (ChatErrorKind::Transient, true), "{parts}");
    }
}

#[tokio::test]
async fn why_a_post_is_not_allowed_is_found_out() {
    let content = note("go");
    let (request, marker) = (request(), marker("m"));
    let outgoing = Outgoing { request: &request, marker: &marker, content: &content, root: None };
    for (path, answer, reason) in [
        ("", denied(), Unreachable::Forbidden),
        ("/members/me", absent("app.channel.get_member.missing.app_error"), Unreachable::NotMember),
        ("/members/me", denied(), Unreachable::NotMember),
        ("", absent("app.channel.get.existing.app_error"), Unreachable::NotFound),
    ] {
        let fake = Fake::start().await;
        fake.once(Method::POST, denied());
        if reason != Unreachable::Forbidden {
            fake.answer_with(&format!("/channels/{ACCESS}{path}"), answer);
        }
        let error = fake.backend().post(&channel(ACCESS), &outgoing).await.unwrap_err();
        assert_eq!((error.kind, error.maybe_done), (ChatErrorKind::Hopeless(reason), false));
    }
}

#[tokio::test]
async fn an_update_replaces_everything() {
    let fake = Fake::start().await;
    let id = fake.put(&json!({
        "message": "*You have new pending request to review!*", "props": {"attachments": [{"actions": []}], "x": 1}
    }));
    let (request, marker) = (request(), marker("m"));
    let content = card(&request, CardState::Approved, "why");
    let outgoing = Outgoing { request: &request, marker: &marker, content: &content, root: None };
    fake.backend().update(&reference(&id), &outgoing).await.unwrap();
    let post = fake.post(&id);
    assert_eq!(post["message"], "`bob` asks for `dev`");
    assert_eq!(post["props"]["attachments"][0]["color"], "#3DB887");
    assert_eq!(post["props"]["accessbot"]["marker"], "m");
    assert!(post["props"].get("x").is_none());
}

#[tokio::test]
async fn a_text_that_is_too_old_to_be_edited_stays() {
    let fake = Fake::start().await;
    let id = fake.put(&json!({"message": "old"}));
    let (request, marker) = (request(), marker("m"));
    let content = card(&request, CardState::Approved, "why");
    let outgoing = Outgoing { request: &request, marker: &marker, content: &content, root: None };
    fake.once(Method::PUT, error(400, "api.post.update_post.permissions_time_limit.app_error"));
    fake.backend().update(&reference(&id), &outgoing).await.unwrap();
    assert_eq!(fake.post(&id)["message"], "old");
    assert_eq!(fake.post(&id)["props"]["attachments"][0]["color"], "#3DB887");
}

#[tokio::test]
async fn a_deleted_post_is_gone_and_one_that_may_not_be_changed_is_not() {
    let fake = Fake::start().await;
    let (backend, request, marker) = (fake.backend(), request(), marker("m"));
    let content: Content = note("go");
    let outgoing = Outgoing { request: &request, marker: &marker, content: &content, root: None };
    let deleted = reference(&fake.put(&json!({"delete_at": 5})));
    let standing = reference(&fake.put(&json!({})));
    let impossible = reference("../users/me");
    for gone in [&deleted, &impossible] {
        assert_eq!(backend.update(gone, &outgoing).await.unwrap_err().kind, ChatErrorKind::MessageGone);
        assert_eq!(backend.verify(gone, &request, &marker).await.unwrap_err().kind, ChatErrorKind::MessageGone);
        backend.delete(gone).await.unwrap();
    }
    fake.once(Method::PUT, denied());
    let forbidden = ChatErrorKind::Hopeless(Unreachable::Forbidden);
    assert_eq!(backend.update(&standing, &outgoing).await.unwrap_err().kind, forbidden);
    fake.once(Method::DELETE, denied());
    assert_eq!(backend.delete(&standing).await.unwrap_err().kind, forbidden);
    backend.delete(&standing).await.unwrap();
    assert_eq!(fake.post(&standing.message)["delete_at"], 1);
}

#[tokio::test]
async fn only_our_own_post_about_the_request_is_verified() {
    let fake = Fake::start().await;
    let (backend, request, marker) = (fake.backend(), request(), marker("m"));
    let go_post = format!("**User**: bob\n**Request ID**: {request}\n**Reason**: x\n**Request ID**: other");
    let mark = |req: &str, marker: &str| json!({"accessbot": {"v": 1, "req": req, "marker": marker, "kind": "card"}});
    let title = json!({"attachments": [{"title": format!("Access request {request}")}]});
    for (parts, ours) in [
        (json!({"props": mark(request.as_str(), "m")}), true),
        (json!({"props": mark(request.as_str(), "x")}), false),
        (json!({"props": mark("other", "m")}), false),
        (json!({"message": go_post.clone()}), true),
        (json!({"message": go_post.replace(request.as_str(), "mine")}), false),
        (json!({"message": go_post.clone(), "props": mark("other", "m")}), false),
        (json!({"message": go_post.clone(), "props": {"accessbot": "x"}}), false),
        (json!({"props": title}), true),
        (json!({"props": {"attachments": {}}}), false),
        (json!({"message": go_post.clone(), "user_id": ALICE}), false),
        (json!({"message": go_post.clone(), "channel_id": ALICE}), false),
        (json!({"message": go_post, "type": "system_add_to_channel"}), false),
        (json!({"message": "hello"}), false),
    ] {
        let id = fake.put(&parts);
        assert_eq!(backend.verify(&reference(&id), &request, &marker).await.unwrap(), ours, "{parts}");
    }
}
