//! What people see, told with the real program, real sockets, and stand-ins that behave like the real servers.

mod adoption;
mod bad_input;
mod callbacks;
mod crowds;
mod decisions;
mod ends;
mod every_chat;
mod killed;
mod mattermost;
mod recipients;
mod renewal;
mod reviews;
mod servers;
mod side_by_side;
mod signals;
mod slack;
mod trouble;
