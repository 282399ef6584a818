//! Reviews: when they settle a request, and how.

use accessbot_core::request::{AccessRequest, RequestState, Review};

/// A review has settled the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resolution {
    pub(crate) state: RequestState,
    pub(crate) reason: String,
}

/// What the reviews of a request have come to; `None` while it is open.
///
/// They are taken in their order. The first one that fills any threshold with denials denies the request; the first one
/// after which every set of thresholds of every role has a threshold full of approvals approves it.
pub(crate) fn resolution(request: &AccessRequest) -> Option<Resolution> {
    request.reviews.iter().enumerate().find_map(|(index, review)| {
        let seen = &request.reviews[..=index];
        let state = if denied(request, seen) {
            RequestState::Denied
        } else if approved(request, seen) {
            RequestState::Approved
        } else {
            return None;
        };
        (review.proposed == state).then(|| Resolution { state, reason: review.reason.clone() })
    })
}

/// How many of `reviews` propose `state` and count for threshold `index`.
fn count(reviews: &[Review], index: u32, state: RequestState) -> usize {
    reviews.iter().filter(|review| review.proposed == state && review.thresholds.contains(&index)).count()
}

fn denied(request: &AccessRequest, reviews: &[Review]) -> bool {
    (0..).zip(&request.thresholds).any(|(index, threshold)| {
        threshold.deny > 0 && count(reviews, index, RequestState::Denied) >= threshold.deny as usize
    })
}

fn approved(request: &AccessRequest, reviews: &[Review]) -> bool {
    let full = |index: &u32| {
        let threshold = usize::try_from(*index).ok().and_then(|i| request.thresholds.get(i));
        threshold.is_some_and(|threshold| {
            threshold.approve > 0 && count(reviews, *index, RequestState::Approved) >= threshold.approve as usize
        })
    };
    request.role_thresholds.values().flatten().all(|set| set.iter().any(full))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use accessbot_core::request::{RequestId, Threshold};

    use super::*;

    /// A request with thresholds `(approve, deny)`, for role `r` with these sets, and reviews `+` and `-`.
    fn resolved(thresholds: &[(u32, u32)], sets: &[&[u32]], reviews: &str) -> Option<RequestState> {
        let threshold = |(approve, deny): &(u32, u32)| Threshold {
            name: String::new(),
            filter: String::new(),
            approve: *approve,
            deny: *deny,
        };
        let review = |c: char| Review {
            author: String::new(),
            proposed: if c == '+' { RequestState::Approved } else { RequestState::Denied },
            reason: String::new(),
            created: None,
            thresholds: (0..u32::try_from(thresholds.len()).unwrap()).collect(),
        };
        let sets = sets.iter().map(|set| set.to_vec()).collect();
        let request = AccessRequest {
            id: RequestId::new("id"),
            user: String::new(),
            roles: Vec::new(),
            resources: Vec::new(),
            state: RequestState::Pending,
            reason: String::new(),
            resolve_reason: String::new(),
            created: None,
            expires: None,
            access_expires: None,
            reviews: reviews.chars().map(review).collect(),
            thresholds: thresholds.iter().map(threshold).collect(),
            role_thresholds: BTreeMap::from([("r".to_owned(), sets)]),
            suggested_reviewers: Vec::new(),
            long_term: false,
        };
        resolution(&request).map(|resolution| resolution.state)
    }

    #[test]
    fn thresholds() {
        use RequestState::{Approved, Denied};
        for (thresholds, sets, reviews, expected) in [
            (&[(1, 1)][..], &[&[0][..]][..], "", None),
            (&[(1, 1)], &[&[0]], "+", Some(Approved)),
            (&[(1, 1)], &[&[0]], "-", Some(Denied)),
            (&[(2, 1)], &[&[0]], "+", None),
            (&[(2, 1)], &[&[0]], "++", Some(Approved)),
            (&[(2, 1)], &[&[0]], "+-", Some(Denied)),
            (&[(2, 2)], &[&[0]], "-+", None),
            (&[(1, 0)], &[&[0]], "--", None),
            (&[(0, 1)], &[&[0]], "+++", None),
            (&[(3, 0), (1, 2)], &[&[0, 1]], "+", Some(Approved)),
            (&[(3, 0), (1, 2)], &[&[0], &[1]], "++", None),
            (&[(3, 0), (1, 2)], &[&[0], &[1]], "+++", Some(Approved)),
        ] {
            assert_eq!(resolved(thresholds, sets, reviews), expected, "{thresholds:?} {sets:?} {reviews}");
        }
    }
}
