//! Teleport's protocol, generated from `proto/teleport` by `tests/codegen.rs`. One module for each protobuf package.
//!
//! The server halves exist with the feature `server` only. Their methods answer UNIMPLEMENTED unless they are written, as
//! an older server does to a newer call.

/// Package `proto`: the Auth service and its messages.
#[allow(missing_docs, unreachable_pub, clippy::all, clippy::pedantic)]
pub mod auth {
    include!("generated/proto.rs");
}

pub use self::teleport::users::v1 as users;

/// Packages under `teleport`, nested as the generated code wants them.
mod teleport {
    pub(super) mod users {
        /// Package `teleport.users.v1`: the service for users.
        #[allow(missing_docs, unreachable_pub, clippy::all, clippy::pedantic)]
        pub mod v1 {
            include!("generated/teleport.users.v1.rs");
        }
    }
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
