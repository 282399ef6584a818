//! The engine of accessbot.
//!
//! Everything here is policy and bookkeeping: which access requests there are, who must be told, what has been said
//! already, and what to do next. Nothing here opens a socket: Teleport is behind the [`teleport::Teleport`] port, the
//! chat systems are behind [`backend::ChatBackend`], the time is behind [`clock::Clock`].

pub mod backend;
pub mod clock;
pub mod engine;
pub mod ledger;
pub mod plan;
pub mod random;
pub mod request;
pub mod routing;
pub mod secret;
pub mod teleport;
pub mod text;
pub mod words;
