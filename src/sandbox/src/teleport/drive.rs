//! What people do in the cluster, and what one sees of it.

use std::time::Duration;

use accessbot_core::clock::Timestamp;
use accessbot_core::request::{AccessRequest, RequestState};
use accessbot_core::teleport::Record;
use tonic::Status;

use super::TeleportSandbox;
use super::caller::Caller;
use super::decisions::{StateChange, Submission};
use super::locks::LockTarget;
use super::model::{AuditEvent, Model};
use super::plugin_data::PluginWrite;
use super::request::NewRequest;
use super::role::{Role, User};
use super::service;
use crate::common::error::SandboxError;
use crate::common::lock::lock;

/// Who decides here when nobody is named.
const ADMIN: &str = "labadmin";
/// Watchers that have more than so many events to take are given time.
const ROOM: usize = 32;

fn refused(status: &Status) -> SandboxError {
    SandboxError::Refused(format!("{:?}: {}", status.code(), status.message()))
}

/// Users and roles.
impl TeleportSandbox {
    /// Adds a user, or replaces the one of that name.
    pub fn add_user(&self, user: User) {
        self.shared.change(|model| model.users.insert(user.name.clone(), user));
    }

    /// Removes a user; its certificates stay valid.
    pub fn remove_user(&self, name: &str) {
        self.shared.change(|model| model.users.remove(name));
    }

    /// Changes what is known of a user. No value at all removes the trait.
    ///
    /// # Errors
    /// When the user is unknown.
    pub fn set_trait(&self, user: &str, name: &str, values: &[&str]) -> Result<(), SandboxError> {
        self.shared.change(|model| {
            let user = model.users.get_mut(user).ok_or_else(|| SandboxError::unknown("user", user))?;
            let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
            if values.is_empty() {
                user.traits.remove(name);
            } else {
                user.traits.insert(name.to_owned(), values);
            }
            Ok(())
        })
    }

    /// Keeps somebody out until then, or until they are let in again: they are refused everything, even `Ping`.
    pub fn lock(&self, target: LockTarget, until: Option<Timestamp>) {
        self.shared.change(|model| model.locks.insert(target, until));
    }

    /// Lets them in again.
    pub fn unlock(&self, target: &LockTarget) {
        self.shared.change(|model| model.locks.remove(target));
    }

    /// Locks a user out for ever, or lets them in again.
    ///
    /// # Errors
    /// When the user is unknown.
    pub fn lock_user(&self, name: &str, locked: bool) -> Result<(), SandboxError> {
        if !lock(&self.shared.model).users.contains_key(name) {
            return Err(SandboxError::unknown("user", name));
        }
        let target = LockTarget::User(name.to_owned());
        if locked {
            self.lock(target, None);
        } else {
            self.unlock(&target);
        }
        Ok(())
    }

    /// Adds a role, or replaces the one of that name, for instance to take a permission from the bot.
    pub fn add_role(&self, role: Role) {
        self.shared.change(|model| model.roles.insert(role.name.clone(), role));
    }

    /// A role as it is now.
    pub fn role(&self, name: &str) -> Option<Role> {
        lock(&self.shared.model).roles.get(name).cloned()
    }
}

/// Requests.
impl TeleportSandbox {
    /// Somebody files a request.
    ///
    /// # Errors
    /// When the requester may not ask for this.
    pub fn create_request(&self, new: NewRequest) -> Result<String, SandboxError> {
        self.shared.change(|model| {
            let user = new.user.clone();
            model.create(new, &user).map_err(|status| refused(&status))
        })
    }

    /// Many requests are filed, as fast as the watchers take the events.
    ///
    /// # Errors
    /// At the first one that is refused.
    pub async fn create_requests(
        &self,
        many: impl IntoIterator<Item = NewRequest>,
    ) -> Result<Vec<String>, SandboxError> {
        let mut ids = Vec::new();
        for new in many {
            ids.push(self.create_request(new)?);
            for _ in 0..1000 {
                if lock(&self.shared.model).watchers.longest() <= ROOM {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
        Ok(ids)
    }

    /// Many requests are filed at one blow: a watcher gets all events at once, and more than 64 overflow.
    ///
    /// # Errors
    /// At the first one that is refused.
    pub fn burst_requests(&self, many: impl IntoIterator<Item = NewRequest>) -> Result<Vec<String>, SandboxError> {
        self.shared.change(|model| {
            let held = std::mem::replace(&mut model.hold_events, true);
            let ids = many.into_iter().map(|new| {
                let user = new.user.clone();
                model.create(new, &user).map_err(|status| refused(&status))
            });
            let ids = ids.collect();
            model.hold_events = held;
            if model.options.poll_interval.is_zero() {
                model.flush();
            }
            ids
        })
    }

    /// `author` reviews a request.
    ///
    /// # Errors
    /// For the reasons of the real server: not their business, their own request, a second review.
    pub fn review(&self, id: &str, author: &str, state: RequestState, reason: &str) -> Result<(), SandboxError> {
        let submission = Submission {
            id: id.to_owned(),
            author: String::new(),
            on_behalf: false,
            proposed: Some(state),
            reason: reason.to_owned(),
            roles: Vec::new(),
            annotated: false,
        };
        self.shared.change(|model| model.submit(&Caller::person(author), submission).map_err(|status| refused(&status)))
    }

    /// An administrator approves, past all thresholds: `tctl requests approve`.
    ///
    /// # Errors
    /// When the request is denied already, or unknown.
    pub fn approve(&self, id: &str, reason: &str) -> Result<(), SandboxError> {
        self.set_state(id, RequestState::Approved, reason)
    }

    /// An administrator denies, past all thresholds: `tctl requests deny`. On old versions also what was approved.
    ///
    /// # Errors
    /// When the request is unknown.
    pub fn deny(&self, id: &str, reason: &str) -> Result<(), SandboxError> {
        self.set_state(id, RequestState::Denied, reason)
    }

    fn set_state(&self, id: &str, state: RequestState, reason: &str) -> Result<(), SandboxError> {
        let change = StateChange {
            id: id.to_owned(),
            state,
            reason: reason.to_owned(),
            roles: Vec::new(),
            delegator: String::new(),
        };
        self.shared.change(|model| model.set_state(ADMIN, change).map_err(|status| refused(&status)))
    }

    /// An administrator removes a request: `tctl requests rm`.
    ///
    /// # Errors
    /// When it is unknown.
    pub fn remove(&self, id: &str) -> Result<(), SandboxError> {
        self.delete(id, "access_request.delete")
    }

    /// A request comes to its end now, whatever the clock says.
    ///
    /// # Errors
    /// When it is unknown.
    pub fn expire(&self, id: &str) -> Result<(), SandboxError> {
        self.delete(id, "access_request.expire")
    }

    fn delete(&self, id: &str, kind: &'static str) -> Result<(), SandboxError> {
        let deleted = self.shared.change(|model| model.delete(id, kind, ADMIN));
        if deleted { Ok(()) } else { Err(SandboxError::unknown("request", id)) }
    }

    /// Changes a request in any way, and tells the watchers.
    ///
    /// # Errors
    /// When it is unknown.
    pub fn edit(&self, id: &str, edit: impl FnOnce(&mut AccessRequest)) -> Result<(), SandboxError> {
        self.shared.change(|model| {
            let stored = model.requests.get_mut(id).ok_or_else(|| SandboxError::unknown("request", id))?;
            edit(&mut stored.request);
            stored.submitted_by.resize(stored.request.reviews.len(), None);
            if let Some(at) = stored.request.expires {
                model.expires_at(at);
            }
            model.tell_put(id);
            Ok(())
        })
    }

    /// Tells the watchers once more what a request looks like.
    pub fn put_event_again(&self, id: &str) {
        self.shared.change(|model| model.tell_put(id));
    }

    /// All requests that live, by id.
    pub fn requests(&self) -> Vec<AccessRequest> {
        lock(&self.shared.model).requests.values().map(|stored| stored.request.clone()).collect()
    }

    /// How many requests live.
    pub fn request_count(&self) -> usize {
        lock(&self.shared.model).requests.len()
    }

    /// One request, if it lives.
    pub fn request(&self, id: &str) -> Option<AccessRequest> {
        lock(&self.shared.model).requests.get(id).map(|stored| stored.request.clone())
    }

    /// The audit log so far.
    pub fn audit(&self) -> Vec<AuditEvent> {
        lock(&self.shared.model).audit.clone()
    }
}

/// Plugin data.
impl TeleportSandbox {
    /// What `plugin` has stored about a request; empty if nothing.
    pub fn plugin_data(&self, id: &str, plugin: &str) -> Record {
        let model = lock(&self.shared.model);
        model.records.get(id).and_then(|records| records.entries.get(plugin)).cloned().unwrap_or_default()
    }

    /// The requests about which `plugin` has stored something.
    pub fn plugin_data_of(&self, plugin: &str) -> Vec<(String, Record)> {
        let model = lock(&self.shared.model);
        let records = model.records.iter();
        records.filter_map(|(id, records)| Some((id.clone(), records.entries.get(plugin)?.clone()))).collect()
    }

    /// Somebody else writes plugin data, without any condition. An empty value removes its key.
    ///
    /// # Errors
    /// When there is neither a record nor a request, or the record would get too large.
    pub fn set_plugin_data(&self, id: &str, plugin: &str, set: Record) -> Result<(), SandboxError> {
        self.shared.change(|model: &mut Model| {
            service::write_plugin_data(model, "somebody else", id, plugin, set, Record::new())
                .map_err(|status| refused(&status))
        })
    }

    /// The writes that were accepted, oldest first, with those of [`TeleportSandbox::set_plugin_data`].
    pub fn plugin_writes(&self) -> Vec<PluginWrite> {
        lock(&self.shared.model).writes.clone()
    }

    /// Writes through the API that had no condition. A careful bot makes none.
    pub fn unconditional_writes(&self) -> Vec<PluginWrite> {
        let model = lock(&self.shared.model);
        let writes = model.writes.iter().filter(|write| write.expect.is_empty() && write.caller != "somebody else");
        writes.cloned().collect()
    }
}
