//! `conversations.list`, `info`, `members` and `open`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::args::Args;
use super::super::model::{Channel, ChannelKind, Grant, Model};
use super::super::reply::{Outcome, Refusal};
use super::{permit, visible};

pub(super) fn info(model: &mut Model, grant: &Grant, args: &Args) -> Outcome {
    let channel = visible(model, grant, args.text("channel"))?;
    permit(grant, channel.kind, "read")?;
    Ok(json!({"channel": shown(channel, grant)}))
}

pub(super) fn list(model: &mut Model, grant: &Grant, args: &Args) -> Outcome {
    let types = if args.has("types") { args.text("types") } else { "public_channel" };
    let mut kinds = Vec::new();
    for kind in types.split(',').map(str::trim) {
        let kind = match kind {
            "public_channel" => ChannelKind::Public,
            "private_channel" => ChannelKind::Private,
            "im" => ChannelKind::Direct,
            _ => return Err(Refusal::of("invalid_types")),
        };
        permit(grant, kind, "read")?;
        kinds.push(kind);
    }
    let limit = limit(args)?;
    let listed = model.channels.values().filter(|channel| {
        let known = channel.kind == ChannelKind::Public || channel.members.contains(&grant.user);
        known && kinds.contains(&channel.kind) && !(args.flag("exclude_archived") && channel.archived)
    });
    let listed: Vec<&Channel> = listed.collect();
    let from = match args.text("cursor") {
        "" => 0,
        cursor => {
            listed.iter().position(|channel| channel.id == cursor).ok_or_else(|| Refusal::of("invalid_cursor"))?
        }
    };
    let page: Vec<Value> = listed.iter().skip(from).take(limit).map(|channel| shown(channel, grant)).collect();
    let next = listed.get(from + limit).map(|channel| channel.id.clone()).unwrap_or_default();
    Ok(json!({"channels": page, "response_metadata": {"next_cursor": next}}))
}

pub(super) fn members(model: &mut Model, grant: &Grant, args: &Args) -> Outcome {
    let channel = visible(model, grant, args.text("channel"))?;
    permit(grant, channel.kind, "read")?;
    let limit = limit(args)?;
    let from = match args.text("cursor") {
        "" => 0,
        cursor => channel.members.iter().position(|id| id == cursor).ok_or_else(|| Refusal::of("invalid_cursor"))?,
    };
    let page: Vec<&String> = channel.members.iter().skip(from).take(limit).collect();
    let next = channel.members.iter().nth(from + limit).cloned().unwrap_or_default();
    Ok(json!({"members": page, "response_metadata": {"next_cursor": next}}))
}

/// How much a page is to hold.
fn limit(args: &Args) -> Result<usize, Refusal> {
    let limit = args.number("limit").unwrap_or(100);
    if (1..=1000).contains(&limit) { Ok(limit) } else { Err(Refusal::of("invalid_limit")) }
}

pub(super) fn open(model: &mut Model, grant: &Grant, args: &Args) -> Outcome {
    if args.has("channel") {
        // One that is open already.
        let channel = visible(model, grant, args.text("channel"))?;
        return Ok(opened(channel, grant, args, true));
    }
    let users: BTreeSet<&str> = args.text("users").split(',').map(str::trim).filter(|id| !id.is_empty()).collect();
    let mut users = users.into_iter();
    let user = match (users.next(), users.next()) {
        (None, _) => return Err(Refusal::of("users_list_not_supplied")),
        (Some(_), Some(_)) => return Err(Refusal::missing_scope("mpim:write", grant)),
        (Some(user), None) => model.users.get(user).ok_or_else(|| Refusal::of("user_not_found"))?,
    };
    if user.deleted {
        return Err(Refusal::of("user_disabled"));
    }
    if user.is_bot || model.is_outsider(user) {
        return Err(Refusal::of("invalid_user_combination"));
    }
    let user = user.id.clone();
    let already = model.direct(&grant.user, &user).is_some();
    let id = model.open_direct(&grant.user, &user);
    let channel = model.channels.get(&id).ok_or_else(|| Refusal::of("channel_not_found"))?;
    Ok(opened(channel, grant, args, already))
}

fn opened(channel: &Channel, grant: &Grant, args: &Args, already: bool) -> Value {
    let whole = args.flag("return_im");
    let mut answer = json!({"channel": if whole { shown(channel, grant) } else { json!({"id": channel.id}) }});
    if already {
        answer["no_op"] = json!(true);
        answer["already_open"] = json!(true);
    }
    answer
}

fn shown(channel: &Channel, grant: &Grant) -> Value {
    if channel.kind == ChannelKind::Direct {
        // Of a conversation of two Slack says much less: nothing about archives or members.
        let other = channel.members.iter().find(|member| **member != grant.user);
        return json!({"id": channel.id, "is_im": true, "is_org_shared": false, "user": other});
    }
    json!({
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": true,
        "is_group": false,
        "is_im": false,
        "is_mpim": false,
        "is_private": channel.kind == ChannelKind::Private,
        "is_archived": channel.archived,
        "is_shared": channel.shared,
        "is_org_shared": false,
        "is_ext_shared": channel.shared,
        "is_member": channel.members.contains(&grant.user),
        "num_members": channel.members.len(),
    })
}
