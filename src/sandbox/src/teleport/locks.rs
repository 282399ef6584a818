//! Locks: whom they keep out, and until when.

use std::collections::BTreeMap;

use accessbot_core::clock::Timestamp;
use accessbot_teleport::proto::types;

use super::model::Model;
use super::request::wire_time;

/// Whom a lock keeps out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LockTarget {
    /// A user.
    User(String),
    /// Whoever has this role.
    Role(String),
}

/// The locks of a cluster, and until when each is in force; for ever if it does not say.
pub(crate) type Locks = BTreeMap<LockTarget, Option<Timestamp>>;

impl LockTarget {
    pub(crate) fn wire(&self) -> types::LockTarget {
        match self {
            Self::User(user) => types::LockTarget { user: user.clone(), ..types::LockTarget::default() },
            Self::Role(role) => types::LockTarget { role: role.clone(), ..types::LockTarget::default() },
        }
    }
}

impl Model {
    /// The locks that fit any of `targets`, or all if there are none, and that are in force if only those are wanted.
    pub(crate) fn locks(&self, targets: &[types::LockTarget], in_force_only: bool) -> Vec<types::LockV2> {
        let now = self.now();
        let wanted = |target: &LockTarget, until: Option<Timestamp>| {
            (targets.is_empty() || targets.contains(&target.wire())) && (!in_force_only || is_in_force(until, now))
        };
        let locks = self.locks.iter().filter(|(target, until)| wanted(target, **until));
        locks.map(|(target, until)| wire(target, *until)).collect()
    }

    /// Whether a lock in force keeps this user out, by name or by a role.
    pub(crate) fn is_locked(&self, user: &str) -> bool {
        let (now, held) = (self.now(), self.users.get(user).map(|user| user.roles.as_slice()).unwrap_or_default());
        self.locks.iter().filter(|(_, until)| is_in_force(**until, now)).any(|(target, _)| match target {
            LockTarget::User(name) => name == user,
            LockTarget::Role(role) => held.contains(role),
        })
    }
}

fn is_in_force(until: Option<Timestamp>, now: Timestamp) -> bool {
    until.is_none_or(|until| until > now)
}

fn wire(target: &LockTarget, until: Option<Timestamp>) -> types::LockV2 {
    let name = match target {
        LockTarget::User(user) => format!("user-{user}"),
        LockTarget::Role(role) => format!("role-{role}"),
    };
    types::LockV2 {
        kind: "lock".to_owned(),
        sub_kind: String::new(),
        version: "v2".to_owned(),
        metadata: Some(types::Metadata { name, ..types::Metadata::default() }),
        spec: Some(types::LockSpecV2 {
            target: Some(target.wire()),
            message: String::new(),
            expires: until.map(wire_time),
        }),
    }
}
