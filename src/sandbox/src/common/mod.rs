//! What every stand-in is made of: a port that stays its own, sockets that can freeze, planned faults, a log of calls,
//! and a way to wait for a change.

pub(crate) mod answer;
pub(crate) mod callback;
pub(crate) mod calls;
pub(crate) mod changes;
pub(crate) mod error;
pub(crate) mod faults;
pub(crate) mod gate;
pub(crate) mod hex;
pub(crate) mod http1;
pub(crate) mod http2;
pub(crate) mod http_faults;
pub(crate) mod ids;
pub(crate) mod listener;
pub(crate) mod lock;
pub(crate) mod pattern;
pub(crate) mod stream;
pub(crate) mod websocket;
pub(crate) mod wire;
