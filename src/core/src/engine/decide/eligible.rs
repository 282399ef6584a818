//! Whether somebody is an approver, now.

use super::refusal::Refusal;
use crate::backend::Recipient;
use crate::backend::decision::{ChatUserId, Membership};
use crate::engine::call::limited;
use crate::engine::desk::DeskState;
use crate::review::{Approver, Rule, Vote};
use crate::teleport::User;

/// Whether the person of a vote may still decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Standing {
    /// They may.
    Good,
    /// They may not; this says why.
    Lost(String),
    /// Nobody can say just now; this says what failed.
    Unknown(String),
}

/// The names of those `rules` that this person is an approver of.
///
/// # Errors
/// What could not be asked.
pub(super) async fn approves(
    desk: &DeskState,
    rules: &[&Rule],
    user: &User,
    account: &ChatUserId,
) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    for rule in rules {
        if approves_one(desk, rule, user, account).await? {
            names.push(rule.roles.clone());
        }
    }
    Ok(names)
}

async fn approves_one(desk: &DeskState, rule: &Rule, user: &User, account: &ChatUserId) -> Result<bool, String> {
    if rule.approvers.iter().any(|approver| approver.is(user)) {
        return Ok(true);
    }
    for approver in &rule.approvers {
        // An account means something in its own chat only.
        let Approver::Channel { backend, channel } = approver else { continue };
        if *backend != desk.name {
            continue;
        }
        let group = Recipient::Configured(channel.clone());
        let asked = limited("membership", desk.backend.membership(account, &group)).await;
        match asked.map_err(|error| error.to_string())? {
            Membership::Member => return Ok(true),
            Membership::Outsider => {}
            Membership::Unfit(why) => tracing::warn!(
                backend,
                channel,
                why,
                "this channel names no approvers\n  hint: approvers are the members of a private channel that is shared with nobody and has no guests"
            ),
        }
    }
    Ok(false)
}

/// Whether the person of a genuine vote may still decide, as if they did so now: the account is a known person's, that
/// person is still the Teleport user of the vote, and an approver of all rules that the vote was for.
pub(in crate::engine) async fn standing(desk: &DeskState, rules: &[&Rule], vote: &Vote) -> Standing {
    match may_still(desk, rules, vote).await {
        Ok(()) => Standing::Good,
        Err(Refusal::Trouble(what)) => Standing::Unknown(what),
        Err(why) => Standing::Lost(why.detail()),
    }
}

async fn may_still(desk: &DeskState, rules: &[&Rule], vote: &Vote) -> Result<(), Refusal> {
    let account = desk.identified(&ChatUserId(vote.account.clone())).await?;
    let person = desk.person(&account).await?;
    if person.user.name != vote.user {
        return Err(Refusal::NoUser(vote.user.clone()));
    }
    for rule in rules.iter().filter(|rule| vote.rules.contains(&rule.roles)) {
        if !approves_one(desk, rule, &person.user, &account.id).await.map_err(Refusal::Trouble)? {
            return Err(Refusal::NoApprover);
        }
    }
    Ok(())
}
