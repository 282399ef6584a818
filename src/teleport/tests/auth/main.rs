//! The client against a stand-in of Auth, over real sockets and TLS, and against a real one where there is one.

#![expect(clippy::unwrap_used, reason = "tests and their helpers")]

mod dialling;
mod lab;
mod listing;
mod proxy;
mod records;
mod stand_in;
mod watching;
