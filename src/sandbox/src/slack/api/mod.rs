//! The methods, by name, with what each of them needs.

mod chat;
mod conversations;
mod history;
mod users;

use super::args::Args;
use super::model::{Channel, ChannelKind, Grant, Model};
use super::reply::{Outcome, Refusal};

/// A method of the Web API.
pub(crate) struct Method {
    pub(crate) name: &'static str,
    /// Whether it reads a JSON body.
    pub(crate) json: bool,
    /// Calls a minute; `None` for the special tiers.
    pub(crate) tier: Option<usize>,
    /// Scopes of which one is needed; none if the list is empty.
    pub(crate) scopes: &'static [&'static str],
    pub(crate) run: fn(&mut Model, &Grant, &Args) -> Outcome,
}

const HISTORY: &[&str] = &["channels:history", "groups:history", "im:history"];
const READ: &[&str] = &["channels:read", "groups:read", "im:read"];

const fn method(
    name: &'static str,
    json: bool,
    tier: Option<usize>,
    scopes: &'static [&'static str],
    run: fn(&mut Model, &Grant, &Args) -> Outcome,
) -> Method {
    Method { name, json, tier, scopes, run }
}

const METHODS: &[Method] = &[
    method("auth.test", true, None, &[], users::auth_test),
    method("chat.postMessage", true, None, &["chat:write"], chat::post_message),
    method("chat.update", true, Some(50), &["chat:write"], chat::update),
    method("chat.delete", true, Some(50), &["chat:write"], chat::delete),
    method("chat.getPermalink", false, None, &[], chat::permalink),
    method("conversations.history", true, Some(50), HISTORY, history::history),
    method("conversations.replies", false, Some(50), HISTORY, history::replies),
    method("conversations.info", false, Some(50), READ, conversations::info),
    method("conversations.list", false, Some(20), READ, conversations::list),
    method("conversations.open", true, Some(50), &["im:write"], conversations::open),
    method("users.info", false, Some(100), &["users:read"], users::info),
    method("users.lookupByEmail", false, Some(50), &["users:read.email"], users::lookup_by_email),
];

/// The method of this name.
pub(crate) fn find(name: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.name == name)
}

/// Carries a call out: scopes and limits first.
pub(crate) fn run(method: &Method, model: &mut Model, grant: &Grant, args: &Args) -> Outcome {
    if !method.scopes.is_empty() && !method.scopes.iter().any(|scope| grant.may(scope)) {
        return Err(Refusal::missing_scope(&method.scopes.join(","), grant));
    }
    let now = model.now();
    if let Some(seconds) = method.tier.and_then(|tier| model.limits.call(method.name, tier, now)) {
        return Err(Refusal::limited(seconds));
    }
    (method.run)(model, grant, args)
}

/// The channel of this id, if the caller may know of it.
fn visible<'a>(model: &'a Model, grant: &Grant, id: &str) -> Result<&'a Channel, Refusal> {
    let channel = model.channels.get(id).ok_or_else(|| Refusal::of("channel_not_found"))?;
    if channel.kind == ChannelKind::Public || channel.members.contains(&grant.user) {
        Ok(channel)
    } else {
        Err(Refusal::of("channel_not_found"))
    }
}

/// Whether the token may do `what` (`read`, `history`) in conversations of this kind.
fn permit(grant: &Grant, kind: ChannelKind, what: &str) -> Result<(), Refusal> {
    let scope = format!("{}:{what}", kind.scope());
    if grant.may(&scope) { Ok(()) } else { Err(Refusal::missing_scope(&scope, grant)) }
}
