//! What people decide with: buttons, and a line that says how it is done without them.

use accessbot_core::backend::decision::{self, Choices};
use accessbot_core::request::RequestId;
use serde::Serialize;

use crate::decisions::{ButtonContext, Inputs};

/// A button.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Action {
    /// Letters and digits: a server before 11.10 does not find a button with any other.
    id: &'static str,
    /// What stands on it.
    name: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    style: &'static str,
    integration: Integration,
}

/// Where a press on it goes, and with what. The server shows it to nobody.
#[derive(Clone, Debug, Serialize)]
struct Integration {
    url: String,
    context: ButtonContext,
}

/// All that a card offers to those who decide.
#[derive(Debug, Default)]
pub(super) struct Ways {
    pub(super) actions: Vec<Action>,
    /// A line of Markdown; empty if there are only buttons, or nothing to decide.
    pub(super) hint: String,
}

impl Ways {
    /// What `choices` on `request` look like where these `inputs` are on.
    pub(super) fn new(choices: Option<&Choices>, request: &RequestId, inputs: &Inputs) -> Self {
        let Some(choices) = choices else { return Self::default() };
        let button = |choice: &decision::Choice| {
            let url = inputs.buttons.as_ref()?.action.clone();
            let context = ButtonContext::new(request, choice.action, choices.reason, &choice.proof)?;
            Some(Action {
                id: choice.action.word(),
                name: choice.action.label(),
                kind: "button",
                style: match choice.action {
                    decision::Action::Approve => "good",
                    decision::Action::Deny => "danger",
                },
                integration: Integration { url, context },
            })
        };
        Self { actions: choices.buttons.iter().filter_map(button).collect(), hint: inputs.hint(choices.reason) }
    }
}
