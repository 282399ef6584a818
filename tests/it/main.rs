//! The program from outside: what an operator types, reads and waits for.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails there and then")]

mod bot;
mod check;
mod check_deciders;
mod command_line;
mod configuration;
mod demo;
mod generations;
mod http;
mod life;
mod missing_role;
mod program;
mod readme;
mod review_mode;
mod security;
mod status;
mod stories;
mod tidy;
