//! Decisions on requests: states that are set, and reviews.

use accessbot_core::request::{RequestState, Review};
use tonic::Status;

use super::caller::Caller;
use super::model::{Model, check_reason};
use super::request::state_name;
use super::review::resolution;
use super::role::lists;
use super::version::TeleportVersion;

/// A state that somebody sets, past all reviews.
#[derive(Clone, Debug)]
pub(crate) struct StateChange {
    pub(crate) id: String,
    pub(crate) state: RequestState,
    pub(crate) reason: String,
    pub(crate) roles: Vec<String>,
    pub(crate) delegator: String,
}

/// A review that somebody submits.
#[derive(Clone, Debug)]
pub(crate) struct Submission {
    pub(crate) id: String,
    /// Empty for the caller.
    pub(crate) author: String,
    pub(crate) on_behalf: bool,
    pub(crate) proposed: Option<RequestState>,
    pub(crate) reason: String,
    /// Empty for all that are asked for, which is all that is supported.
    pub(crate) roles: Vec<String>,
    /// Whether it has annotations, which are not supported.
    pub(crate) annotated: bool,
}

impl Model {
    /// Sets a state, as the version allows it.
    pub(crate) fn set_state(&mut self, caller: &str, change: StateChange) -> Result<(), Status> {
        check_reason("resolve ", &change.reason)?;
        if !change.roles.is_empty() && change.state != RequestState::Approved {
            let message = format!("cannot override roles when setting state: {}", state_name(change.state));
            return Err(Status::invalid_argument(message));
        }
        let (version, final_state) = (self.version(), self.options.resolved_is_final);
        let not_found = format!("cannot set state of access request {:?} (not found)", change.id);
        let stored = self.requests.get_mut(&change.id).ok_or_else(|| Status::not_found(not_found))?;
        let request = &mut stored.request;
        if version >= TeleportVersion::V16 && request.user == caller {
            return Err(Status::permission_denied("users cannot set the state of their own requests"));
        }
        // 8.3 takes these, and nothing good comes of it.
        if version > TeleportVersion::V8_3 && matches!(change.state, RequestState::Pending | RequestState::Promoted) {
            return Err(Status::invalid_argument(format!("cannot set request-state {:?}", state_name(change.state))));
        }
        let refused = (request.state == RequestState::Denied && change.state != RequestState::Denied)
            || (request.state.is_resolved() && final_state);
        if refused {
            let is = state_name(request.state).to_lowercase();
            let message = format!("cannot set request-state {:?} (already {is})", state_name(change.state));
            return Err(Status::invalid_argument(message));
        }
        if let Some(role) = change.roles.iter().find(|role| !request.roles.contains(role)) {
            let message =
                format!("role {role:?} not in original request, overrides must be a subset of original role list");
            return Err(Status::invalid_argument(message));
        }
        request.state = change.state;
        request.resolve_reason.clone_from(&change.reason);
        if !change.roles.is_empty() {
            request.roles.clone_from(&change.roles);
        }
        if change.state == RequestState::Approved {
            request.expires = request.access_expires;
        }
        if let Some(at) = request.expires {
            self.expires_at(at);
        }
        self.log("access_request.update", &change.id, caller, |event| {
            event.delegator = change.delegator;
            event.state = Some(change.state);
            event.reason = change.reason;
        });
        self.tell_put(&change.id);
        Ok(())
    }

    /// Takes a review, if the caller may give it.
    pub(crate) fn submit(&mut self, caller: &Caller, submission: Submission) -> Result<(), Status> {
        let version = self.version();
        let not_a_decision = || {
            let proposed = submission.proposed.map_or("NONE", state_name);
            Status::invalid_argument(format!("invalid state proposal: {proposed} (expected approval/denial)"))
        };
        if submission.proposed == Some(RequestState::Promoted) && version >= TeleportVersion::V16 {
            return Err(not_a_decision());
        }
        let author = match submission.author.as_str() {
            "" => caller.name().to_owned(),
            author => author.to_owned(),
        };
        if author != caller.name() && !self.may_submit_for(caller, &author, submission.on_behalf) {
            let message = format!("user {:?} cannot submit reviews on behalf of {author:?}", caller.name());
            return Err(Status::permission_denied(message));
        }
        let reviewable: Vec<String> = self.roles_of(&author).flat_map(|role| role.reviewable.clone()).collect();
        if reviewable.is_empty() || !self.options.reviews {
            return Err(Status::permission_denied(format!("user {author:?} cannot submit reviews")));
        }
        caller.check_second_factor(self)?;
        let Some(proposed @ (RequestState::Approved | RequestState::Denied)) = submission.proposed else {
            return Err(not_a_decision());
        };
        check_reason("resolve ", &submission.reason)?;
        let now = self.now();
        let not_found = format!("cannot apply review to access request {:?} (not found)", submission.id);
        let stored = self.requests.get_mut(&submission.id).ok_or_else(|| Status::not_found(not_found))?;
        let request = &mut stored.request;
        if request.user == author || !request.roles.iter().all(|role| lists(&reviewable, role)) {
            let message = format!("user {author:?} cannot review request {:?}", submission.id);
            return Err(Status::permission_denied(message));
        }
        if request.state.is_resolved() && version >= TeleportVersion::V16 {
            let message = format!("the access request has been already {}", state_name(request.state).to_lowercase());
            return Err(Status::permission_denied(message));
        }
        if request.reviews.iter().any(|review| review.author == author) {
            let message = format!("user {author:?} has already reviewed this request");
            return Err(match version {
                TeleportVersion::V18_11 => Status::already_exists(message),
                _ => Status::permission_denied(message),
            });
        }
        if !submission.roles.is_empty() && submission.roles != request.roles {
            let message = "role subselection is not yet supported in reviews, try omitting role list";
            return Err(Status::unimplemented(message));
        }
        if submission.annotated {
            let message = "annotations are not yet supported in reviews, try omitting annotations field";
            return Err(Status::unimplemented(message));
        }
        request.reviews.push(Review {
            author: author.clone(),
            proposed,
            reason: submission.reason.clone(),
            created: Some(now),
            // Filters are not evaluated: every review counts for every threshold.
            thresholds: (0..).take(request.thresholds.len()).collect(),
        });
        stored.submitted_by.push((author != caller.name()).then(|| caller.name().to_owned()));
        if request.state == RequestState::Pending
            && let Some(resolution) = resolution(request)
        {
            request.state = resolution.state;
            request.resolve_reason = resolution.reason;
            request.expires = request.access_expires;
        }
        if let Some(at) = request.expires {
            self.expires_at(at);
        }
        self.log("access_request.review", &submission.id, caller.name(), |event| {
            event.delegator = author;
            event.state = Some(proposed);
            event.reason = submission.reason;
        });
        self.tell_put(&submission.id);
        Ok(())
    }

    /// Whether the caller may review in the name of `author`, which only the newest version allows at all.
    fn may_submit_for(&self, caller: &Caller, author: &str, on_behalf: bool) -> bool {
        self.version() >= TeleportVersion::V18_11
            && on_behalf
            && caller.has(self, "read", "user")
            && self.users.contains_key(author)
            && self.roles_of(caller.name()).any(|role| lists(&role.submit_for_users, author))
    }
}
