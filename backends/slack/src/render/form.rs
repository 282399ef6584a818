//! The form that asks whoever decides for a reason.

use accessbot_core::backend::decision::{Press, ReasonRule};
use accessbot_core::text::{excerpt, push_visible};
use serde::Serialize;

use super::block::{Block, Plain, TextInput};

/// Slack's name for our form.
pub(crate) const FORM: &str = "accessbot_reason";
/// The block, and the field in it, that the reason is in.
pub(crate) const REASON: &str = "reason";
/// The longest reason that is taken, in bytes: Teleport refuses longer ones.
pub(crate) const REASON_BYTES: usize = 4000;
/// Characters that can be written. None has more than four bytes.
const REASON_ROOM: usize = REASON_BYTES / 4;
/// Characters of a request's name. Teleport's have 36.
const NAME_ROOM: usize = 120;

/// A form.
#[derive(Debug, Serialize)]
pub(crate) struct Form {
    #[serde(rename = "type")]
    kind: &'static str,
    callback_id: &'static str,
    /// What comes back with the form, and is not shown.
    private_metadata: String,
    title: Plain,
    submit: Plain,
    close: Plain,
    blocks: Vec<Block>,
}

impl Form {
    /// Asks why, and brings `state` back.
    pub(crate) fn new(press: &Press, rule: ReasonRule, state: String) -> Self {
        let label = press.action.label();
        let mut request = String::new();
        let name = excerpt(press.request.as_str(), NAME_ROOM, usize::MAX).text;
        name.chars().for_each(|c| push_visible(&mut request, c));
        let reason = Block::Input {
            block_id: REASON,
            label: Plain::new("Reason"),
            element: TextInput::lines(REASON, REASON_ROOM),
            optional: rule != ReasonRule::Required,
        };
        Self {
            kind: "modal",
            callback_id: FORM,
            private_metadata: state,
            title: Plain::new(format!("{label} request")),
            submit: Plain::new(label),
            close: Plain::new("Cancel"),
            blocks: vec![Block::Words { text: Plain::new(format!("Access request {request}")) }, reason],
        }
    }
}

#[cfg(test)]
mod tests {
    use accessbot_core::backend::MessageRef;
    use accessbot_core::backend::decision::{Action, ChatUserId, Proof};
    use accessbot_core::request::RequestId;

    use super::*;

    #[test]
    fn the_wire_form() {
        let press = Press {
            request: RequestId::new("<!channel>\u{202e}"),
            action: Action::Deny,
            message: MessageRef { conversation: "C0123ABCD".into(), message: "1.2".into() },
            who: ChatUserId("U0123ABCD".into()),
            proof: Proof::new("p"),
        };
        let form = Form::new(&press, ReasonRule::Required, "state".to_owned());
        insta::assert_snapshot!(serde_json::to_string_pretty(&form).unwrap(), @r#"
        {
          "type": "modal",
          "callback_id": "accessbot_reason",
          "private_metadata": "state",
          "title": {
            "type": "plain_text",
            "text": "Deny request",
            "emoji": false
          },
          "submit": {
            "type": "plain_text",
            "text": "Deny",
            "emoji": false
          },
          "close": {
            "type": "plain_text",
            "text": "Cancel",
            "emoji": false
          },
          "blocks": [
            {
              "type": "section",
              "text": {
                "type": "plain_text",
                "text": "Access request <!channel>\\u{202e}",
                "emoji": false
              }
            },
            {
              "type": "input",
              "block_id": "reason",
              "label": {
                "type": "plain_text",
                "text": "Reason",
                "emoji": false
              },
              "element": {
                "type": "plain_text_input",
                "action_id": "reason",
                "multiline": true,
                "max_length": 1000
              },
              "optional": false
            }
          ]
        }
        "#);
    }
}
