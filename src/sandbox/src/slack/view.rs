//! What stands in a channel, for those who look at it from outside.

use std::fmt;

use accessbot_core::clock::Timestamp;
use serde_json::Value;

use super::mention::EVERYBODY;
use super::model::{Channel, Message, Model};

/// A message as it is now.
#[derive(Clone, Debug, PartialEq)]
pub struct MessageView {
    /// The id of its channel.
    pub channel: String,
    /// Its id within the channel.
    pub ts: String,
    /// The `ts` of the thread's root; empty for a root.
    pub thread_ts: String,
    /// The name of its author.
    pub author: String,
    /// The text that notifications show, as it was sent.
    pub notification: String,
    /// The blocks as they were sent.
    pub blocks: Vec<Value>,
    /// The metadata as it was sent.
    pub metadata: Option<Value>,
    /// The replies that stand in its thread, oldest first.
    pub replies: Vec<MessageView>,
    /// The names of those whom it mentioned when it was posted, sorted; `*` for everybody in the channel.
    pub mentioned: Vec<String>,
    /// How often it was updated.
    pub edits: usize,
}

impl MessageView {
    pub(super) fn of(model: &Model, channel: &Channel, message: &Message) -> Self {
        let name = |id: &String| model.users.get(id).map_or_else(|| id.clone(), |user| user.name.clone());
        let replies = channel.messages.values().filter(|reply| reply.thread_ts == message.ts);
        let mentioned = message.mentions.iter().map(|id| if id == EVERYBODY { id.clone() } else { name(id) });
        Self {
            channel: channel.id.clone(),
            ts: message.ts.clone(),
            thread_ts: message.thread_ts.clone(),
            author: name(&message.user),
            notification: message.text.clone(),
            blocks: message.blocks.clone(),
            metadata: message.metadata.clone(),
            replies: replies.map(|reply| Self::of(model, channel, reply)).collect(),
            mentioned: mentioned.collect(),
            edits: message.edits,
        }
    }

    /// When it was posted, by its `ts`.
    pub fn created(&self) -> Timestamp {
        let micros = self.ts.replace('.', "").parse::<i64>().unwrap_or_default();
        Timestamp::from_millis(micros / 1000)
    }

    /// All text that people see of it, a line for each part: the blocks, or the text of a message without any. What
    /// stood for `&`, `<` and `>` is these again; marks of emphasis stay.
    pub fn text(&self) -> String {
        if self.blocks.is_empty() {
            return plain(&self.notification);
        }
        let mut lines = Vec::new();
        self.blocks.iter().for_each(|block| collect(block, &mut lines));
        lines.join("\n")
    }

    /// What stands below this label.
    pub fn field(&self, label: &str) -> Option<String> {
        let text = self.text();
        let label = format!("*{label}*");
        let mut lines = text.lines().skip_while(|line| *line != label);
        lines.next()?;
        lines.next().map(str::to_owned)
    }
}

fn collect(part: &Value, lines: &mut Vec<String>) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match part["type"].as_str().unwrap_or_default() {
        "mrkdwn" => lines.push(plain(&text(&part["text"]))),
        "plain_text" => lines.push(text(&part["text"])),
        "rich_text_section" | "rich_text_preformatted" | "rich_text_quote" => {
            let run =
                |element: &Value| text(element.get("text").or_else(|| element.get("url")).unwrap_or(&Value::Null));
            lines.push(part["elements"].as_array().into_iter().flatten().map(run).collect());
        }
        _ => {
            collect_if(part.get("text"), lines);
            for key in ["fields", "elements"] {
                part[key].as_array().into_iter().flatten().for_each(|part| collect(part, lines));
            }
        }
    }
}

fn collect_if(part: Option<&Value>, lines: &mut Vec<String>) {
    if let Some(part) = part {
        collect(part, lines);
    }
}

fn plain(mrkdwn: &str) -> String {
    mrkdwn.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// For the dump of a test that waited in vain.
impl fmt::Display for MessageView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "  {} {} edits={} mentioned={:?}", self.ts, self.author, self.edits, self.mentioned)?;
        for line in self.text().lines() {
            writeln!(f, "    | {line}")?;
        }
        for reply in &self.replies {
            writeln!(f, "      > {}: {}", reply.author, reply.text().replace('\n', " / "))?;
        }
        Ok(())
    }
}
