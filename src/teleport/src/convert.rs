//! From Teleport's messages to the engine's types, and back. Lenient: what is absent counts as empty, what is unknown is left out.

use accessbot_core::backend::decision::Action;
use accessbot_core::clock::Timestamp;
use accessbot_core::request::{AccessRequest, RequestId, RequestState, ResourceId, Review, Threshold};
use accessbot_core::teleport::User;

use crate::proto::types;

/// The request that `message` describes; `None` if it has no id, or no state that we know.
pub(crate) fn request(message: types::AccessRequestV3) -> Option<AccessRequest> {
    let metadata = message.metadata.unwrap_or_default();
    let spec = message.spec.unwrap_or_default();
    let Some(state) = state(spec.state).filter(|_| !metadata.name.is_empty()) else {
        let (id, state) = (metadata.name, spec.state);
        tracing::warn!(request = %id, state, "left out an access request without an id or with an unknown state");
        return None;
    };
    let role_thresholds = spec.role_threshold_mapping.into_iter().map(|(role, sets)| {
        let sets = sets.sets.into_iter().map(|set| set.indexes).collect();
        (role, sets)
    });
    Some(AccessRequest {
        id: RequestId::new(metadata.name),
        user: spec.user,
        roles: spec.roles,
        resources: resources(spec.requested_resource_access_ids, spec.requested_resource_ids),
        state,
        reason: spec.request_reason,
        resolve_reason: spec.resolve_reason,
        created: moment(spec.created),
        expires: moment(spec.resource_expiry).or_else(|| moment(metadata.expires)),
        access_expires: moment(spec.expires),
        reviews: spec.reviews.into_iter().map(review).collect(),
        thresholds: spec.thresholds.into_iter().map(threshold).collect(),
        role_thresholds: role_thresholds.collect(),
        suggested_reviewers: spec.suggested_reviewers,
        long_term: long_term(spec.request_kind),
    })
}

/// A moment; `None` if it is not set. Go sends its zero time, which is in the year 1.
pub(crate) fn moment(time: Option<prost_types::Timestamp>) -> Option<Timestamp> {
    /// The first second of the year 2.
    const YEAR_2: i64 = -62_104_060_800;
    let prost_types::Timestamp { seconds, nanos } = time?;
    let millis = seconds.saturating_mul(1000).saturating_add(i64::from(nanos) / 1_000_000);
    (seconds >= YEAR_2).then_some(Timestamp::from_millis(millis))
}

fn state(number: i32) -> Option<RequestState> {
    match types::RequestState::try_from(number).ok()? {
        types::RequestState::None => None,
        types::RequestState::Pending => Some(RequestState::Pending),
        types::RequestState::Approved => Some(RequestState::Approved),
        types::RequestState::Denied => Some(RequestState::Denied),
        types::RequestState::Promoted => Some(RequestState::Promoted),
    }
}

/// Whether lasting access is asked for. Servers before 2026 do not say, and mean no; a kind that we do not know is not one
/// that may be decided from a chat.
fn long_term(kind: i32) -> bool {
    !matches!(
        types::AccessRequestKind::try_from(kind),
        Ok(types::AccessRequestKind::Undefined | types::AccessRequestKind::ShortTerm)
    )
}

fn resources(with_access: Vec<types::ResourceAccessId>, plain: Vec<types::ResourceId>) -> Vec<ResourceId> {
    // A server that sends the newer list means it; the older one beside it is for older clients.
    let ids = if with_access.is_empty() { plain } else { with_access.into_iter().filter_map(|r| r.id).collect() };
    let resource = |id: types::ResourceId| ResourceId {
        cluster: id.cluster_name,
        kind: id.kind,
        name: id.name,
        sub_resource: id.sub_resource_name,
    };
    ids.into_iter().map(resource).collect()
}

fn review(message: types::AccessReview) -> Review {
    Review {
        author: message.author,
        // Unknown proposals are kept, as neither for nor against: the number of reviews is compared with records.
        proposed: state(message.proposed_state).unwrap_or(RequestState::Pending),
        reason: message.reason,
        created: moment(message.created),
        thresholds: message.threshold_indexes,
    }
}

fn threshold(message: types::AccessReviewThreshold) -> Threshold {
    Threshold { name: message.name, filter: message.filter, approve: message.approve, deny: message.deny }
}

/// The state that an action leads to.
pub(crate) fn decided(action: Action) -> types::RequestState {
    match action {
        Action::Approve => types::RequestState::Approved,
        Action::Deny => types::RequestState::Denied,
    }
}

/// The user that `message` describes; `None` if it has no name.
pub(crate) fn user(message: types::UserV2) -> Option<User> {
    let name = message.metadata?.name;
    let spec = message.spec.unwrap_or_default();
    let traits = spec.traits.unwrap_or_default().values.into_iter().map(|(name, values)| (name, values.values));
    (!name.is_empty()).then(|| User { name, roles: spec.roles, traits: traits.collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::unnecessary_wraps, reason = "as the messages hold it")]
    fn at(seconds: i64) -> Option<prost_types::Timestamp> {
        Some(prost_types::Timestamp { seconds, nanos: 500_000_000 })
    }

    fn pending(spec: types::AccessRequestSpecV3) -> types::AccessRequestV3 {
        let spec = types::AccessRequestSpecV3 { state: types::RequestState::Pending.into(), ..spec };
        let metadata = types::Metadata { name: "id".to_owned(), expires: at(100), ..Default::default() };
        types::AccessRequestV3 { metadata: Some(metadata), spec: Some(spec), ..Default::default() }
    }

    #[test]
    fn go_zero_time_is_no_time() {
        assert_eq!(moment(None), None);
        assert_eq!(moment(at(-62_135_596_800)), None);
        assert_eq!(moment(at(0)), Some(Timestamp::from_millis(500)));
        assert_eq!(moment(at(i64::MAX)), Some(Timestamp::from_millis(i64::MAX)));
        assert_eq!(moment(at(i64::MIN)), None);
    }

    #[test]
    fn the_resource_expiry_goes_before_the_metadata() {
        let spec = types::AccessRequestSpecV3 { expires: at(300), ..Default::default() };
        let old = request(pending(spec.clone())).unwrap();
        assert_eq!(old.expires, Some(Timestamp::from_millis(100_500)));
        assert_eq!(old.access_expires, Some(Timestamp::from_millis(300_500)));
        let new = request(pending(types::AccessRequestSpecV3 { resource_expiry: at(200), ..spec })).unwrap();
        assert_eq!(new.expires, Some(Timestamp::from_millis(200_500)));
    }

    #[test]
    fn the_newer_list_of_resources_goes_before_the_older() {
        let id =
            |name: &str| types::ResourceId { kind: "node".to_owned(), name: name.to_owned(), ..Default::default() };
        let mut spec = types::AccessRequestSpecV3 { requested_resource_ids: vec![id("old")], ..Default::default() };
        let names =
            |spec| request(pending(spec)).unwrap().resources.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(names(spec.clone()), ["node/old"]);
        spec.requested_resource_access_ids = vec![types::ResourceAccessId { id: Some(id("new")) }];
        assert_eq!(names(spec), ["node/new"]);
    }

    #[test]
    fn only_what_is_known_to_be_short_is_short() {
        for (kind, expected) in [(0, false), (1, false), (2, true), (3, true), (-1, true)] {
            let spec = types::AccessRequestSpecV3 { request_kind: kind, ..Default::default() };
            assert_eq!(request(pending(spec)).unwrap().long_term, expected, "{kind}");
        }
    }

    #[test]
    fn a_user_has_a_name() {
        assert_eq!(user(types::UserV2::default()), None);
        let named = |name: &str| types::UserV2 {
            metadata: Some(types::Metadata { name: name.to_owned(), ..Default::default() }),
            ..Default::default()
        };
        assert_eq!(user(named("")), None);
        assert_eq!(user(named("alice")), Some(User { name: "alice".to_owned(), ..User::default() }));
    }

    #[test]
    fn reviews_keep_their_number() {
        let by = |author: &str, state| types::AccessReview {
            author: author.to_owned(),
            proposed_state: state,
            threshold_indexes: vec![1],
            ..Default::default()
        };
        let reviews = vec![by("alice", 2), by("ivan", 3), by("eve", 77)];
        let read = request(pending(types::AccessRequestSpecV3 { reviews, ..Default::default() })).unwrap();
        let proposed: Vec<_> = read.reviews.iter().map(|r| r.proposed).collect();
        assert_eq!(proposed, [RequestState::Approved, RequestState::Denied, RequestState::Pending]);
        assert_eq!(read.reviews[0].thresholds, [1]);
    }

    #[test]
    fn what_has_no_id_or_state_is_left_out() {
        let mut nameless = pending(types::AccessRequestSpecV3::default());
        nameless.metadata = None;
        assert_eq!(request(nameless), None);
        for state in [0, 9, -1] {
            let mut odd = pending(types::AccessRequestSpecV3::default());
            if let Some(spec) = &mut odd.spec {
                spec.state = state;
            }
            assert_eq!(request(odd), None);
        }
    }
}
