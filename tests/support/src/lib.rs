//! What tests of accessbot share.
//!
//! [`conformance`] is for whoever writes a backend, in this workspace or elsewhere, and needs nothing but
//! `accessbot-core`. The harness, behind the feature of that name, is the world of stand-ins of our own tests.

pub mod conformance;
#[cfg(feature = "harness")]
pub mod harness;
