//! HTTP requests that a chat server makes to us.
//!
//! A backend names the paths that it wants to be called at; the program that runs it listens, limits what comes in, and
//! hands each request over whole. Nothing in it has been verified.

use bytes::Bytes;

/// A request of a chat server, or of anybody else who found the address. Its body is at most [`LARGEST_BODY`] bytes.
pub type CallbackRequest = http::Request<Bytes>;

/// What to answer.
pub type CallbackResponse = http::Response<Bytes>;

/// The largest body that is taken, in bytes; a larger one is refused before the backend sees it.
pub const LARGEST_BODY: usize = 256 * 1024;

/// An answer with this status and an empty body.
pub fn empty(status: http::StatusCode) -> CallbackResponse {
    let mut response = CallbackResponse::default();
    *response.status_mut() = status;
    response
}
