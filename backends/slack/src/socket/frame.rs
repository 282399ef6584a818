//! What comes over the socket.

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// Characters of an envelope's id; Slack's have 36.
const ID: usize = 100;

/// A message from Slack.
#[derive(Debug)]
pub(crate) enum Frame {
    /// The connection is ready.
    Hello {
        /// The app that it belongs to, if Slack says.
        app: Option<String>,
    },
    /// The connection will end, or has.
    Disconnect(Reason),
    /// Somebody did something.
    Interactive { envelope: String, payload: Box<RawValue>, answerable: bool },
    /// Something else that Slack wants to be acknowledged.
    Other { envelope: String },
    /// Nothing that we know.
    Unknown,
}

/// Why a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reason {
    /// It will, in some seconds.
    Warning,
    /// Connections live for some hours only.
    RefreshRequested,
    /// Socket Mode was switched off for the app.
    LinkDisabled,
    /// The app has more connections than it may.
    TooManyWebsockets,
    /// What Slack may think of next.
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Wire {
    #[serde(rename = "type")]
    kind: String,
    connection_info: Option<ConnectionInfo>,
    reason: Option<Reason>,
    envelope_id: Option<String>,
    payload: Option<Box<RawValue>>,
    #[serde(default)]
    accepts_response_payload: bool,
}

#[derive(Deserialize)]
struct ConnectionInfo {
    app_id: Option<String>,
}

impl Frame {
    /// Reads a message.
    pub(crate) fn parse(text: &str) -> Self {
        let Ok(wire) = serde_json::from_str::<Wire>(text) else { return Self::Unknown };
        let envelope = wire
            .envelope_id
            .filter(|id| (1..=ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic()));
        match (wire.kind.as_str(), envelope, wire.payload) {
            ("hello", _, _) => Self::Hello { app: wire.connection_info.and_then(|info| info.app_id) },
            ("disconnect", _, _) => Self::Disconnect(wire.reason.unwrap_or(Reason::Other)),
            ("interactive", Some(envelope), Some(payload)) => {
                Self::Interactive { envelope, payload, answerable: wire.accepts_response_payload }
            }
            (_, Some(envelope), _) => Self::Other { envelope },
            _ => Self::Unknown,
        }
    }
}

impl Reason {
    /// Whether there may be another connection, so that there should be.
    pub(super) fn is_announcement(self) -> bool {
        matches!(self, Self::Warning | Self::RefreshRequested | Self::Other)
    }
}

/// What acknowledges an envelope.
pub(super) fn acknowledgement(envelope: &str, payload: Option<Value>) -> String {
    match payload {
        Some(payload) => json!({"envelope_id": envelope, "payload": payload}).to_string(),
        None => json!({"envelope_id": envelope}).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn frames_are_known_and_what_is_unknown_is_passed_over() {
        for (text, frame) in [
            (
                r#"{"type":"hello","num_connections":1,"connection_info":{"app_id":"A1"},"x":[]}"#,
                "Hello { app: Some(\"A1\") }",
            ),
            (r#"{"type":"hello"}"#, "Hello { app: None }"),
            (r#"{"type":"disconnect","reason":"warning","debug_info":{}}"#, "Disconnect(Warning)"),
            (r#"{"type":"disconnect","reason":"refresh_requested"}"#, "Disconnect(RefreshRequested)"),
            (r#"{"type":"disconnect","reason":"link_disabled"}"#, "Disconnect(LinkDisabled)"),
            (r#"{"type":"disconnect","reason":"too_many_websockets"}"#, "Disconnect(TooManyWebsockets)"),
            (r#"{"type":"disconnect","reason":"full_moon"}"#, "Disconnect(Other)"),
            (r#"{"type":"disconnect"}"#, "Disconnect(Other)"),
            (
                r#"{"type":"interactive","envelope_id":"e1","payload":{"a":1},"accepts_response_payload":true}"#,
                "Interactive { envelope: \"e1\", payload: RawValue({\"a\":1}), answerable: true }",
            ),
            (r#"{"type":"interactive","envelope_id":"e1"}"#, "Other { envelope: \"e1\" }"),
            (r#"{"type":"events_api","envelope_id":"e1","payload":{}}"#, "Other { envelope: \"e1\" }"),
            (r#"{"type":"interactive","payload":{}}"#, "Unknown"),
            (r#"{"type":"interactive","envelope_id":"a b","payload":{}}"#, "Unknown"),
            (r#"{"type":"interactive","envelope_id":5,"payload":{}}"#, "Unknown"),
            (r#"{"type":5}"#, "Unknown"),
            ("[]", "Unknown"),
            ("", "Unknown"),
        ] {
            assert_eq!(format!("{:?}", Frame::parse(text)), frame, "{text}");
        }
    }

    #[test]
    fn an_acknowledgement_names_its_envelope() {
        assert_eq!(acknowledgement("e1", None), r#"{"envelope_id":"e1"}"#);
        assert_eq!(acknowledgement("e1", Some(json!({"a": 1}))), r#"{"envelope_id":"e1","payload":{"a":1}}"#);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,200}|\\{\"type\":\"[a-z_]{1,12}\",\"reason\":\\PC{0,40}\\}") {
            let _ = Frame::parse(&text);
        }
    }
}
