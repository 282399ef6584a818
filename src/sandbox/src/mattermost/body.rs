//! JSON bodies, decoded as the server does it.

use serde::de::DeserializeOwned;
use serde_json::Value;

/// Decodes an object. Fields that are `null` count as not sent; a list is no object, and a wrong type is nothing at all.
pub(crate) fn object<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    let mut body: Value = serde_json::from_slice(body).ok()?;
    body.as_object_mut()?.retain(|_, value| !value.is_null());
    serde_json::from_value(body).ok()
}
