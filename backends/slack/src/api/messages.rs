//! Messages: ours, and those of others among which ours are found.

use accessbot_core::backend::Mark;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::channels::Next;
use crate::client::Client;
use crate::failure::Failure;
use crate::method::{DELETE_MESSAGE, HISTORY, Method, PERMALINK, POST_MESSAGE, REPLIES, UPDATE_MESSAGE};
use crate::recipient::is_conversation_id;
use crate::render::{Block, Metadata};

/// Messages per page. Slack recommends no more than 200.
const PAGE: &str = "200";

/// A message to be posted.
#[derive(Debug, Serialize)]
pub(crate) struct NewMessage<'a> {
    pub(crate) channel: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) thread_ts: Option<&'a str>,
    pub(crate) text: &'a str,
    pub(crate) blocks: &'a [Block],
    pub(crate) metadata: &'a Metadata,
    /// A link would otherwise be fetched and shown, by whomever it leads to.
    unfurl_links: bool,
    unfurl_media: bool,
}

impl<'a> NewMessage<'a> {
    pub(crate) fn new(channel: &'a str, text: &'a str, blocks: &'a [Block], metadata: &'a Metadata) -> Self {
        Self { channel, thread_ts: None, text, blocks, metadata, unfurl_links: false, unfurl_media: false }
    }
}

/// A message that is there, changed.
#[derive(Debug, Serialize)]
struct Changed<'a> {
    channel: &'a str,
    ts: &'a str,
    text: &'a str,
    /// An empty list removes those that are there; none at all would too, but not say so.
    blocks: &'a [Block],
    metadata: &'a Metadata,
}

/// What Slack says of a message that it has just made.
#[derive(Debug, Deserialize)]
pub(crate) struct Posted {
    pub(crate) channel: String,
    pub(crate) ts: String,
    #[serde(default)]
    message: Option<Author>,
}

#[derive(Debug, Deserialize)]
struct Author {
    #[serde(default)]
    bot_id: String,
}

impl Posted {
    /// Whether it is of this bot, as far as the answer says.
    pub(crate) fn is_of(&self, bot_id: &str) -> bool {
        self.message.as_ref().is_none_or(|message| message.bot_id.is_empty() || message.bot_id == bot_id)
    }
}

/// Where a message is.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Place<'a> {
    pub(crate) channel: &'a str,
    pub(crate) ts: &'a str,
}

impl Place<'_> {
    /// Whether this can be the place of a message at all.
    pub(crate) fn is_sound(&self) -> bool {
        let digits = |part: &str| !part.is_empty() && part.len() <= 20 && part.bytes().all(|b| b.is_ascii_digit());
        let ts = self.ts.split_once('.').is_some_and(|(seconds, fraction)| digits(seconds) && digits(fraction));
        ts && is_conversation_id(self.channel)
    }
}

/// A message as it stands.
#[derive(Debug, Deserialize)]
pub(crate) struct Message {
    #[serde(default)]
    pub(crate) ts: String,
    #[serde(default)]
    pub(crate) bot_id: String,
    #[serde(default)]
    pub(crate) thread_ts: String,
    #[serde(default)]
    pub(crate) text: String,
    // What others put there must not spoil the page, so it is looked at only if the message is ours.
    #[serde(default)]
    blocks: Option<Box<RawValue>>,
    #[serde(default)]
    metadata: Option<Box<RawValue>>,
}

impl Message {
    /// Our mark, if it carries one.
    pub(crate) fn mark(&self) -> Option<Mark> {
        let metadata: Metadata = serde_json::from_str(self.metadata.as_ref()?.get()).ok()?;
        metadata.mark()
    }

    /// Whether it carries metadata at all.
    pub(crate) fn is_marked(&self) -> bool {
        self.metadata.as_ref().is_some_and(|metadata| metadata.get() != "null")
    }

    /// All texts of it, in order, those of the blocks first.
    pub(crate) fn texts(&self) -> Vec<String> {
        let mut texts = Vec::new();
        let blocks = self.blocks.as_ref().and_then(|blocks| serde_json::from_str(blocks.get()).ok());
        collect(&blocks.unwrap_or_default(), &mut texts);
        texts.push(self.text.clone());
        texts
    }
}

fn collect(value: &serde_json::Value, texts: &mut Vec<String>) {
    match value {
        serde_json::Value::Array(parts) => parts.iter().for_each(|part| collect(part, texts)),
        serde_json::Value::Object(parts) => {
            if let Some(text) = parts.get("text").and_then(serde_json::Value::as_str) {
                texts.push(text.to_owned());
            }
            parts.values().filter(|part| !part.is_string()).for_each(|part| collect(part, texts));
        }
        _ => {}
    }
}

/// Some of the messages of a channel or of a thread.
#[derive(Debug, Deserialize)]
pub(crate) struct Page {
    #[serde(default)]
    pub(crate) messages: Vec<Message>,
    #[serde(default, rename = "response_metadata")]
    next: Option<Next>,
}

impl Page {
    pub(crate) fn next(&self) -> Option<String> {
        self.next.as_ref().and_then(Next::cursor)
    }
}

impl Client {
    pub(crate) async fn post_message(&self, message: &NewMessage<'_>) -> Result<Posted, Failure> {
        self.write(POST_MESSAGE, message).await
    }

    pub(crate) async fn update_message(
        &self,
        place: Place<'_>,
        text: &str,
        blocks: &[Block],
        metadata: &Metadata,
    ) -> Result<(), Failure> {
        let changed = Changed { channel: place.channel, ts: place.ts, text, blocks, metadata };
        self.write::<serde::de::IgnoredAny>(UPDATE_MESSAGE, &changed).await.map(drop)
    }

    pub(crate) async fn delete_message(&self, place: Place<'_>) -> Result<(), Failure> {
        self.write::<serde::de::IgnoredAny>(DELETE_MESSAGE, &place).await.map(drop)
    }

    /// Whether a message exists: the one question about it that needs no scope.
    pub(crate) async fn permalink(&self, place: Place<'_>) -> Result<(), Failure> {
        let arguments = [("channel", place.channel), ("message_ts", place.ts)];
        self.read::<serde::de::IgnoredAny>(PERMALINK, &arguments).await.map(drop)
    }

    /// The messages of a channel from `oldest` on, without replies, newest first.
    pub(crate) async fn history(&self, channel: &str, oldest: &str, cursor: Option<&str>) -> Result<Page, Failure> {
        self.page(HISTORY, &[("channel", channel), ("oldest", oldest)], cursor).await
    }

    /// The messages of a thread from `oldest` on, its root among them, oldest first.
    pub(crate) async fn replies(&self, root: Place<'_>, oldest: &str, cursor: Option<&str>) -> Result<Page, Failure> {
        let arguments = [("channel", root.channel), ("ts", root.ts), ("oldest", oldest)];
        self.page(REPLIES, &arguments, cursor).await
    }

    /// The one message at this place, if it stands there and is no reply.
    pub(crate) async fn message(&self, place: Place<'_>) -> Result<Option<Message>, Failure> {
        let arguments = [("channel", place.channel), ("oldest", place.ts), ("latest", place.ts)];
        let page = self.page(HISTORY, &arguments, None).await?;
        Ok(page.messages.into_iter().find(|message| message.ts == place.ts))
    }

    async fn page(
        &self,
        method: &'static Method,
        arguments: &[(&str, &str)],
        cursor: Option<&str>,
    ) -> Result<Page, Failure> {
        let mut arguments = arguments.to_vec();
        arguments.extend([("limit", PAGE), ("inclusive", "true"), ("include_all_metadata", "true")]);
        arguments.extend(cursor.map(|cursor| ("cursor", cursor)));
        self.read(method, &arguments).await
    }
}
