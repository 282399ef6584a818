//! What a call wants to say, whichever way it came: text, blocks, metadata.

use serde_json::Value;

use super::args::Args;
use super::block::{self, BadBlocks};
use super::mention::mentions;
use super::model::{Grant, Message};
use super::reply::Refusal;

/// Characters of metadata. Slack documents no limit: whoever keeps to this is safe.
const METADATA: usize = 1_024;

/// What a message says, checked.
pub(crate) struct Said {
    pub(crate) text: String,
    pub(crate) blocks: Vec<Value>,
    pub(crate) metadata: Option<Value>,
}

/// What a call wants to say. Slack has a name of its own for blocks that say `too_much`, for each method.
pub(crate) fn said(args: &Args, too_much: &'static str) -> Result<Said, Refusal> {
    if args.text("parse") == "full" || args.flag("link_names") {
        // Slack takes them; a bot that shows words of others must not send them.
        return Err(Refusal::of("invalid_arguments"));
    }
    let blocks = match args.structure("blocks") {
        None => Vec::new(),
        Some(blocks) => block::check(&blocks).map_err(|bad| match bad {
            BadBlocks::Format => Refusal::of("invalid_blocks_format"),
            BadBlocks::Invalid(mistakes) => Refusal::with_messages("invalid_blocks", &mistakes),
            BadBlocks::TooLong => Refusal::of(too_much),
        })?,
    };
    let text = args.text("text").to_owned();
    if text.is_empty() && blocks.is_empty() {
        return Err(Refusal::of("no_text"));
    }
    let metadata = args.structure("metadata");
    if let Some(metadata) = &metadata {
        let empty = metadata.as_object().is_some_and(serde_json::Map::is_empty);
        let well_formed = metadata["event_type"].as_str().is_some_and(|kind| !kind.is_empty())
            && metadata["event_payload"].is_object();
        if !empty && !well_formed {
            return Err(Refusal::of("invalid_metadata_format"));
        }
        if metadata.to_string().chars().count() > METADATA {
            return Err(Refusal::of("metadata_too_large"));
        }
    }
    Ok(Said { text, blocks, metadata })
}

/// A message of the bot's.
pub(crate) fn message(said: Said, thread_ts: &str, grant: &Grant) -> Message {
    Message {
        user: grant.user.clone(),
        bot_id: grant.bot_id.clone(),
        app_id: grant.app_id.clone(),
        mentions: mentions(&said.text, &said.blocks),
        text: said.text,
        blocks: said.blocks,
        metadata: said.metadata,
        thread_ts: thread_ts.to_owned(),
        ..Message::default()
    }
}
