//! What tests of accessbot share.

#[cfg(feature = "harness")]
pub mod harness;
