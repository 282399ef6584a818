//! `chat.*`: messages made, changed and deleted.

use std::fmt::Write as _;

use serde_json::json;

use super::super::args::Args;
use super::super::model::{Channel, ChannelKind, Grant, Model};
use super::super::reply::{Outcome, Refusal};
use super::super::said::{message, said};
use super::history::shown;
use super::visible;

/// Characters of a message's text beyond which Slack cuts it.
const TEXT: usize = 40_000;
/// Characters beyond which Slack refuses a change of it.
const CHANGED_TEXT: usize = 4_000;

pub(super) fn post_message(model: &mut Model, grant: &Grant, args: &Args) -> Outcome {
    let id = destination(model, grant, args.text("channel"))?;
    let channel = model.channels.get(&id).ok_or_else(|| Refusal::of("channel_not_found"))?;
    if channel.archived {
        return Err(Refusal::of("is_archived"));
    }
    if !channel.members.contains(&grant.user) && !grant.may("chat:write.public") {
        return Err(Refusal::of("not_in_channel"));
    }
    let thread_ts = args.text("thread_ts");
    if !thread_ts.is_empty() && channel.messages.get(thread_ts).is_none_or(|root| !root.thread_ts.is_empty()) {
        return Err(Refusal::of("cannot_reply_to_message"));
    }
    let mut said = said(args, "msg_blocks_too_long")?;
    let mut warning = None;
    if said.text.chars().count() > TEXT {
        said.text = said.text.chars().take(TEXT).collect();
        warning = Some("message_truncated");
    }
    let now = model.now();
    if let Some(seconds) = model.limits.message(&id, now) {
        return Err(Refusal::limited(seconds));
    }
    let ts = model.insert(&id, message(said, thread_ts, grant));
    let made = model.channels.get(&id).and_then(|channel| {
        let message = channel.messages.get(&ts)?;
        Some(shown(channel, message, true))
    });
    let mut answer = json!({"channel": id, "ts": ts, "message": made});
    if let Some(warning) = warning {
        answer["warning"] = json!(warning);
        answer["response_metadata"] = json!({"warnings": [warning]});
    }
    Ok(answer)
}

pub(super) fn post_ephemeral(model: &mut Model, grant: &Grant, args: &Args) -> Outcome {
    let id = destination(model, grant, args.text("channel"))?;
    let channel = model.channels.get(&id).ok_or_else(|| Refusal::of("channel_not_found"))?;
    if channel.archived {
        return Err(Refusal::of("is_archived"));
    }
    if !channel.members.contains(&grant.user) {
        return Err(Refusal::of("not_in_channel"));
    }
    let user = args.text("user");
    if !channel.members.contains(user) {
        return Err(Refusal::of("user_not_in_channel"));
    }
    let thread_ts = args.text("thread_ts");
    if !thread_ts.is_empty() && !channel.messages.contains_key(thread_ts) {
        return Err(Refusal::of("cannot_reply_to_message"));
    }
    let said = said(args, "msg_too_long")?;
    if said.text.chars().count() > TEXT {
        return Err(Refusal::of("msg_too_long"));
    }
    Ok(json!({"message_ts": model.show_ephemeral(user, &id, message(said, thread_ts, grant))}))
}

pub(super) fn update(model: &mut Model, grant: &Grant, args: &Args) -> Outcome {
    let (id, ts) = own(model, grant, args, "cant_update_message")?;
    if model.channels.get(&id).is_some_and(|channel| channel.archived) {
        return Err(Refusal::of("is_inactive"));
    }
    let said = said(args, "msg_too_long")?;
    if said.text.chars().count() > CHANGED_TEXT {
        return Err(Refusal::of("msg_too_long"));
    }
    let with_blocks = args.has("blocks");
    let text = said.text.clone();
    if let Some(message) = model.channels.get_mut(&id).and_then(|channel| channel.messages.get_mut(&ts)) {
        // A change notifies nobody.
        message.text = said.text;
        if with_blocks || args.has("text") {
            message.blocks = said.blocks;
        }
        if let Some(metadata) = said.metadata {
            message.metadata = Some(metadata).filter(|metadata| metadata.as_object().is_some_and(|m| !m.is_empty()));
        }
        message.edits += 1;
    }
    let channel = model.channels.get(&id);
    let made = channel.and_then(|channel| Some(shown(channel, channel.messages.get(&ts)?, true)));
    Ok(json!({"channel": id, "ts": ts, "text": text, "message": made}))
}

pub(super) fn delete(model: &mut Model, grant: &Grant, args: &Args) -> Outcome {
    let (id, ts) = own(model, grant, args, "cant_delete_message")?;
    if let Some(channel) = model.channels.get_mut(&id) {
        channel.messages.remove(&ts);
    }
    Ok(json!({"channel": id, "ts": ts}))
}

pub(super) fn permalink(model: &mut Model, grant: &Grant, args: &Args) -> Outcome {
    let channel = visible(model, grant, args.text("channel"))?;
    let ts = args.text("message_ts");
    let message = channel.messages.get(ts).ok_or_else(|| Refusal::of("message_not_found"))?;
    let digits: String = ts.chars().filter(char::is_ascii_digit).collect();
    let mut permalink = format!("https://lab.slack.com/archives/{}/p{digits}", channel.id);
    if !message.thread_ts.is_empty() {
        let _ = write!(permalink, "?thread_ts={}&cid={}", message.thread_ts, channel.id);
    }
    Ok(json!({"channel": channel.id, "permalink": permalink}))
}

/// The conversation that a caller means: an id, a channel's name with or without `#`, or a user's id.
fn destination(model: &mut Model, grant: &Grant, text: &str) -> Result<String, Refusal> {
    let not_found = || Refusal::of("channel_not_found");
    if let Some(user) = model.users.get(text) {
        if user.is_bot || user.deleted || model.is_outsider(user) {
            return Err(not_found());
        }
        let user = user.id.clone();
        return Ok(model.open_direct(&grant.user, &user));
    }
    let named = || model.channel_named(text.strip_prefix('#').unwrap_or(text));
    let channel: &Channel = model.channels.get(text).or_else(named).ok_or_else(not_found)?;
    let known = channel.kind == ChannelKind::Public || channel.members.contains(&grant.user);
    if known { Ok(channel.id.clone()) } else { Err(not_found()) }
}

/// The message that is to be changed, if it is the caller's.
fn own(model: &Model, grant: &Grant, args: &Args, not_ours: &'static str) -> Result<(String, String), Refusal> {
    // Unlike for a new message, only the id of a conversation will do.
    let channel = visible(model, grant, args.text("channel"))?;
    let ts = args.text("ts");
    let message = channel.messages.get(ts).ok_or_else(|| Refusal::of("message_not_found"))?;
    if message.bot_id != grant.bot_id || grant.bot_id.is_empty() {
        return Err(Refusal::of(not_ours));
    }
    Ok((channel.id.clone(), ts.to_owned()))
}
