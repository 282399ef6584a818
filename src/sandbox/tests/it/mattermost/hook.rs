//! Buttons that call an integration.

use serde_json::{Value, json};

pub(crate) use crate::hook::Hook;

impl Hook {
    /// Props with one button that calls it with this context.
    pub(crate) fn button(&self, context: &Value) -> Value {
        button(&self.url(), context)
    }
}

/// Props with one button, `go`.
pub(crate) fn button(url: &str, context: &Value) -> Value {
    let integration = json!({"url": url, "context": context});
    json!({"attachments": [{"text": "x", "actions": [
        {"id": "go", "name": "Go", "type": "button", "integration": integration},
    ]}]})
}
