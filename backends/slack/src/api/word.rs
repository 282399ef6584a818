//! A word to one person.

use serde::Serialize;

use crate::client::Client;
use crate::failure::Failure;
use crate::method::{POST_EPHEMERAL, POST_MESSAGE};
use crate::render::Word;

#[derive(Serialize)]
struct Ephemeral<'a> {
    channel: &'a str,
    user: &'a str,
    text: &'a str,
    blocks: &'a [crate::render::Block],
}

#[derive(Serialize)]
struct Direct<'a> {
    channel: &'a str,
    text: &'a str,
    blocks: &'a [crate::render::Block],
    metadata: &'a serde_json::Value,
}

impl Client {
    /// Shows `user` something in a conversation, where nobody else sees it and nothing is kept.
    pub(crate) async fn whisper(&self, channel: &str, user: &str, word: &Word) -> Result<(), Failure> {
        let word = Ephemeral { channel, user, text: &word.text, blocks: &word.blocks };
        self.write::<serde::de::IgnoredAny>(POST_EPHEMERAL, &word).await.map(drop)
    }

    /// Tells `user` something in our conversation with them.
    pub(crate) async fn tell(&self, user: &str, word: &Word) -> Result<(), Failure> {
        let word = Direct { channel: user, text: &word.text, blocks: &word.blocks, metadata: &word.metadata };
        self.write::<serde::de::IgnoredAny>(POST_MESSAGE, &word).await.map(drop)
    }
}
