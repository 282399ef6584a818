//! Access requests, and how they look on the wire.

use std::collections::BTreeMap;
use std::time::Duration;

use accessbot_core::clock::Timestamp;
use accessbot_core::request::{AccessRequest, RequestState, ResourceId};
use accessbot_teleport::proto::types;

use super::role::{labels, wire_threshold};
use super::version::TeleportVersion;

/// A request that somebody files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewRequest {
    /// Its id; a random UUID if it is not given.
    pub id: Option<String>,
    /// Who asks.
    pub user: String,
    /// For which roles.
    pub roles: Vec<String>,
    /// Why.
    pub reason: String,
    /// Who should review it, beside those whom the requester's roles name.
    pub suggested_reviewers: Vec<String>,
    /// Which resources are asked for.
    pub resources: Vec<ResourceId>,
    /// How long it waits for reviews; [`TeleportOptions::pending_ttl`](super::TeleportOptions::pending_ttl) if it is not
    /// given.
    pub ttl: Option<Duration>,
    /// How long the access lasts, from now; [`TeleportOptions::access_ttl`](super::TeleportOptions::access_ttl) if it is
    /// not given. The request never outlives it.
    pub access_ttl: Option<Duration>,
    /// Annotations, beside those of the requester's roles.
    pub annotations: BTreeMap<String, Vec<String>>,
    /// Whether it asks for lasting access (18.11).
    pub long_term: bool,
}

impl NewRequest {
    /// `user` asks for `role`.
    pub fn new(user: &str, role: &str) -> Self {
        Self { user: user.to_owned(), roles: vec![role.to_owned()], ..Self::default() }
    }

    /// Bob asks for the role `dbadmin`, as he does in every example.
    pub fn bob() -> Self {
        Self::new("bob", "dbadmin")
    }

    /// Says why.
    #[must_use]
    pub fn reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = reason.into();
        self
    }

    /// Suggests reviewers.
    #[must_use]
    pub fn reviewers(mut self, reviewers: &[&str]) -> Self {
        self.suggested_reviewers.extend(reviewers.iter().map(|reviewer| (*reviewer).to_owned()));
        self
    }

    /// Waits only so long for reviews.
    #[must_use]
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }
}

/// A request as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) request: AccessRequest,
    pub(crate) annotations: BTreeMap<String, Vec<String>>,
    /// For each review: who submitted it, if not its author.
    pub(crate) submitted_by: Vec<Option<String>>,
}

impl Stored {
    pub(crate) fn id(&self) -> &str {
        self.request.id.as_str()
    }

    /// As the version sends it; what it does not know yet, it does not send.
    pub(crate) fn wire(&self, version: TeleportVersion) -> types::AccessRequestV3 {
        use TeleportVersion::{V13, V16};
        let request = &self.request;
        let since = |first| version >= first;
        let metadata = types::Metadata {
            name: self.id().to_owned(),
            expires: request.expires.map(wire_time),
            ..types::Metadata::default()
        };
        let sets = |sets: &Vec<Vec<u32>>| types::ThresholdIndexSets {
            sets: sets.iter().map(|indexes| types::ThresholdIndexSet { indexes: indexes.clone() }).collect(),
        };
        let spec = types::AccessRequestSpecV3 {
            user: request.user.clone(),
            roles: request.roles.clone(),
            state: wire_state(request.state).into(),
            created: request.created.map(wire_time),
            expires: request.access_expires.map(wire_time),
            request_reason: request.reason.clone(),
            resolve_reason: request.resolve_reason.clone(),
            system_annotations: Some(labels(&self.annotations)),
            thresholds: request.thresholds.iter().map(wire_threshold).collect(),
            role_threshold_mapping: request.role_thresholds.iter().map(|(role, s)| (role.clone(), sets(s))).collect(),
            reviews: self.wire_reviews(),
            suggested_reviewers: request.suggested_reviewers.clone(),
            requested_resource_ids: request.resources.iter().filter(|_| since(V13)).map(wire_resource).collect(),
            max_duration: request.access_expires.filter(|_| since(V16)).map(wire_time),
            session_ttl: request.access_expires.filter(|_| since(V16)).map(wire_time),
            resource_expiry: request.expires.filter(|_| since(V16)).map(wire_time),
            request_kind: self.wire_kind(version).into(),
            ..types::AccessRequestSpecV3::default()
        };
        types::AccessRequestV3 {
            kind: "access_request".to_owned(),
            sub_kind: String::new(),
            version: "v3".to_owned(),
            metadata: Some(metadata),
            spec: Some(spec),
        }
    }

    fn wire_kind(&self, version: TeleportVersion) -> types::AccessRequestKind {
        match (version >= TeleportVersion::V18_11, self.request.long_term) {
            (false, _) => types::AccessRequestKind::Undefined,
            (true, false) => types::AccessRequestKind::ShortTerm,
            (true, true) => types::AccessRequestKind::LongTerm,
        }
    }

    fn wire_reviews(&self) -> Vec<types::AccessReview> {
        let reviews = self.request.reviews.iter().zip(&self.submitted_by);
        let wire = reviews.map(|(review, submitter)| types::AccessReview {
            author: review.author.clone(),
            proposed_state: wire_state(review.proposed).into(),
            reason: review.reason.clone(),
            created: review.created.map(wire_time),
            threshold_indexes: review.thresholds.clone(),
            submitted_by: submitter.clone().unwrap_or_default(),
            submitted_on_behalf_of_author: submitter.is_some(),
            ..types::AccessReview::default()
        });
        wire.collect()
    }
}

fn wire_resource(resource: &ResourceId) -> types::ResourceId {
    types::ResourceId {
        cluster_name: resource.cluster.clone(),
        kind: resource.kind.clone(),
        name: resource.name.clone(),
        sub_resource_name: resource.sub_resource.clone(),
    }
}

pub(crate) fn read_resource(resource: types::ResourceId) -> ResourceId {
    ResourceId {
        cluster: resource.cluster_name,
        kind: resource.kind,
        name: resource.name,
        sub_resource: resource.sub_resource_name,
    }
}

pub(crate) fn wire_state(state: RequestState) -> types::RequestState {
    match state {
        RequestState::Pending => types::RequestState::Pending,
        RequestState::Approved => types::RequestState::Approved,
        RequestState::Denied => types::RequestState::Denied,
        RequestState::Promoted => types::RequestState::Promoted,
    }
}

/// `None` for NONE and for numbers that mean nothing.
pub(crate) fn read_state(number: i32) -> Option<RequestState> {
    match types::RequestState::try_from(number).ok()? {
        types::RequestState::None => None,
        types::RequestState::Pending => Some(RequestState::Pending),
        types::RequestState::Approved => Some(RequestState::Approved),
        types::RequestState::Denied => Some(RequestState::Denied),
        types::RequestState::Promoted => Some(RequestState::Promoted),
    }
}

/// The state as Teleport's texts have it.
pub(crate) fn state_name(state: RequestState) -> &'static str {
    match state {
        RequestState::Pending => "PENDING",
        RequestState::Approved => "APPROVED",
        RequestState::Denied => "DENIED",
        RequestState::Promoted => "PROMOTED",
    }
}

pub(crate) fn wire_time(time: Timestamp) -> prost_types::Timestamp {
    let millis = time.as_millis();
    let nanos = i32::try_from(millis.rem_euclid(1000)).unwrap_or_default() * 1_000_000;
    prost_types::Timestamp { seconds: millis.div_euclid(1000), nanos }
}

/// Go's zero time means "unset".
pub(crate) fn read_time(time: &prost_types::Timestamp) -> Option<Timestamp> {
    const YEAR_1: i64 = -62_135_596_800;
    let millis = time.seconds.checked_mul(1000)?.checked_add(i64::from(time.nanos) / 1_000_000)?;
    (time.seconds > YEAR_1).then(|| Timestamp::from_millis(millis))
}
