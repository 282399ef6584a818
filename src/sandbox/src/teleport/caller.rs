//! Who calls, and what they may.

use tonic::Status;

use super::model::Model;

/// A caller, by the certificate that was given at the handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// Gave no certificate.
    Nobody,
    /// A user, who need not exist any more.
    User(String),
}

impl Caller {
    /// The name that the server uses for them.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Nobody => "Nop",
            Self::User(name) => name,
        }
    }

    /// Refuses locked users, whatever they call.
    pub(crate) fn check_lock(&self, model: &Model) -> Result<(), Status> {
        match model.users.get(self.name()) {
            Some(user) if user.locked => Err(Status::permission_denied("[10] access denied")),
            _ => Ok(()),
        }
    }

    /// Whether a role of theirs has the verb on the kind of resource.
    pub(crate) fn has(&self, model: &Model, verb: &str, resource: &str) -> bool {
        model.roles_of(self.name()).any(|role| role.rules.get(resource).is_some_and(|verbs| verbs.contains(verb)))
    }

    /// Refuses who has not.
    pub(crate) fn check(&self, model: &Model, verb: &str, resource: &str) -> Result<(), Status> {
        if self.has(model, verb, resource) {
            return Ok(());
        }
        let message = format!("access denied to perform action {verb:?} on {resource:?}");
        Err(Status::permission_denied(message))
    }

    /// Refuses who has it on neither kind; what is missing is said of the second.
    pub(crate) fn check_either(&self, model: &Model, verb: &str, one: &str, other: &str) -> Result<(), Status> {
        if self.has(model, verb, one) { Ok(()) } else { self.check(model, verb, other) }
    }
}
