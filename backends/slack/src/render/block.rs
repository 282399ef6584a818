//! Blocks, as far as we use them.

use serde::Serialize;

/// A block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Block {
    Section {
        text: Text,
    },
    /// Two columns of short texts.
    #[serde(rename = "section")]
    Fields {
        fields: Vec<Text>,
    },
    /// Words just as they are.
    #[serde(rename = "section")]
    Words {
        text: Plain,
    },
    /// Small print.
    Context {
        elements: Vec<Text>,
    },
    RichText {
        elements: Vec<RichPart>,
    },
    /// A row of buttons.
    Actions {
        block_id: &'static str,
        elements: Vec<Button>,
    },
    /// A field to be filled in, in forms only.
    Input {
        block_id: &'static str,
        label: Plain,
        element: TextInput,
        optional: bool,
    },
}

/// A text in Slack's markup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Text {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(rename = "text")]
    pub(super) words: String,
    /// Whether Slack leaves alone what merely looks like an address or a channel.
    verbatim: bool,
}

/// A text in which nothing has a meaning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Plain {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(rename = "text")]
    pub(super) words: String,
    /// Whether Slack makes pictures of words between colons.
    emoji: bool,
}

/// A button.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Button {
    #[serde(rename = "type")]
    kind: &'static str,
    pub(super) text: Plain,
    pub(super) action_id: &'static str,
    /// What comes back when it is pressed. Whoever sees the button can read it.
    pub(super) value: String,
    style: &'static str,
}

/// Where people write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct TextInput {
    #[serde(rename = "type")]
    kind: &'static str,
    action_id: &'static str,
    multiline: bool,
    max_length: usize,
}

/// A part of a rich text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct RichPart {
    #[serde(rename = "type")]
    kind: &'static str,
    pub(super) elements: Vec<RichElement>,
}

/// A run of characters, just as they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct RichElement {
    #[serde(rename = "type")]
    kind: &'static str,
    pub(super) text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    style: Option<Style>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
struct Style {
    bold: bool,
}

impl Text {
    pub(super) fn new(text: String) -> Self {
        Self { kind: "mrkdwn", words: text, verbatim: true }
    }
}

impl Plain {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self { kind: "plain_text", words: text.into(), emoji: false }
    }
}

impl Button {
    /// A button of one of Slack's two styles, `primary` and `danger`.
    pub(super) fn new(label: &str, action_id: &'static str, value: String, style: &'static str) -> Self {
        Self { kind: "button", text: Plain::new(label), action_id, value, style }
    }
}

impl TextInput {
    /// A field of several lines with at most so many characters.
    pub(crate) fn lines(action_id: &'static str, max_length: usize) -> Self {
        Self { kind: "plain_text_input", action_id, multiline: true, max_length }
    }
}

impl Block {
    pub(super) fn section(text: String) -> Self {
        Self::Section { text: Text::new(text) }
    }

    pub(super) fn context(text: String) -> Self {
        Self::Context { elements: vec![Text::new(text)] }
    }

    /// Words of others, or commands, under a label and with a remark, both of which may be empty.
    pub(super) fn quotation(label: &str, text: &str, remark: &str) -> Self {
        let run = |text: &str, style| RichElement { kind: "text", text: text.to_owned(), style };
        let section = |element| RichPart { kind: "rich_text_section", elements: vec![element] };
        let mut elements = Vec::new();
        if !label.is_empty() {
            elements.push(section(run(label, Some(Style { bold: true }))));
        }
        elements.push(RichPart { kind: "rich_text_preformatted", elements: vec![run(text, None)] });
        if !remark.is_empty() {
            elements.push(section(run(remark, None)));
        }
        Self::RichText { elements }
    }
}
