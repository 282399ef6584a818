//! accessbot tells the right people in the chat about Teleport access requests, and keeps what it told them true.
//!
//! This crate is the program as a library: [`run`] is all of its `main`, and everything of [`accessbot_core`] that a
//! backend needs is here under the same names. A bot with a backend of its own is one line:
//!
//! ```no_run
//! # use std::sync::Arc;
//! # use accessbot::backend::{BackendContext, BackendDef, ChatBackend, ConfigError, Section};
//! # fn build(_: &mut Section, _: &BackendContext) -> Result<Arc<dyn ChatBackend>, Vec<ConfigError>> { Err(vec![]) }
//! const CARRIER_PIGEON: BackendDef = BackendDef {
//!     name: "pigeon",
//!     keys: &[],
//!     example: "",
//!     build,
//! };
//!
//! fn main() -> std::process::ExitCode {
//!     accessbot::run(&[CARRIER_PIGEON])
//! }
//! ```

mod cli;

#[doc(inline)]
pub use accessbot_core::*;

use accessbot_core::backend::BackendDef;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub use cli::fuzzing;
pub use cli::run;

/// The backends that this build contains, by its cargo features.
pub fn bundled_backends() -> Vec<BackendDef> {
    vec![
        #[cfg(feature = "mattermost")]
        accessbot_mattermost::BACKEND,
        #[cfg(feature = "slack")]
        accessbot_slack::BACKEND,
    ]
}
