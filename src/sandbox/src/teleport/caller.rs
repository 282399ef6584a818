//! Who calls, and what they may.

use rustls_pki_types::CertificateDer;
use tonic::Status;
use x509_parser::oid_registry::Oid;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::authority::{BOT, IMPERSONATOR};
use super::model::Model;
use super::version::TeleportVersion;
use crate::common::ids::UUID_LENGTH;

/// A caller, by the certificate that was given at the handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// Gave no certificate.
    Nobody,
    /// A user, who need not exist any more.
    User {
        name: String,
        /// Whether they may do what administrators do without showing a second factor: bots, and what was signed on the
        /// Auth server's own machine.
        trusted: bool,
    },
}

impl Caller {
    /// Somebody in person, with everything that they need at hand.
    pub(crate) fn person(name: &str) -> Self {
        Self::User { name: name.to_owned(), trusted: true }
    }

    /// The user that a verified certificate names.
    pub(crate) fn of_certificate(certificate: &CertificateDer<'_>) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
        let subject = certificate.subject();
        let name = subject.iter_common_name().next()?.as_str().ok()?;
        let extra = |oid: &[u64]| {
            let oid = Oid::from(oid).ok()?;
            subject.iter_by_oid(&oid).next()?.as_str().ok()
        };
        // A host is `UUID.CLUSTER`, where a person has a name of some other form.
        let is_host = |name: &str| name.split_once('.').is_some_and(|(host, _)| host.len() == UUID_LENGTH);
        let trusted = extra(&BOT).is_some() || extra(&IMPERSONATOR).is_some_and(is_host);
        Some(Self::User { name: name.to_owned(), trusted })
    }

    /// The name that the server uses for them.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Nobody => "Nop",
            Self::User { name, .. } => name,
        }
    }

    /// Refuses locked users, whatever they call.
    pub(crate) fn check_lock(&self, model: &Model) -> Result<(), Status> {
        if model.is_locked(self.name()) { Err(Status::permission_denied("[10] access denied")) } else { Ok(()) }
    }

    /// Refuses who would have to show a second factor for what administrators do, which nobody can here.
    pub(crate) fn check_second_factor(&self, model: &Model) -> Result<(), Status> {
        let demanded = model.options.admin_mfa && model.version() >= TeleportVersion::V16;
        if demanded && !matches!(self, Self::User { trusted: true, .. }) {
            return Err(Status::permission_denied("admin-level API request requires MFA verification"));
        }
        Ok(())
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
