//! The parts of a message in chats that put messages together from parts, with their text taken to pieces.

use serde::Serialize;

use super::message::Button;

/// A part of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Block {
    /// A title in large type.
    Header {
        /// What it says.
        runs: Vec<Run>,
    },
    /// A paragraph.
    Text {
        /// What it says.
        runs: Vec<Run>,
    },
    /// Short texts, two side by side.
    Fields {
        /// What each of them says.
        fields: Vec<Vec<Run>>,
    },
    /// Text whose characters and lines stand as they are.
    Code {
        /// What it says.
        runs: Vec<Run>,
    },
    /// Somebody's words.
    Quote {
        /// What they are.
        runs: Vec<Run>,
    },
    /// Small print.
    SmallPrint {
        /// What it says.
        runs: Vec<Run>,
    },
    /// A line across.
    Divider,
    /// Buttons in a row.
    Buttons {
        /// Each of them.
        buttons: Vec<Button>,
    },
}

/// A run of characters that look the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Run {
    /// The characters.
    pub text: String,
    /// How they look.
    pub look: Look,
    /// Where they lead, or empty.
    pub link: String,
    /// The moment that they stand for, in milliseconds since 1970. Readers see it in their own time.
    pub time: Option<i64>,
}

/// How a run looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Look {
    /// As text does.
    #[default]
    Plain,
    /// Bold.
    Bold,
    /// Slanted.
    Italic,
    /// Struck through.
    Struck,
    /// Code within a line.
    Code,
}

impl Run {
    /// Characters that look like this.
    pub(crate) fn new(text: impl Into<String>, look: Look) -> Self {
        Self { text: text.into(), look, ..Self::default() }
    }
}

impl Block {
    /// Its texts, each in runs.
    fn texts(&self) -> impl Iterator<Item = &[Run]> {
        let texts: Vec<&[Run]> = match self {
            Self::Header { runs }
            | Self::Text { runs }
            | Self::Code { runs }
            | Self::Quote { runs }
            | Self::SmallPrint { runs } => vec![runs],
            Self::Fields { fields } => fields.iter().map(Vec::as_slice).collect(),
            Self::Divider | Self::Buttons { .. } => Vec::new(),
        };
        texts.into_iter()
    }

    /// The buttons in it.
    pub(crate) fn buttons(&self) -> &[Button] {
        match self {
            Self::Buttons { buttons } => buttons,
            _ => &[],
        }
    }

    /// What stands in it, a text for each of its texts; those below a label begin with `label: `.
    pub(crate) fn lines(&self) -> Vec<String> {
        let line = |runs| match labelled(runs) {
            Some((label, value)) => format!("{label}: {value}"),
            None => words(runs),
        };
        self.texts().map(line).collect()
    }

    /// What stands in it below this label.
    pub(crate) fn field(&self, label: &str) -> Option<String> {
        self.texts().filter_map(labelled).find_map(|(found, value)| (found == label).then_some(value))
    }
}

fn words(runs: &[Run]) -> String {
    runs.iter().map(|run| run.text.as_str()).collect()
}

/// A bold line, and what stands below it.
fn labelled(runs: &[Run]) -> Option<(&str, String)> {
    let (label, rest) = runs.split_first()?;
    let value = words(rest);
    let value = value.strip_prefix('\n')?;
    (label.look == Look::Bold).then(|| (label.text.as_str(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bold_line_labels_what_stands_below_it() {
        let status = || vec![Run::new("Status", Look::Bold), Run::new("\nPENDING", Look::Plain)];
        let block = Block::Fields { fields: vec![vec![Run::new("plain", Look::Plain)], status()] };
        assert_eq!(block.lines(), ["plain", "Status: PENDING"]);
        assert_eq!(block.field("Status").as_deref(), Some("PENDING"));
        assert_eq!(block.field("plain"), None);
        assert_eq!(Block::Text { runs: vec![Run::new("Bold", Look::Bold)] }.lines(), ["Bold"]);
        assert_eq!(Block::Divider.lines(), [""; 0]);
    }
}
