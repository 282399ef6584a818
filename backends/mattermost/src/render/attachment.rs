//! A message attachment, as Mattermost took it over from Slack.

use accessbot_core::backend::CardState;
use serde::Serialize;

use super::actions::Action;

/// An attachment. Empty parts are left out.
#[derive(Debug, Default, Serialize)]
pub(super) struct Attachment {
    /// What stands for it where attachments are not shown.
    pub(super) fallback: String,
    /// Of the bar at its left.
    pub(super) color: &'static str,
    pub(super) title: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) title_link: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) fields: Vec<AttachmentField>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) text: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) actions: Vec<Action>,
}

/// A labelled part of it.
#[derive(Debug, Serialize)]
pub(super) struct AttachmentField {
    pub(super) title: &'static str,
    pub(super) value: String,
    /// Whether another short field may stand beside it.
    pub(super) short: bool,
}

/// The colour of a state.
pub(super) fn color(state: CardState) -> &'static str {
    match state {
        CardState::Pending => "#F2A100",
        CardState::Approved => "#3DB887",
        CardState::Denied => "#D24B4E",
        CardState::Promoted => "#1C58D9",
        CardState::Expired | CardState::Removed => "#8D93A1",
    }
}
