//! An access request as the engine sees it: what is asked, by whom, and what the reviewers said so far.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;

/// The name of an access request. Teleport uses UUIDs; to the engine it is opaque text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestId(String);

impl RequestId {
    /// The request named `id`.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The states that Teleport gives a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum RequestState {
    /// Waits for reviews.
    Pending,
    /// Access was granted.
    Approved,
    /// Access was refused.
    Denied,
    /// Turned into a membership of an access list (v14 and later).
    Promoted,
}

impl RequestState {
    /// Whether nothing is expected of the reviewers any more.
    pub fn is_resolved(self) -> bool {
        self != Self::Pending
    }
}

/// One review.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Review {
    /// The Teleport user who reviewed. Untrusted text.
    pub author: String,
    /// What the reviewer proposed: approved or denied.
    pub proposed: RequestState,
    /// Why. Untrusted text, may be empty.
    pub reason: String,
    /// When, if the server said so.
    pub created: Option<Timestamp>,
    /// The thresholds (indexes into [`AccessRequest::thresholds`]) that this review counts for.
    pub thresholds: Vec<u32>,
}

/// How many reviews settle a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Threshold {
    /// Name, may be empty.
    pub name: String,
    /// A predicate that selects the reviews that count; empty means all.
    pub filter: String,
    /// Approvals that grant; zero means that this threshold never grants.
    pub approve: u32,
    /// Denials that refuse; zero means that this threshold never refuses.
    pub deny: u32,
}

/// A resource that is asked for by name, beside roles.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ResourceId {
    /// Cluster that the resource is in.
    pub cluster: String,
    /// Kind, such as `node` or `db`.
    pub kind: String,
    /// Name within the kind.
    pub name: String,
    /// Part of the resource, such as a Kubernetes namespace; may be empty.
    pub sub_resource: String,
}

/// `kind/name` or `kind/name/part`, as reviewers know it.
impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.name)?;
        if self.sub_resource.is_empty() { Ok(()) } else { write!(f, "/{}", self.sub_resource) }
    }
}

/// An access request at one moment.
///
/// Every text in it was written by somebody outside: the requester, a reviewer, a role's author. None of it may reach a
/// chat unescaped.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AccessRequest {
    /// Its name.
    pub id: RequestId,
    /// The Teleport user who asks.
    pub user: String,
    /// The roles that are asked for.
    pub roles: Vec<String>,
    /// The resources that are asked for; empty for a request for whole roles.
    pub resources: Vec<ResourceId>,
    /// Where it stands.
    pub state: RequestState,
    /// Why access is asked for; may be empty.
    pub reason: String,
    /// Why it was resolved as it was; may be empty.
    pub resolve_reason: String,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// When the request object itself dies: while it is pending, the moment after which nobody can review it.
    pub expires: Option<Timestamp>,
    /// When the access that it grants ends.
    pub access_expires: Option<Timestamp>,
    /// Reviews in the order in which they came.
    pub reviews: Vec<Review>,
    /// What settles it.
    pub thresholds: Vec<Threshold>,
    /// For each role the sets of thresholds that must be met: of every set any one.
    pub role_thresholds: BTreeMap<String, Vec<Vec<u32>>>,
    /// Who should review, as the requester or a role's author wrote it.
    pub suggested_reviewers: Vec<String>,
    /// Whether it asks for more than a session's access: such a request is only ever decided in Teleport itself.
    pub long_term: bool,
}

impl AccessRequest {
    /// Approvals and denials so far, and how many approvals are needed if that can be said in one number.
    pub fn progress(&self) -> Progress {
        let count = |state| self.reviews.iter().filter(|r| r.proposed == state).count();
        Progress {
            approvals: count(RequestState::Approved),
            denials: count(RequestState::Denied),
            needed: self.single_threshold(),
        }
    }

    /// The approvals needed where exactly one threshold without a filter applies to every role.
    fn single_threshold(&self) -> Option<u32> {
        let [only] = self.thresholds.as_slice() else { return None };
        (only.filter.is_empty() && only.approve > 0).then_some(only.approve)
    }
}

impl Progress {
    /// Whether anybody has said anything.
    pub fn is_begun(&self) -> bool {
        self.approvals > 0 || self.denials > 0
    }
}

/// Review progress: `1 of 2` where one threshold applies, plain counts otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Progress {
    /// Reviews that propose to approve.
    #[serde(rename = "a")]
    pub approvals: usize,
    /// Reviews that propose to deny.
    #[serde(rename = "d")]
    pub denials: usize,
    /// Approvals that grant, if one number says it.
    #[serde(rename = "of", default, skip_serializing_if = "Option::is_none")]
    pub needed: Option<u32>,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Bob asks for dbadmin, and nobody has said anything yet.
    pub(crate) fn bobs(id: &str) -> AccessRequest {
        AccessRequest {
            id: RequestId::new(id),
            user: "bob".into(),
            roles: vec!["dbadmin".into()],
            resources: vec![],
            state: RequestState::Pending,
            reason: String::new(),
            resolve_reason: String::new(),
            created: None,
            expires: None,
            access_expires: None,
            reviews: vec![],
            thresholds: vec![],
            role_thresholds: BTreeMap::new(),
            suggested_reviewers: vec![],
            long_term: false,
        }
    }

    #[test]
    fn counts_that_somebody_made_up_are_no_trouble() {
        let made_up = Progress { approvals: usize::MAX, denials: 1, needed: None };
        assert!(made_up.is_begun() && !Progress::default().is_begun());
    }
}
