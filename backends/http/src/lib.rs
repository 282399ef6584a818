//! What the backends have in common when they call a chat server over HTTP: who is trusted, how long anything may take,
//! how much is read, and what to tell of what went wrong.
//!
//! What a call means, and what the engine should make of its failure, is each backend's own.

mod base_url;
mod body;
mod client;
mod pause;
mod per_token;
mod rest;
mod retry_after;
mod tls;
mod transport;
mod websocket;

pub use base_url::{BadUrl, BaseUrl};
pub use body::{BodyError, body_of};
pub use client::{BuildError, CONNECTIONS, bearer, client};
pub use pause::Pause;
pub use per_token::PerToken;
pub use rest::Rest;
pub use retry_after::seconds_asked;
pub use tls::TlsError;
pub use transport::{Transport, chain};
pub use websocket::{WebSocket, WebSocketError, open_websocket};
