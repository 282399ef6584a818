//! Counting votes.

use std::collections::BTreeSet;

use super::keys::Keys;
use super::policy::Rule;
use super::vote::{Election, Vote};
use crate::backend::decision::Action;
use crate::request::Progress;

/// What votes come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How far it is, for people to see.
    pub progress: Progress,
    /// What was decided, once enough people agree.
    pub verdict: Option<Verdict>,
    /// The places of the votes that count, in the order in which they were cast.
    pub counted: Vec<usize>,
    /// The places of votes that were not cast through us.
    pub forged: Vec<usize>,
}

impl Tally {
    /// The numbers, from 1, of the votes that count.
    pub fn numbers(&self) -> impl Iterator<Item = u32> {
        self.counted.iter().filter_map(|place| u32::try_from(place + 1).ok())
    }

    /// Whether the vote of this number counts.
    pub fn counts(&self, number: u32) -> bool {
        self.numbers().any(|counted| counted == number)
    }
}

/// What was decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// To approve or to deny.
    pub action: Action,
    /// The places of the votes that decided it.
    pub votes: Vec<usize>,
}

/// Counts votes: only genuine ones, never the requester's, and one for each Teleport user, the first. They count in the
/// order in which they were cast, up to the one that decides. A request is approved when every rule has its approvals,
/// and denied when any rule has its denials.
pub fn tally(election: &Election<'_>, votes: &[Vote], rules: &[&Rule], keys: &Keys) -> Tally {
    let mut tally = Tally::default();
    let mut order: Vec<usize> = (0..votes.len()).collect();
    order.sort_by_key(|place| votes[*place].at);
    let mut people: BTreeSet<&str> = BTreeSet::new();
    for place in order {
        let vote = &votes[place];
        if !vote.is_genuine(election, keys) {
            tally.forged.push(place);
            continue;
        }
        let concerns = rules.iter().any(|rule| vote.rules.contains(&rule.roles));
        if vote.void || vote.user == election.request.user || !concerns || !people.insert(&vote.user) {
            continue;
        }
        tally.counted.push(place);
        if tally.verdict.is_none() {
            tally.verdict = verdict(votes, &tally.counted, rules);
        }
    }
    let count = |action| tally.counted.iter().filter(|place| votes[**place].action == action).count();
    tally.progress = Progress {
        approvals: count(Action::Approve),
        denials: count(Action::Deny),
        needed: match rules {
            [one] => Some(one.approvals),
            _ => None,
        },
    };
    tally
}

fn verdict(votes: &[Vote], counted: &[usize], rules: &[&Rule]) -> Option<Verdict> {
    let of = |rule: &Rule, action: Action| -> Vec<usize> {
        let fits = |place: &&usize| votes[**place].action == action && votes[**place].rules.contains(&rule.roles);
        counted.iter().filter(fits).copied().collect()
    };
    let enough =
        |places: &Vec<usize>, needed: u32| needed > 0 && u32::try_from(places.len()).is_ok_and(|n| n >= needed);
    if let Some(votes) = rules.iter().map(|rule| (of(rule, Action::Deny), rule.denials)).find(|(v, n)| enough(v, *n)) {
        return Some(Verdict { action: Action::Deny, votes: votes.0 });
    }
    let approvals: Vec<_> = rules.iter().map(|rule| (of(rule, Action::Approve), rule.approvals)).collect();
    if rules.is_empty() || !approvals.iter().all(|(votes, needed)| enough(votes, *needed)) {
        return None;
    }
    let votes: BTreeSet<usize> = approvals.into_iter().flat_map(|(votes, _)| votes).collect();
    Some(Verdict { action: Action::Approve, votes: votes.into_iter().collect() })
}

#[cfg(test)]
#[path = "tally_tests.rs"]
mod tests;
