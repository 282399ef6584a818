//! Servers in trouble, and what stands before them.

use std::time::Duration;

use accessbot_core::backend::{ChatBackend, ChatError, ChatErrorKind, Outgoing, Recipient, Resolution};
use axum::http::Method;
use serde_json::json;
use tokio::time::Instant;

use crate::fake::{ACCESS, Answer, Fake, TOKEN, error};
use crate::{channel, marker, note, request};

async fn post(backend: &dyn ChatBackend) -> Result<(), ChatError> {
    let (request, marker, content) = (request(), marker("m"), note("a secret plan"));
    let outgoing = Outgoing { request: &request, marker: &marker, content: &content, root: None };
    backend.post(&channel(ACCESS), &outgoing).await.map(|_| ())
}

#[tokio::test]
async fn unclear_answers_to_a_post_are_told_from_refusals() {
    use ChatErrorKind::{RateLimited, Rejected, Transient, Unauthorized};
    let text = |status, body: &str| Answer::Text(status, &[], body.to_owned());
    let huge = "x".repeat(3 << 20);
    for (answer, kind, maybe_done) in [
        (Answer::Close, Transient, true),
        (Answer::DoAndClose, Transient, true),
        (error(500, "api.post.deduplicate_create_post.pending"), Transient, true),
        (error(500, ""), Transient, true),
        (text(502, "<html>Bad Gateway</html>"), Transient, true),
        (text(503, ""), Transient, true),
        (text(504, &huge), Transient, true),
        (text(201, "<html>Welcome</html>"), Transient, true),
        (text(201, ""), Transient, true),
        (text(201, "{}"), Transient, true),
        (text(201, &huge), Transient, true),
        (text(201, &"[".repeat(100_000)), Transient, true),
        (text(301, ""), Transient, false),
        (text(403, "<html>WAF</html>"), Transient, false),
        (text(404, "<html>Nothing here</html>"), Transient, false),
        (error(404, "api.context.404.app_error"), Transient, false),
        (error(400, "model.post.is_valid.props.app_error"), Rejected, false),
        (text(413, "too large"), Rejected, false),
        (error(401, "api.context.session_expired.app_error"), Unauthorized, false),
        (text(429, "limit exceeded\n"), RateLimited(None), false),
    ] {
        let fake = Fake::start().await;
        fake.once(Method::POST, answer);
        let error = post(&*fake.backend()).await.unwrap_err();
        assert_eq!((error.kind.clone(), error.maybe_done), (kind, maybe_done), "{error}");
        let told = format!("{error} {error:?}");
        assert!(!told.contains("secret plan") && !told.contains(TOKEN), "{told}");
        assert_eq!(fake.seen().iter().filter(|seen| seen.method == Method::POST).count(), 1, "no post is repeated");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_has_done_nothing() {
    let fake = Fake::start().await;
    let backend = crate::backend("http://127.0.0.1:9", TOKEN);
    let error = backend.probe().await.unwrap_err();
    assert_eq!((error.kind, error.maybe_done), (ChatErrorKind::Transient, false));
    let error = post(&*backend).await.unwrap_err();
    assert_eq!((error.kind, error.maybe_done), (ChatErrorKind::Transient, false));
    assert_eq!(fake.posts().len(), 0);
}

#[tokio::test]
async fn a_server_that_hangs_is_left_after_ten_seconds() {
    let fake = Fake::start().await;
    let backend = fake.backend();
    backend.probe().await.unwrap();
    fake.once(Method::POST, Answer::Hang);
    tokio::time::pause();
    let start = Instant::now();
    let error = post(&*backend).await.unwrap_err();
    assert_eq!((error.kind, error.maybe_done), (ChatErrorKind::Transient, true));
    assert!((10..12).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
}

#[tokio::test]
async fn reads_are_repeated_once_and_writes_never() {
    let fake = Fake::start().await;
    let lab_access = Recipient::Configured(ACCESS.to_owned());
    for answer in [Answer::Close, error(500, ""), Answer::Text(502, &[], String::new())] {
        // Nothing else was said about this path, so that the trouble comes first and what the server knows then.
        let path = format!("/posts/{}", fake.put(&json!({})));
        let id = path.rsplit('/').next().unwrap().to_owned();
        fake.once(Method::GET, answer);
        let message = accessbot_core::backend::MessageRef { conversation: ACCESS.to_owned(), message: id };
        assert!(!fake.backend().verify(&message, &request(), &marker("m")).await.unwrap());
        assert_eq!(fake.seen().iter().filter(|seen| seen.path == path).count(), 2);
    }
    assert!(matches!(fake.backend().resolve(&lab_access).await.unwrap(), Resolution::Resolved(_)));
}

#[tokio::test]
async fn everybody_keeps_the_pause_that_the_server_asked_for() {
    let seconds = |n| Some(Duration::from_secs(n));
    for (headers, told) in [
        (&[("retry-after", "30")] as &'static [_], seconds(30)),
        (&[("x-ratelimit-reset", "7"), ("x-ratelimit-reset", "9")], seconds(9)),
        (&[("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT")], None),
        (&[("retry-after", "99999999")], seconds(300)),
        (&[("x-ratelimit-reset", "1500000000")], seconds(1)),
    ] {
        let fake = Fake::start().await;
        let backend = fake.backend();
        backend.probe().await.unwrap();
        fake.once(Method::POST, Answer::Text(429, headers, "limit exceeded\n".to_owned()));
        let error = post(&*backend).await.unwrap_err();
        assert_eq!(error.kind, ChatErrorKind::RateLimited(told), "{headers:?}");
        if told.is_some_and(|told| told > Duration::from_secs(5)) {
            let calls = fake.seen().len();
            let error = backend.probe().await.unwrap_err();
            assert!(matches!(error.kind, ChatErrorKind::RateLimited(Some(left)) if left <= told.unwrap()));
            assert_eq!(fake.seen().len(), calls, "no call during the pause");
        } else {
            let start = Instant::now();
            post(&*backend).await.unwrap();
            assert!(start.elapsed() >= Duration::from_millis(800), "{:?}", start.elapsed());
        }
    }
}

#[tokio::test]
async fn no_more_than_ten_calls_are_in_flight() {
    let fake = Fake::start().await;
    let backend = fake.backend();
    backend.probe().await.unwrap();
    for _ in 0..30 {
        fake.once(Method::POST, Answer::Hang);
    }
    for _ in 0..30 {
        let backend = backend.clone();
        tokio::spawn(async move { post(&*backend).await });
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(fake.seen().len(), 10);
}

#[tokio::test]
async fn a_token_file_is_read_again_when_it_changes() {
    let path = std::env::temp_dir().join(format!("accessbot-mattermost-{}.token", std::process::id()));
    let fake = Fake::start().await;
    let backend = crate::backend(&fake.url, path.to_str().unwrap());
    assert_eq!(backend.probe().await.unwrap_err().kind, ChatErrorKind::Unauthorized);
    std::fs::write(&path, format!("{TOKEN}\n")).unwrap();
    backend.probe().await.unwrap();
    std::fs::write(&path, "with\ntwo lines").unwrap();
    let error = backend.probe().await.unwrap_err();
    assert_eq!(error.kind, ChatErrorKind::Unauthorized);
    assert!(!error.to_string().contains("two lines"));
    std::fs::remove_file(&path).unwrap();
}
