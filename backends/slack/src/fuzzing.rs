//! Parsers that nobody can reach from outside, for the fuzz targets: no part of the interface. What was read comes out as
//! text, since its types are nobody's business.

use accessbot_core::clock::Timestamp;
use accessbot_core::secret::Secret;
use http::HeaderMap;

use crate::api::Page;
use crate::callback::Form;
use crate::socket::Frame;
use crate::{interact, signature};

/// The payload in the body of a call.
pub fn payload(body: &[u8]) -> Option<String> {
    match Form::read(body)? {
        Form::Payload(payload) => Some(payload),
        Form::Check => None,
    }
}

/// What somebody did, by a payload.
pub fn interaction(payload: &[u8]) -> Option<String> {
    interact::parse(payload).ok().map(|interaction| format!("{interaction:?}"))
}

/// Whether a call is signed.
pub fn is_signed(secret: &Secret, headers: &HeaderMap, body: &[u8], now: Timestamp) -> bool {
    signature::verify(secret, headers, body, now).is_ok()
}

/// What a message over the socket says.
pub fn frame(text: &str) -> String {
    format!("{:?}", Frame::parse(text))
}

/// A page of messages, with our marks and all texts in it.
pub fn messages(page: &str) -> Option<String> {
    let page: Page = serde_json::from_str(page).ok()?;
    let read: Vec<_> = page.messages.iter().map(|m| (m.mark(), m.is_marked(), m.texts())).collect();
    Some(format!("{read:?} {:?}", page.next()))
}
