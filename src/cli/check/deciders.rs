//! Who decides in a chat: the accounts that the configuration names, and the channels whose members do.

use std::collections::BTreeSet;

use accessbot_core::backend::decision::{ChatUser, ChatUserId, Membership, Standing};
use accessbot_core::backend::{Finding, Recipient};
use accessbot_core::engine::Desk;
use accessbot_core::review::Policy;

use super::chat::ask;

/// What is found about them.
pub(super) async fn check(desk: &Desk, policy: &Policy) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut accounts: Vec<_> = desk.identity.users.iter().map(|(account, user)| (user, account)).collect();
    accounts.sort();
    for (user, account) in accounts {
        let subject = format!("account {:?} of {user}", account.0);
        findings.push(ask(&subject, desk.backend.identify(account), |person| account_of(&subject, person)).await);
    }
    // Two rules may name the same one.
    let mut seen = BTreeSet::new();
    for channel in policy.channels(&desk.name).filter(|channel| seen.insert(*channel)) {
        let subject = format!("approvers in {channel:?}");
        let group = Recipient::Configured(channel.to_owned());
        // Nobody's account: what is asked is whether the channel can stand for approvers at all.
        let nobody = ChatUserId(String::new());
        let asked = desk.backend.membership(&nobody, &group);
        findings.push(ask(&subject, asked, |membership| approvers(&subject, membership)).await);
    }
    findings
}

fn account_of(subject: &str, person: Option<ChatUser>) -> Finding {
    let Some(person) = person else {
        return Finding::failure(subject, "no such account", "write the account's id, not its name");
    };
    let whose = match person.standing {
        Standing::Member => return Finding::ok(subject, format!("{}, who can decide", person.name)),
        Standing::Bot => "a program",
        Standing::Guest => "a guest",
        Standing::Stranger => "a person of another organisation",
        Standing::Deactivated => "switched off",
    };
    let hint = "name an account of a full member of the organisation, or take it out";
    Finding::failure(subject, format!("{} is {whose}, and decides nothing", person.name), hint)
}

fn approvers(subject: &str, membership: Membership) -> Finding {
    match membership {
        Membership::Member | Membership::Outsider => {
            Finding::ok(subject, "a private channel, whose members can decide")
        }
        Membership::Unfit(why) => {
            let hint = "name a private channel that the bot is in, shared with nobody and without guests";
            Finding::failure(subject, why, hint)
        }
    }
}
