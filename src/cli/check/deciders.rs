//! Who decides in a chat: the accounts that the configuration names, and the channels whose members do.

use std::collections::BTreeSet;
use std::time::Duration;

use accessbot_core::backend::decision::{ChatUser, ChatUserId, Membership, Standing};
use accessbot_core::backend::{ChatError, Finding, Recipient};
use accessbot_core::engine::Desk;
use accessbot_core::review::Policy;
use tokio::time::timeout;

/// What is found about them.
pub(super) async fn check(desk: &Desk, policy: &Policy, patience: Duration) -> Vec<Finding> {
    let late = || Finding::failure("", "the server did not answer in time", "is the server up?");
    let mut findings = Vec::new();
    let mut accounts: Vec<_> = desk.identity.users.iter().map(|(account, user)| (user, account)).collect();
    accounts.sort();
    for (user, account) in accounts {
        let subject = format!("account {:?} of {user}", account.0);
        let asked = timeout(patience, desk.backend.identify(account)).await;
        let finding = asked.map_or_else(|_| late(), |identified| account_of(&subject, identified));
        findings.push(Finding { subject, ..finding });
    }
    // Two rules may name the same one.
    let mut seen = BTreeSet::new();
    for channel in policy.channels(&desk.name).filter(|channel| seen.insert(*channel)) {
        let subject = format!("approvers in {channel:?}");
        let group = Recipient::Configured(channel.to_owned());
        // Nobody's account: what is asked is whether the channel can stand for approvers at all.
        let nobody = ChatUserId(String::new());
        let asked = timeout(patience, desk.backend.membership(&nobody, &group)).await;
        let finding = asked.map_or_else(|_| late(), |membership| approvers(&subject, membership));
        findings.push(Finding { subject, ..finding });
    }
    findings
}

fn account_of(subject: &str, identified: Result<Option<ChatUser>, ChatError>) -> Finding {
    let person = match identified {
        Ok(Some(person)) => person,
        Ok(None) => return Finding::failure(subject, "no such account", "write the account's id, not its name"),
        Err(error) => return Finding::chat_error(subject, &error),
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

fn approvers(subject: &str, membership: Result<Membership, ChatError>) -> Finding {
    match membership {
        Ok(Membership::Member | Membership::Outsider) => {
            Finding::ok(subject, "a private channel, whose members can decide")
        }
        Ok(Membership::Unfit(why)) => {
            let hint = "name a private channel that the bot is in, shared with nobody and without guests";
            Finding::failure(subject, why, hint)
        }
        Err(error) => Finding::chat_error(subject, &error),
    }
}
