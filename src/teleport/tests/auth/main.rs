//! The client against a stand-in of Auth, over real sockets and TLS, and against a real one where there is one.

#![expect(clippy::unwrap_used, reason = "tests and their helpers")]

mod dialling;
mod lab;
mod listing;
mod ports;
mod proxy;
mod records;
mod renewing;
mod stand_in;
mod watching;
mod wrong_set_ups;
