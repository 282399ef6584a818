//! Messages as people see them, in any chat: what the page draws and what the story checks.

use serde::Serialize;

use super::block::Block;

/// A message in a channel, in direct messages or in a thread.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Its name in the chat.
    pub id: String,
    /// The user name of its author.
    pub author: String,
    /// Whether that is the bot.
    pub from_bot: bool,
    /// The one person who sees it, or empty.
    pub only_for: String,
    /// When it was posted, in milliseconds since 1970.
    pub at: i64,
    /// Its text, in Markdown; empty if it is in the parts.
    pub text: String,
    /// Whether the chat shows it as edited.
    pub edited: bool,
    /// What is attached to it.
    pub cards: Vec<Card>,
    /// The parts that it is made of, below its text.
    pub blocks: Vec<Block>,
    /// The reactions to it, oldest first.
    pub reactions: Vec<Reaction>,
    /// Its thread, oldest first.
    pub replies: Vec<Message>,
}

/// A reaction to a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Reaction {
    /// The user name of whoever reacted.
    pub user: String,
    /// The emoji, or its name between colons.
    pub emoji: String,
}

/// A card that is attached to a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Card {
    /// The colour of its bar as `#rrggbb`, or empty.
    pub color: String,
    /// Its title.
    pub title: String,
    /// Where the title leads, or empty.
    pub title_link: String,
    /// Its text, in Markdown.
    pub text: String,
    /// Its fields.
    pub fields: Vec<Field>,
    /// Its buttons.
    pub buttons: Vec<Button>,
    /// The small line at its end.
    pub footer: String,
}

/// A field of a card.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Field {
    /// What it is about.
    pub title: String,
    /// What it says, in Markdown.
    pub value: String,
    /// Whether two of them may stand side by side.
    pub short: bool,
}

/// A button of a card.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Button {
    /// Its name in the message.
    pub id: String,
    /// What stands on it.
    pub label: String,
    /// How it looks: `good`, `danger`, or anything else for a plain one.
    pub style: String,
}

/// A form that came of a button, with a single field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Form {
    /// Its name, by which it is sent.
    pub id: String,
    /// Its heading.
    pub title: String,
    /// What stands above the field.
    pub about: String,
    /// What the field is for.
    pub label: String,
    /// What stands on the button that sends it.
    pub submit: String,
}

impl Message {
    /// What stands in it, line by line as in a terminal, without its thread.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut text = vec![self.text.clone()];
        for card in &self.cards {
            text.extend([card.title.clone(), card.text.clone()]);
            text.extend(card.fields.iter().map(|field| format!("{}: {}", field.title, field.value)));
            text.push(card.footer.clone());
        }
        text.extend(self.blocks.iter().flat_map(Block::lines));
        text.push(self.buttons().map(|button| format!("[ {} ]", button.label)).collect::<Vec<_>>().join("  "));
        if !self.only_for.is_empty() {
            text.insert(0, format!("(only {} sees this)", self.only_for));
        }
        text.iter().flat_map(|text| readable(text)).collect()
    }

    /// What stands in it, then its thread, indented.
    pub(crate) fn lines_with_thread(&self) -> Vec<String> {
        let mut lines = self.lines();
        for reply in &self.replies {
            lines.extend(reply.lines().into_iter().enumerate().map(|(n, line)| {
                let mark = if n == 0 { "  └ " } else { "    " };
                format!("{mark}{line}")
            }));
        }
        lines
    }

    /// Whether `text` stands anywhere in it, its thread left aside.
    pub(crate) fn contains(&self, text: &str) -> bool {
        self.text.contains(text)
            || self.cards.iter().any(|card| {
                let fields = card.fields.iter().any(|field| field.value.contains(text));
                card.title.contains(text) || card.text.contains(text) || fields
            })
            || self.blocks.iter().flat_map(Block::lines).any(|line| line.contains(text))
    }

    /// Its buttons.
    pub(crate) fn buttons(&self) -> impl Iterator<Item = &Button> {
        let in_cards = self.cards.iter().flat_map(|card| &card.buttons);
        in_cards.chain(self.blocks.iter().flat_map(Block::buttons))
    }

    /// The value of the first field with this title.
    pub(crate) fn field(&self, title: &str) -> Option<String> {
        let mut fields = self.cards.iter().flat_map(|card| &card.fields);
        let in_cards = fields.find(|field| field.title == title).map(|field| field.value.clone());
        in_cards.or_else(|| self.blocks.iter().find_map(|block| block.field(title)))
    }
}

/// The lines of a text without the marks of code blocks, which a terminal does not need.
fn readable(text: &str) -> Vec<String> {
    let marked = text.lines().map(|line| line.trim_end().trim_end_matches("```").trim_end());
    marked.filter(|line| !line.is_empty()).map(str::to_owned).collect()
}
