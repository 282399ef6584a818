//! Decisions: reviews that we submit, states that we set. Each is sent once, and the server is told until when it counts.

use accessbot_core::request::{AccessRequest, RequestId};
use accessbot_core::teleport::{NewReview, NewState, TeleportError, TeleportErrorKind};
use tonic::{Code, Response, Status};

use crate::calls::{self, Call};
use crate::convert;
use crate::link::Link;
use crate::plugin_data::named;
use crate::proto::auth::RequestStateSetter;
use crate::proto::types::{AccessReview, AccessReviewSubmission};
use crate::status;

/// The most bytes of a reason that the server takes (v9 and later say so; v7 is asked for no more).
const LONGEST_REASON: usize = 4096;

/// What stands where a text was cut.
const MARK: &str = "…";

/// Submits a review, in our own name or on behalf of its author.
pub(crate) async fn submit_review(
    link: &Link,
    id: &RequestId,
    review: &NewReview,
) -> Result<AccessRequest, TeleportError> {
    let call = &calls::REVIEW;
    named(call, id)?;
    let submission = submission(call, id, review)?;
    let submit = async {
        let answer = link.api().submit_access_review(call.timed(submission)).await.map(Response::into_inner);
        answer.map_err(|status| no_such_author(status, review.author.as_deref()))
    };
    match link.within(call, submit).await {
        Ok(after) => convert::request(after).filter(|after| after.id == *id).ok_or_else(|| {
            // The review was taken all the same: whoever reads the request again will see it.
            TeleportError::new(TeleportErrorKind::Unavailable, call.name, "the server answered with another request")
        }),
        Err(error) => Err(explained(error, review)),
    }
}

/// Sets a request's state.
pub(crate) async fn set_state(link: &Link, id: &RequestId, state: &NewState) -> Result<(), TeleportError> {
    let call = &calls::SET_STATE;
    named(call, id)?;
    let setter = RequestStateSetter {
        id: id.as_str().to_owned(),
        state: convert::decided(state.action).into(),
        delegator: cut(&state.delegator),
        reason: cut(&state.reason),
        ..Default::default()
    };
    link.answer(call, link.api().set_access_request_state(call.timed(setter))).await
}

fn submission(call: &Call, id: &RequestId, review: &NewReview) -> Result<AccessReviewSubmission, TeleportError> {
    if review.author.as_deref() == Some("") {
        // The server would take it as our own review.
        let text = "a review on behalf of nobody was not sent";
        return Err(TeleportError::new(TeleportErrorKind::Invalid, call.name, text));
    }
    let review = AccessReview {
        author: review.author.clone().unwrap_or_default(),
        submitted_on_behalf_of_author: review.author.is_some(),
        proposed_state: convert::decided(review.action).into(),
        reason: cut(&review.reason),
        ..Default::default()
    };
    Ok(AccessReviewSubmission { request_id: id.as_str().to_owned(), review: Some(review) })
}

/// An author whom the cluster does not know may not review; it is not the request that is missing, nor our own user.
fn no_such_author(status: Status, author: Option<&str>) -> Status {
    match author {
        Some(author) if is_missing_user(&status, author) => Status::permission_denied(status.message()),
        _ => status,
    }
}

/// Whether the server says that this user does not exist.
pub(crate) fn is_missing_user(status: &Status, name: &str) -> bool {
    status.code() == Code::NotFound && status.message().contains("user ") && status.message().contains(name)
}

/// Whether the server refuses because we may not review on behalf of that user, whatever they may do themselves.
pub(crate) fn refuses_us(text: &str) -> bool {
    text.contains("on behalf of")
}

/// What an operator can do about a refusal: nothing, if it is the author who may not review.
fn explained(error: TeleportError, review: &NewReview) -> TeleportError {
    if error.kind != TeleportErrorKind::PermissionDenied || status::wants_second_factor(&error.message) {
        return error;
    }
    let hint = match &review.author {
        None => Some("give the role of the bot's user `review_requests.roles` with the roles that are asked for"),
        Some(_) if refuses_us(&error.message) => Some(
            "give the role of the bot's user `user: [read]` and `review_requests.submit_for_users`; it needs Teleport 18.11",
        ),
        Some(_) => None,
    };
    TeleportError { hint: hint.map(str::to_owned), ..error }
}

/// The text, or as much of it as the server stores, with a mark.
fn cut(text: &str) -> String {
    if text.len() <= LONGEST_REASON {
        return text.to_owned();
    }
    let room = LONGEST_REASON - MARK.len();
    let end = text.char_indices().map(|(start, _)| start).take_while(|start| *start <= room).last().unwrap_or(0);
    format!("{}{MARK}", &text[..end])
}

#[cfg(test)]
#[path = "decisions_tests.rs"]
mod tests;
