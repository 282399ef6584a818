//! What our role must allow, whatever comes of a decision: to look at users, and at locks.

use std::collections::BTreeMap;

use accessbot_core::random::Random;
use accessbot_core::teleport::{TeleportError, TeleportErrorKind, User};

use super::{Need, ReviewCheck, ReviewNeeds};
use crate::calls::{self, Call};
use crate::link::Link;
use crate::permissions::{Allowed, Outcome, allows};
use crate::proto::types::Role;
use crate::{locks, people};

/// What our role lacks, for a role that makes it good.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MissingRights {
    /// Verbs by kind of resource.
    pub rules: BTreeMap<&'static str, Vec<&'static str>>,
    /// Users on whose behalf it must review.
    pub submit_for_users: Vec<String>,
    /// Roles for which it must review requests.
    pub review_roles: Vec<String>,
}

impl MissingRights {
    /// What these checks have found missing.
    pub(super) fn of(checks: &[ReviewCheck]) -> Self {
        let mut missing = Self::default();
        for check in checks.iter().filter(|check| matches!(check.outcome, Outcome::Missing)) {
            match &check.need {
                Need::Server | Need::NoSecondFactor => {}
                Need::Rule { resource, verbs } => missing.add_rule(resource, verbs),
                Need::SubmitForUsers(users) => missing.submit_for_users.clone_from(users),
                Need::ReviewRoles(roles) => missing.review_roles.clone_from(roles),
            }
        }
        missing
    }

    /// Verbs on a kind of resource that are missing, too.
    pub fn add_rule(&mut self, resource: &'static str, verbs: &[&'static str]) {
        let known = self.rules.entry(resource).or_default();
        known.extend(verbs);
        known.sort_unstable();
        known.dedup();
    }

    /// Whether nothing is missing.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty() && self.submit_for_users.is_empty() && self.review_roles.is_empty()
    }
}

/// Tries them all. Nobody is asked about who exists: everybody may read themselves.
pub(super) async fn try_all(link: &Link, needs: &ReviewNeeds, roles: &[Role]) -> Vec<ReviewCheck> {
    let nobody = Random::system().request_id().to_string();
    let mut checks = vec![check("user", &["read"], &calls::USER, people::user(link, &nobody).await.map(drop))];
    if !needs.traits.is_empty() {
        let verbs = lacking("user", roles);
        checks.push(check("user", verbs, &calls::USERS, people::users(link).await.map(drop)));
    }
    let nobody = User { name: nobody, ..User::default() };
    let verbs = lacking("lock", roles);
    checks.push(check("lock", verbs, &calls::LOCKS, locks::keep_out(link, &nobody).await.map(drop)));
    checks
}

/// Which of `list` and `read` our roles lack, as far as they say.
fn lacking(resource: &str, roles: &[Role]) -> &'static [&'static str] {
    match (allows(roles, resource, "list"), allows(roles, resource, "read")) {
        (Allowed::No, Allowed::Yes) => &["list"],
        (Allowed::Yes, Allowed::No) => &["read"],
        _ => &["list", "read"],
    }
}

fn check(
    resource: &'static str,
    verbs: &'static [&'static str],
    call: &Call,
    tried: Result<(), TeleportError>,
) -> ReviewCheck {
    let name = call.name;
    let (outcome, found) = match tried {
        Ok(()) => (Outcome::Granted, format!("{name}: works")),
        Err(e) if e.kind == TeleportErrorKind::PermissionDenied => (Outcome::Missing, format!("{name}: not allowed")),
        Err(e) => (Outcome::Unknown(e.message.clone()), format!("{name}: could not be tried: {}", e.message)),
    };
    ReviewCheck { need: Need::Rule { resource, verbs }, outcome, found }
}
