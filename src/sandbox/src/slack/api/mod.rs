//! The methods, by name, with what each of them needs.

mod apps;
mod chat;
mod conversations;
mod history;
mod method;
mod users;
mod views;

pub(crate) use history::shown as shown_message;
pub use method::{COMMON_ERRORS, METHODS, Method};

use super::args::Args;
use super::model::{Channel, ChannelKind, Grant, Model};
use super::reply::{Outcome, Refusal};

/// The method of this name.
pub(crate) fn find(name: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.name == name)
}

/// Carries a call out: arguments, scopes and limits first.
pub(crate) fn run(method: &Method, model: &mut Model, grant: &Grant, args: &Args) -> Outcome {
    if !args.names().all(|name| name == "token" || method.arguments.contains(&name)) {
        return Err(Refusal::of("invalid_arg_name"));
    }
    if method.token != grant.kind {
        return Err(Refusal::of("not_allowed_token_type"));
    }
    if !method.scopes.is_empty() && !method.scopes.iter().any(|scope| grant.may(scope)) {
        return Err(Refusal::missing_scope(&method.scopes.join(","), grant));
    }
    let now = model.now();
    if let Some(seconds) = method.tier.and_then(|tier| model.limits.call(method.name, tier, now)) {
        return Err(Refusal::limited(seconds));
    }
    let outcome = (method.run)(model, grant, args);
    if let Err(refusal) = &outcome {
        let known = method.errors.contains(&refusal.code) || COMMON_ERRORS.contains(&refusal.code);
        debug_assert!(known, "{} is not to be refused with {}", method.name, refusal.code);
    }
    outcome
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
