//! `conversations.history` and `conversations.replies`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::args::Args;
use super::super::model::{Channel, Grant, Message, Model};
use super::super::reply::{Outcome, Refusal};
use super::{permit, visible};

pub(super) fn history(model: &mut Model, grant: &Grant, args: &Args) -> Outcome {
    let channel = readable(model, grant, args, "not_in_channel")?;
    // Newest first; replies are in their threads only.
    let roots: Vec<&Message> = channel.messages.values().rev().filter(|m| m.thread_ts.is_empty()).collect();
    let mut page = page(channel, &roots, args, args.number("limit").unwrap_or(100))?;
    page["pin_count"] = json!(0);
    page["channel_actions_ts"] = Value::Null;
    page["channel_actions_count"] = json!(0);
    Ok(page)
}

pub(super) fn replies(model: &mut Model, grant: &Grant, args: &Args) -> Outcome {
    // Here Slack's reference knows no `not_in_channel`.
    let channel = readable(model, grant, args, "channel_not_found")?;
    let root = args.text("ts");
    let in_thread = |m: &&Message| m.ts == root || m.thread_ts == root;
    // Oldest first, the root among them.
    let thread: Vec<&Message> = channel.messages.values().filter(in_thread).collect();
    if thread.is_empty() {
        return Err(Refusal::of("thread_not_found"));
    }
    page(channel, &thread, args, args.number("limit").unwrap_or(1000))
}

fn readable<'a>(model: &'a Model, grant: &Grant, args: &Args, stranger: &'static str) -> Result<&'a Channel, Refusal> {
    let channel = visible(model, grant, args.text("channel"))?;
    permit(grant, channel.kind, "history")?;
    if channel.members.contains(&grant.user) { Ok(channel) } else { Err(Refusal::of(stranger)) }
}

fn page(channel: &Channel, messages: &[&Message], args: &Args, limit: usize) -> Outcome {
    let (oldest, latest, inclusive) = (args.text("oldest"), args.text("latest"), args.flag("inclusive"));
    let is_ts = |text: &str| text.is_empty() || text.parse::<f64>().is_ok();
    if !is_ts(oldest) {
        return Err(Refusal::of("invalid_ts_oldest"));
    }
    if !is_ts(latest) {
        return Err(Refusal::of("invalid_ts_latest"));
    }
    let within = |m: &&&Message| {
        let at = micros(&m.ts);
        let after = oldest.is_empty() || at > micros(oldest) || (inclusive && at == micros(oldest));
        let before = latest.is_empty() || at < micros(latest) || (inclusive && at == micros(latest));
        after && before
    };
    let chosen: Vec<&&Message> = messages.iter().filter(within).collect();
    let from = match args.text("cursor") {
        "" => 0,
        cursor => {
            chosen.iter().position(|message| message.ts == cursor).ok_or_else(|| Refusal::of("invalid_cursor"))?
        }
    };
    let whole = args.flag("include_all_metadata");
    let limit = limit.clamp(1, 999);
    let shown: Vec<Value> = chosen.iter().skip(from).take(limit).map(|m| shown(channel, m, whole)).collect();
    let next = chosen.get(from + limit).map(|message| message.ts.clone());
    Ok(json!({
        "messages": shown,
        "has_more": next.is_some(),
        "response_metadata": {"next_cursor": next.unwrap_or_default()},
    }))
}

/// A `ts` as a number that can be compared.
fn micros(ts: &str) -> i128 {
    let (seconds, fraction) = ts.split_once('.').unwrap_or((ts, "0"));
    let fraction: String = fraction.chars().chain("000000".chars()).take(6).collect();
    seconds.parse::<i128>().unwrap_or(0) * 1_000_000 + fraction.parse::<i128>().unwrap_or(0)
}

/// A message as it is given to clients.
pub(crate) fn shown(channel: &Channel, message: &Message, whole_metadata: bool) -> Value {
    let mut shown = json!({"type": "message", "user": message.user, "text": message.text, "ts": message.ts});
    if !message.blocks.is_empty() {
        shown["blocks"] = json!(message.blocks);
    }
    if !message.bot_id.is_empty() {
        shown["bot_id"] = json!(message.bot_id);
        shown["app_id"] = json!(message.app_id);
    }
    if let Some(metadata) = &message.metadata {
        shown["metadata"] =
            if whole_metadata { metadata.clone() } else { json!({"event_type": metadata["event_type"]}) };
    }
    if message.edits > 0 {
        shown["edited"] = json!({"user": message.user, "ts": message.ts});
    }
    let replies = || channel.messages.values().filter(|reply| reply.thread_ts == message.ts);
    if !message.thread_ts.is_empty() {
        shown["thread_ts"] = json!(message.thread_ts);
        shown["parent_user_id"] = json!(channel.messages.get(&message.thread_ts).map(|root| &root.user));
    } else if let Some(last) = replies().next_back() {
        let users: BTreeSet<&str> = replies().map(|reply| reply.user.as_str()).collect();
        shown["thread_ts"] = json!(message.ts);
        shown["reply_count"] = json!(replies().count());
        shown["reply_users_count"] = json!(users.len());
        shown["reply_users"] = json!(users);
        shown["latest_reply"] = json!(last.ts);
    }
    shown
}
