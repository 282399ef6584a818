//! Teleport over gRPC: the implementation of the port [`accessbot_core::teleport::Teleport`].
//!
//! [`CredentialFiles`] are loaded and checked into [`Credentials`]; with an [`Address`] they make a [`TeleportClient`],
//! which dials when it is first used and again whenever it has to. Nothing here decides anything about requests.

// Who we are, and whom we trust.
mod certificate;
mod credential_error;
mod credential_file;
mod credentials;
mod der;
mod identity_file;
mod openssh_key;
mod pem;
mod private_key;

// The way to the server.
mod address;
mod diagnosis;
mod dial;
mod dial_error;
mod dial_hint;
mod door;
mod first_words;
mod link;
mod tls;
mod way;
mod web_authorities;
mod web_discovery;
mod witness;

// What is said over it.
mod calls;
mod client;
mod convert;
mod decisions;
mod listing;
mod locks;
mod people;
mod permissions;
mod plugin_data;
pub mod proto;
mod review_support;
mod status;
mod version;
mod watch;

#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
#[cfg(test)]
mod piped;

pub use address::{Address, AddressError, DEFAULT_PORT};
pub use certificate::{Certificate, IssuedBy};
pub use client::{CredentialChange, TeleportClient};
pub use credential_error::{CredentialError, CredentialProblem, FileRole};
pub use credentials::{CredentialFiles, Credentials, Lifetime};
pub use door::Door;
pub use permissions::{Outcome, Permission, missing_rules};
pub use review_support::{MissingRights, Need, ReviewCheck, ReviewNeeds, ReviewSupport};
pub use way::Way;
pub use web_authorities::WebAuthorities;
