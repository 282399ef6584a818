//! Teleport over gRPC.

pub mod proto;
