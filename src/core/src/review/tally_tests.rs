//! Counting, by table and by property.

use proptest::prelude::*;

use super::*;
use crate::backend::decision::{ChatUser, ChatUserId, Standing};
use crate::clock::Timestamp;
use crate::request::tests::bobs;
use crate::request::{AccessRequest, RequestId, ResourceId};
use crate::review::keys::tests::keys;

fn request() -> AccessRequest {
    AccessRequest { roles: vec!["dbadmin".into(), "net".into()], ..bobs("r-1") }
}

fn rule(roles: &str, approvals: u32, denials: u32) -> Rule {
    Rule { roles: roles.to_owned(), approvers: vec![], approvals, denials, reason: None }
}

fn election(request: &AccessRequest) -> Election<'_> {
    Election { cluster: "lab", chat: "mattermost", request }
}

/// A vote by somebody for something, at a moment, as an approver of rules.
fn vote(user: &str, action: Action, at: i64, rules: &[&str]) -> Vote {
    let request = request();
    let who = ChatUser {
        id: ChatUserId(format!("id-{user}-{at}")),
        name: user.to_owned(),
        standing: Standing::Member,
        email: None,
    };
    let rules = rules.iter().map(|r| (*r).to_owned()).collect();
    let at = Timestamp::from_millis(at);
    Vote::cast(&election(&request), user, &who, (action, ""), rules, at, &keys(1))
}

fn count(votes: &[Vote], rules: &[Rule]) -> Tally {
    let request = request();
    tally(&election(&request), votes, &rules.iter().collect::<Vec<_>>(), &keys(1))
}

use Action::{Approve, Deny};

#[test]
fn a_quorum_is_of_different_people() {
    let rules = [rule("dbadmin", 2, 1)];
    let db = &["dbadmin"][..];
    let first = vote("alice", Approve, 1, db);
    assert_eq!(count(std::slice::from_ref(&first), &rules).verdict, None);
    let again = vote("alice", Approve, 2, db);
    let twice = count(&[first.clone(), again], &rules);
    assert_eq!((twice.verdict, twice.progress.approvals), (None, 1), "two accounts of one user are one person");
    let own = count(&[first.clone(), vote("bob", Approve, 2, db)], &rules);
    assert_eq!((own.verdict, own.progress.approvals), (None, 1), "nobody decides their own request");
    let both = count(&[first.clone(), vote("ivan", Approve, 2, db)], &rules);
    assert_eq!(both.verdict, Some(Verdict { action: Approve, votes: vec![0, 1] }));
    assert_eq!(both.progress, Progress { approvals: 2, denials: 0, needed: Some(2) });
    let changed = count(&[first, vote("alice", Deny, 2, db)], &rules);
    assert_eq!(changed.verdict, None, "the first word counts");
}

#[test]
fn one_denial_is_enough_where_one_is_asked_for_and_the_first_quorum_decides() {
    let rules = [rule("dbadmin", 2, 1)];
    let db = &["dbadmin"][..];
    let denied = count(&[vote("alice", Approve, 1, db), vote("ivan", Deny, 2, db)], &rules);
    assert_eq!(denied.verdict, Some(Verdict { action: Deny, votes: vec![1] }));
    let late = [vote("carol", Deny, 3, db), vote("alice", Approve, 1, db), vote("ivan", Approve, 2, db)];
    assert_eq!(count(&late, &rules).verdict, Some(Verdict { action: Approve, votes: vec![1, 2] }));
}

#[test]
fn every_role_needs_its_own_approvers() {
    let rules = [rule("dbadmin", 1, 1), rule("net", 1, 1)];
    let db = vote("alice", Approve, 1, &["dbadmin"]);
    assert_eq!(count(std::slice::from_ref(&db), &rules).verdict, None);
    let net = count(&[db, vote("ivan", Approve, 2, &["net"])], &rules);
    assert_eq!(net.verdict, Some(Verdict { action: Approve, votes: vec![0, 1] }));
    let both = count(&[vote("carol", Approve, 1, &["dbadmin", "net"])], &rules);
    assert_eq!(both.verdict, Some(Verdict { action: Approve, votes: vec![0] }));
    assert_eq!(count(&[vote("carol", Approve, 1, &["web"])], &rules).counted, Vec::<usize>::new());
    assert_eq!(count(&[vote("carol", Approve, 1, &["web"])], &[]).verdict, None, "no rules, no decision");
}

fn payroll() -> ResourceId {
    ResourceId { cluster: "lab".into(), kind: "db".into(), name: "payroll".into(), sub_resource: String::new() }
}

/// One change of a vote by somebody who can write plugin data.
type Forgery = fn(&mut Vote);

#[test]
fn a_vote_that_was_written_by_somebody_else_counts_for_nothing() {
    let rules = [rule("dbadmin", 1, 1)];
    let genuine = vote("alice", Deny, 1, &["dbadmin"]);
    let forgeries: [Forgery; 8] = [
        |vote| vote.user = "ivan".to_owned(),
        |vote| vote.action = Approve,
        |vote| vote.account = "other".to_owned(),
        |vote| vote.name = "other".to_owned(),
        |vote| vote.reason = "other".to_owned(),
        |vote| vote.rules.push("net".to_owned()),
        |vote| vote.at = Timestamp::from_millis(2),
        |vote| vote.mac = "0".repeat(64),
    ];
    for forge in forgeries {
        let mut forged = genuine.clone();
        forge(&mut forged);
        let tally = count(&[forged], &rules);
        assert_eq!((tally.verdict, tally.forged), (None, vec![0]));
    }
    let keys = keys(1);
    let replayed: [fn(&mut AccessRequest); 5] = [
        |request| request.id = RequestId::new("r-2"),
        |request| request.user = "eve".to_owned(),
        |request| request.roles = vec!["dbadmin".to_owned()],
        |request| request.created = Some(Timestamp::from_millis(7)),
        |request| request.resources.push(payroll()),
    ];
    for change in replayed {
        let mut other = request();
        change(&mut other);
        assert!(!genuine.is_genuine(&election(&other), &keys), "a vote is for one request only");
    }
    let here = request();
    assert!(!genuine.is_genuine(&Election { cluster: "prod", ..election(&here) }, &keys));
    assert!(!genuine.is_genuine(&Election { chat: "slack", ..election(&here) }, &keys));
    let mut void = genuine;
    void.void = true;
    assert_eq!(count(&[void], &rules).verdict, None, "a vote that was taken back");
}

proptest! {
    /// Whatever the order in which votes stand in the ledger, and however often each is repeated, they come to the same.
    #[test]
    fn the_order_in_the_ledger_decides_nothing(
        cast in proptest::collection::vec((0..4_usize, any::<bool>()), 0..6),
        shuffle in any::<u64>(),
        approvals in 1..4_u32,
    ) {
        let people = ["alice", "ivan", "carol", "bob"];
        let votes: Vec<Vote> = cast
            .iter()
            .zip(1..)
            .map(|((who, approve), at)| vote(people[*who], if *approve { Approve } else { Deny }, at, &["dbadmin"]))
            .collect();
        let rules = [rule("dbadmin", approvals, 2)];
        let decided = |votes: &[Vote]| {
            let tally = count(votes, &rules);
            let of = |place: &usize| votes[*place].user.clone();
            (tally.progress, tally.verdict.map(|v| (v.action, v.votes.iter().map(of).collect::<BTreeSet<_>>())))
        };
        let mut mixed = votes.clone();
        mixed.extend(votes.iter().take(2).cloned());
        let n = mixed.len();
        for i in 0..n {
            let other = usize::try_from(shuffle.rotate_left(u32::try_from(i).unwrap() * 7) % 97).unwrap() % n;
            mixed.swap(i, other);
        }
        prop_assert_eq!(decided(&mixed), decided(&votes));
    }
}
