//! Decisions that a server is slow with, or answers oddly, over a pipe in memory.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use accessbot_core::backend::decision::Action;
use tokio::time::Instant;
use tonic::Request;

use super::*;
use crate::piped;
use crate::proto::auth::auth_service_server::{AuthService, AuthServiceServer};
use crate::proto::types::{AccessRequestSpecV3, AccessRequestV3, Metadata};

/// Thinks about a decision, and then answers with this request.
#[derive(Default)]
struct Slow {
    thinks: Duration,
    answer: AccessRequestV3,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    begun: AtomicUsize,
    done: AtomicUsize,
    /// How long the client said that it waits.
    patience: Mutex<Vec<String>>,
}

impl Slow {
    async fn decide<T>(&self, ask: &Request<T>) {
        let patience = ask.metadata().get("grpc-timeout").and_then(|value| value.to_str().ok()).unwrap_or_default();
        self.seen.patience.lock().unwrap().push(patience.to_owned());
        self.seen.begun.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(self.thinks).await;
        self.seen.done.fetch_add(1, Ordering::SeqCst);
    }
}

#[tonic::async_trait]
impl AuthService for Slow {
    async fn submit_access_review(
        &self,
        ask: Request<AccessReviewSubmission>,
    ) -> Result<Response<AccessRequestV3>, Status> {
        self.decide(&ask).await;
        Ok(Response::new(self.answer.clone()))
    }

    async fn set_access_request_state(&self, ask: Request<RequestStateSetter>) -> Result<Response<()>, Status> {
        self.decide(&ask).await;
        Ok(Response::new(()))
    }
}

fn review() -> NewReview {
    NewReview { author: Some("alice".to_owned()), action: Action::Approve, reason: String::new() }
}

fn denied() -> NewState {
    NewState { action: Action::Deny, reason: String::new(), delegator: "alice".to_owned() }
}

fn request(id: &str) -> AccessRequestV3 {
    let spec = AccessRequestSpecV3 { user: "bob".to_owned(), state: 1, ..Default::default() };
    let metadata = Metadata { name: id.to_owned(), ..Default::default() };
    AccessRequestV3 { metadata: Some(metadata), spec: Some(spec), ..Default::default() }
}

#[tokio::test(start_paused = true)]
async fn a_decision_that_takes_too_long_is_given_up_on_both_sides_and_not_repeated() {
    let seen = Arc::new(Seen::default());
    let thinks = Duration::from_secs(60);
    let link = piped::link(AuthServiceServer::new(Slow { thinks, seen: Arc::clone(&seen), ..Slow::default() }));
    let id = RequestId::new("id");
    let begin = Instant::now();
    for error in
        [submit_review(&link, &id, &review()).await.unwrap_err(), set_state(&link, &id, &denied()).await.unwrap_err()]
    {
        assert_eq!((error.kind, error.message.as_str()), (TeleportErrorKind::Unavailable, "no answer within 10 s"));
    }
    assert_eq!(begin.elapsed().as_secs(), 20);
    assert_eq!(*seen.patience.lock().unwrap(), ["10000000u", "10000000u"]);
    // Long after it would have been done, had the server gone on.
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert_eq!((seen.begun.load(Ordering::SeqCst), seen.done.load(Ordering::SeqCst)), (2, 0));
}

#[tokio::test]
async fn an_answer_about_another_request_is_none() {
    for answer in [request("other"), AccessRequestV3::default()] {
        let link = piped::link(AuthServiceServer::new(Slow { answer, ..Slow::default() }));
        let error = submit_review(&link, &RequestId::new("id"), &review()).await.unwrap_err();
        assert_eq!(error.kind, TeleportErrorKind::Unavailable, "it may have been taken");
    }
    let link = piped::link(AuthServiceServer::new(Slow { answer: request("id"), ..Slow::default() }));
    assert_eq!(submit_review(&link, &RequestId::new("id"), &review()).await.unwrap().id.as_str(), "id");
}

#[test]
fn an_author_who_does_not_exist_may_not_review() {
    let gone = Status::not_found("user \"alice\" is not found");
    assert_eq!(no_such_author(gone.clone(), Some("alice")).code(), Code::PermissionDenied);
    assert_eq!(no_such_author(gone.clone(), None).code(), Code::NotFound);
    assert_eq!(no_such_author(gone, Some("ivan")).code(), Code::NotFound, "it is our own user that is gone");
    let request = Status::not_found("cannot apply review to access request \"alice\" (not found)");
    assert_eq!(no_such_author(request, Some("alice")).code(), Code::NotFound);
}

#[test]
fn an_operator_is_told_what_is_theirs_to_mend() {
    let hint = |text: &str, author: Option<&str>| {
        let error = status::error(&calls::REVIEW, &Status::permission_denied(text));
        let review = NewReview { author: author.map(str::to_owned), ..review() };
        explained(error, &review).hint.unwrap_or_default()
    };
    let ours = "user \"bot\" cannot submit reviews on behalf of \"alice\"";
    assert!(hint(ours, Some("alice")).contains("submit_for_users"));
    assert_eq!(hint("user \"alice\" cannot review request \"id\"", Some("alice")), "");
    assert!(hint("user \"bot\" cannot submit reviews", None).contains("review_requests.roles"));
    for author in [Some("alice"), None] {
        assert!(hint("admin-level API request requires MFA verification", author).contains("tbot"));
    }
}

#[test]
fn long_texts_are_cut_between_characters() {
    assert_eq!(cut(&"x".repeat(LONGEST_REASON)).len(), LONGEST_REASON);
    assert_eq!(cut(&"x".repeat(LONGEST_REASON + 1)), format!("{}…", "x".repeat(LONGEST_REASON - 3)));
    let wide = cut(&"é".repeat(LONGEST_REASON));
    assert!(wide.ends_with("é…") && wide.len() <= LONGEST_REASON, "{}", wide.len());
}
