//! Teleport's protocol, generated from `proto/teleport` by `tests/codegen.rs`. One module for each protobuf package.
//!
//! The server halves exist with the feature `server` only. Their methods answer UNIMPLEMENTED unless they are written, as
//! an older server does to a newer call.

/// Package `proto`: the Auth service and its messages.
#[allow(missing_docs, unreachable_pub, clippy::all, clippy::pedantic)]
pub mod auth {
    include!("generated/proto.rs");
}

/// Package `types`: Teleport's resources.
#[allow(missing_docs, unreachable_pub, clippy::all, clippy::pedantic)]
pub mod types {
    include!("generated/types.rs");
}

/// Package `wrappers`: maps of lists.
#[allow(missing_docs, unreachable_pub, clippy::all, clippy::pedantic)]
pub mod wrappers {
    include!("generated/wrappers.rs");
}
