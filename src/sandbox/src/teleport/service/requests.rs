//! Requests: listed, filed, removed, decided.

use accessbot_teleport::proto::{auth, types};
use tonic::Status;

use super::super::caller::Caller;
use super::super::decisions::{StateChange, Submission};
use super::super::model::Model;
use super::super::request::{NewRequest, Stored, read_resource, read_state, read_time};
use super::super::role::lists;

const KIND: &str = "access_request";
/// Pages have so many requests unless the client says otherwise.
const DEFAULT_PAGE: usize = 1000;
const LARGEST_PAGE: i32 = 16_000;

/// The requests that fit a filter and that the caller may see, ordered by id. One that does not exist is an empty
/// answer. A list may lag; one request never does.
fn visible<'a>(
    model: &'a Model,
    caller: &Caller,
    filter: &types::AccessRequestFilter,
) -> Result<Vec<&'a Stored>, Status> {
    let all = caller.has(model, "list", KIND) && caller.has(model, "read", KIND);
    if !all && !model.users.contains_key(caller.name()) {
        return Err(Status::not_found(format!("user {:?} is not found", caller.name())));
    }
    let reviewable: Vec<String> = model.roles_of(caller.name()).flat_map(|role| role.reviewable.clone()).collect();
    let fits = |stored: &&Stored| {
        let request = &stored.request;
        let may = || request.user == caller.name() || request.roles.iter().all(|role| lists(&reviewable, role));
        (filter.user.is_empty() || filter.user == request.user)
            && read_state(filter.state).is_none_or(|state| state == request.state)
            && (all || may())
    };
    if filter.id.is_empty() {
        let requests = model.stale.as_ref().unwrap_or(&model.requests);
        return Ok(requests.values().filter(fits).collect());
    }
    Ok(model.requests.get(&filter.id).filter(|stored| fits(stored)).into_iter().collect())
}

pub(super) fn matching(
    model: &mut Model,
    caller: &Caller,
    filter: &types::AccessRequestFilter,
) -> Result<Vec<types::AccessRequestV3>, Status> {
    Ok(visible(model, caller, filter)?.into_iter().map(|stored| stored.wire(model.version())).collect())
}

/// Pages are ordered by id, whatever order is asked for.
pub(super) fn page(
    model: &mut Model,
    caller: &Caller,
    query: auth::ListAccessRequestsRequest,
) -> Result<auth::ListAccessRequestsResponse, Status> {
    if query.limit > LARGEST_PAGE {
        return Err(Status::invalid_argument(format!("page size {} is too large, max {LARGEST_PAGE}", query.limit)));
    }
    let limit = match usize::try_from(query.limit) {
        Ok(limit @ 1..) => limit,
        _ => DEFAULT_PAGE,
    };
    let requests = visible(model, caller, &query.filter.unwrap_or_default())?;
    let mut rest = requests.into_iter().skip_while(|stored| stored.id() < query.start_key.as_str());
    let access_requests = rest.by_ref().take(limit).map(|stored| stored.wire(model.version())).collect();
    let next_key = rest.next().map(|stored| stored.id().to_owned()).unwrap_or_default();
    Ok(auth::ListAccessRequestsResponse { access_requests, next_key })
}

pub(super) fn create(
    model: &mut Model,
    caller: &Caller,
    request: types::AccessRequestV3,
) -> Result<types::AccessRequestV3, Status> {
    let spec = request.spec.unwrap_or_default();
    if spec.user != caller.name() {
        caller.check(model, "create", KIND)?;
        caller.check_second_factor(model)?;
    }
    let now = model.now();
    let access_ttl = spec.expires.as_ref().and_then(read_time).filter(|at| *at > now).map(|at| at.since(now));
    let id = request.metadata.map(|metadata| metadata.name).filter(|name| !name.is_empty());
    let new = NewRequest {
        id,
        user: spec.user,
        roles: spec.roles,
        reason: spec.request_reason,
        suggested_reviewers: spec.suggested_reviewers,
        resources: spec.requested_resource_ids.into_iter().map(read_resource).collect(),
        access_ttl,
        ..NewRequest::default()
    };
    let id = model.create(new, caller.name())?;
    current(model, &id)
}

fn current(model: &Model, id: &str) -> Result<types::AccessRequestV3, Status> {
    let stored = model.requests.get(id).ok_or_else(|| Status::not_found(format!("access request {id:?} not found")))?;
    Ok(stored.wire(model.version()))
}

pub(super) fn delete(model: &mut Model, caller: &Caller, id: &str) -> Result<(), Status> {
    caller.check(model, "delete", KIND)?;
    if model.delete(id, "access_request.delete", caller.name()) {
        return Ok(());
    }
    Err(Status::not_found(format!("cannot delete access request {id:?} (not found)")))
}

pub(super) fn set_state(model: &mut Model, caller: &Caller, setter: auth::RequestStateSetter) -> Result<(), Status> {
    caller.check(model, "update", KIND)?;
    caller.check_second_factor(model)?;
    if setter.id.is_empty() {
        return Err(Status::invalid_argument("missing request id"));
    }
    let state = read_state(setter.state).ok_or_else(|| Status::invalid_argument("missing request state"))?;
    let change =
        StateChange { id: setter.id, state, reason: setter.reason, roles: setter.roles, delegator: setter.delegator };
    model.set_state(caller.name(), change)
}

pub(super) fn submit(
    model: &mut Model,
    caller: &Caller,
    submission: types::AccessReviewSubmission,
) -> Result<types::AccessRequestV3, Status> {
    let review = submission.review.unwrap_or_default();
    let id = submission.request_id.clone();
    let submission = Submission {
        id: submission.request_id,
        author: review.author,
        on_behalf: review.submitted_on_behalf_of_author,
        proposed: read_state(review.proposed_state),
        reason: review.reason,
        roles: review.roles,
        annotated: review.annotations.is_some_and(|annotations| !annotations.values.is_empty()),
    };
    model.submit(caller, submission)?;
    current(model, &id)
}
