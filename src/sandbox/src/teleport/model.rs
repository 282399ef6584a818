//! The state of the stand-in: users, roles, requests, plugin data, watchers.

use std::collections::BTreeMap;
use std::time::Duration;

use accessbot_core::clock::Timestamp;
use accessbot_core::request::{AccessRequest, RequestId, RequestState, Threshold};
use tonic::Status;

use super::locks::Locks;
use super::options::TeleportOptions;
use super::plugin_data::{PluginWrite, Records};
use super::request::{NewRequest, Stored};
use super::role::{Role, User, defaults};
use super::version::TeleportVersion;
use super::watch::{Change, Watchers};
use crate::common::changes::Changes;
use crate::common::ids::{uuid, uuid_since};

/// Requests and resolutions may be explained in so many bytes.
const LONGEST_REASON: usize = 4096;
/// Plugin data outlives the access that was asked for by so much.
const RECORDS_OUTLIVE: Duration = Duration::from_secs(60 * 60);

/// Everything that the cluster knows.
pub(crate) struct Model {
    pub(crate) options: TeleportOptions,
    /// A random number that the cluster is known by.
    pub(crate) cluster_id: String,
    pub(crate) users: BTreeMap<String, User>,
    pub(crate) roles: BTreeMap<String, Role>,
    pub(crate) locks: Locks,
    pub(crate) requests: BTreeMap<String, Stored>,
    pub(crate) records: BTreeMap<String, Records>,
    pub(crate) writes: Vec<PluginWrite>,
    pub(crate) audit: Vec<AuditEvent>,
    pub(crate) watchers: Watchers,
    /// Events wait until they are released.
    pub(crate) hold_events: bool,
    /// What lists show while their cache lags.
    pub(crate) stale: Option<BTreeMap<String, Stored>>,
    /// The first moment at which something may expire.
    next_expiry: Option<Timestamp>,
}

/// A line of the cluster's audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEvent {
    /// When.
    pub at: Timestamp,
    /// What happened, in Teleport's words: `access_request.create`, `.review`, `.update`, `.delete`, `.expire`.
    pub kind: &'static str,
    /// To which request.
    pub request: String,
    /// Through whose credentials.
    pub user: String,
    /// The review's author, or in whose name the state was set.
    pub delegator: String,
    /// What the request's state became, or was proposed.
    pub state: Option<RequestState>,
    /// Why.
    pub reason: String,
}

impl Model {
    pub(crate) fn new(options: TeleportOptions, changes: Changes) -> Self {
        let (roles, users) = defaults();
        Self {
            options,
            cluster_id: uuid(),
            users: users.into_iter().map(|user| (user.name.clone(), user)).collect(),
            roles: roles.into_iter().map(|role| (role.name.clone(), role)).collect(),
            locks: Locks::new(),
            requests: BTreeMap::new(),
            records: BTreeMap::new(),
            writes: Vec::new(),
            audit: Vec::new(),
            watchers: Watchers::new(changes),
            hold_events: false,
            stale: None,
            next_expiry: None,
        }
    }

    pub(crate) fn version(&self) -> TeleportVersion {
        self.options.version
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.options.clock.now()
    }

    /// The roles of a user, as far as they exist.
    pub(crate) fn roles_of(&self, user: &str) -> impl Iterator<Item = &Role> {
        let names = self.users.get(user).map(|user| user.roles.as_slice()).unwrap_or_default();
        names.iter().filter_map(|name| self.roles.get(name))
    }

    /// A change of a request is told to the watchers: at once, unless the backend is polled or events are held.
    pub(crate) fn tell(&mut self, change: Change) {
        self.watchers.push(change);
        if self.options.poll_interval.is_zero() {
            self.flush();
        }
    }

    /// Tells the watchers what has changed, unless events are held.
    pub(crate) fn flush(&mut self) {
        if !self.hold_events {
            self.watchers.flush(self.options.version);
        }
    }

    /// Tells that the request is as it is.
    pub(crate) fn tell_put(&mut self, id: &str) {
        if let Some(stored) = self.requests.get(id).cloned() {
            self.tell(Change::Put(Box::new(stored)));
        }
    }

    pub(crate) fn log(&mut self, kind: &'static str, request: &str, user: &str, fill: impl FnOnce(&mut AuditEvent)) {
        let mut event = AuditEvent {
            at: self.now(),
            kind,
            request: request.to_owned(),
            user: user.to_owned(),
            delegator: String::new(),
            state: None,
            reason: String::new(),
        };
        fill(&mut event);
        self.audit.push(event);
    }

    /// Files a request. Whether the caller may has been checked; whether the requester may ask for this has not.
    pub(crate) fn create(&mut self, new: NewRequest, caller: &str) -> Result<String, Status> {
        check_reason("", &new.reason)?;
        if !self.users.contains_key(&new.user) {
            return Err(Status::not_found(format!("user {:?} is not found", new.user)));
        }
        let now = self.now();
        let mut suggested_reviewers = new.suggested_reviewers;
        let mut annotations = new.annotations;
        let mut thresholds = Thresholds::default();
        let mut access_ttl = new.access_ttl.unwrap_or(self.options.access_ttl).min(self.options.access_ttl);
        for name in &new.roles {
            let mut sets = Vec::new();
            for role in self.roles_of(&new.user).filter(|role| super::role::lists(&role.requestable, name)) {
                sets.push(thresholds.take(&role.thresholds));
                for reviewer in &role.suggested_reviewers {
                    if !suggested_reviewers.contains(reviewer) {
                        suggested_reviewers.push(reviewer.clone());
                    }
                }
                annotations.extend(role.annotations.clone());
            }
            if sets.is_empty() {
                let message = format!("user {:?} can not request role {name:?}", new.user);
                return Err(Status::invalid_argument(message));
            }
            thresholds.sets.insert(name.clone(), sets);
            let role = self.roles.get(name).ok_or_else(|| Status::not_found(format!("role {name} is not found")))?;
            access_ttl = role.max_session_ttl.unwrap_or(access_ttl).min(access_ttl);
        }
        let fresh = || if self.version() >= TeleportVersion::V16 { uuid_since(now) } else { uuid() };
        let id = new.id.unwrap_or_else(fresh);
        if self.requests.contains_key(&id) {
            return Err(Status::already_exists(format!("access request {id:?} already exists")));
        }
        let ttl = new.ttl.unwrap_or(self.options.pending_ttl).min(access_ttl);
        let request = AccessRequest {
            id: RequestId::new(id.clone()),
            user: new.user,
            roles: new.roles,
            resources: new.resources,
            state: RequestState::Pending,
            reason: new.reason,
            resolve_reason: String::new(),
            created: Some(now),
            expires: Some(now.plus(ttl)),
            access_expires: Some(now.plus(access_ttl)),
            reviews: Vec::new(),
            thresholds: thresholds.all,
            role_thresholds: thresholds.sets,
            suggested_reviewers,
            long_term: new.long_term,
        };
        let reason = request.reason.clone();
        self.expires_at(now.plus(ttl));
        self.requests.insert(id.clone(), Stored { request, annotations, submitted_by: Vec::new() });
        self.log("access_request.create", &id, caller, |event| event.reason = reason);
        self.tell_put(&id);
        Ok(id)
    }

    /// Removes a request and tells the watchers; they cannot tell how it ended.
    pub(crate) fn delete(&mut self, id: &str, kind: &'static str, caller: &str) -> bool {
        if self.requests.remove(id).is_none() {
            return false;
        }
        self.log(kind, id, caller, |_| ());
        self.tell(Change::Delete(id.to_owned()));
        true
    }

    /// Something may expire at that moment.
    pub(crate) fn expires_at(&mut self, at: Timestamp) {
        self.next_expiry = Some(self.next_expiry.map_or(at, |next| next.min(at)));
    }

    /// Where a request's records are stored; they may be new. An error if there are none and no request.
    pub(crate) fn records_of(&mut self, id: &str) -> Result<&mut Records, Status> {
        if !self.records.contains_key(id) {
            let stored = self.requests.get(id);
            let stored = stored.ok_or_else(|| Status::not_found(format!("access request {id:?} not found")))?;
            let expires = stored.request.access_expires.unwrap_or_else(|| self.now()).plus(RECORDS_OUTLIVE);
            self.expires_at(expires);
            return Ok(self.records.entry(id.to_owned()).or_insert_with(|| Records::new(expires)));
        }
        self.records.get_mut(id).ok_or_else(|| Status::internal("a record vanished"))
    }

    /// Removes what has come to its end. Says whether there was anything.
    pub(crate) fn expire(&mut self) -> bool {
        let now = self.now();
        if self.next_expiry.is_none_or(|next| next > now) {
            return false;
        }
        let over = |stored: &&Stored| stored.request.expires.is_some_and(|at| at <= now);
        let ended: Vec<String> = self.requests.values().filter(over).map(|stored| stored.id().to_owned()).collect();
        for id in &ended {
            self.delete(id, "access_request.expire", "");
        }
        let before = self.records.len();
        self.records.retain(|_, records| records.expires > now);
        let requests = self.requests.values().filter_map(|stored| stored.request.expires);
        self.next_expiry = requests.chain(self.records.values().map(|records| records.expires)).min();
        !ended.is_empty() || self.records.len() < before
    }
}

/// Reasons are limited, in bytes.
pub(crate) fn check_reason(kind: &str, reason: &str) -> Result<(), Status> {
    if reason.len() <= LONGEST_REASON {
        return Ok(());
    }
    let message = format!("access request {kind}reason is too long, max {LONGEST_REASON} bytes");
    Err(Status::invalid_argument(message))
}

/// The thresholds of a request, each once, and which of them count for which role.
#[derive(Default)]
struct Thresholds {
    all: Vec<Threshold>,
    sets: BTreeMap<String, Vec<Vec<u32>>>,
}

impl Thresholds {
    /// The indexes of `thresholds`; of the default threshold if there are none.
    fn take(&mut self, thresholds: &[Threshold]) -> Vec<u32> {
        let default = [Threshold { name: "default".to_owned(), filter: String::new(), approve: 1, deny: 1 }];
        let thresholds = if thresholds.is_empty() { &default } else { thresholds };
        let mut index_of = |threshold: &Threshold| {
            let known = self.all.iter().position(|known| known == threshold);
            let index = known.unwrap_or_else(|| {
                self.all.push(threshold.clone());
                self.all.len() - 1
            });
            u32::try_from(index).unwrap_or(u32::MAX)
        };
        thresholds.iter().map(&mut index_of).collect()
    }
}
