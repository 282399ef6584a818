//! What becomes of votes that stand when something changes: the people, the secret, the mode, the request itself.

use std::time::Duration;

use accessbot_core::backend::decision::{
    Action::{Approve, Deny},
    Evidence, Outcome, Standing,
};
use accessbot_core::request::{AccessRequest, RequestState, ResourceId};
use accessbot_core::review::{Approver, Mode, Rule};

use crate::cluster::bobs;
use crate::court::{Court, Rules, SECRET};
use crate::people::Slip;

/// The secret after a change.
const NEXT_SECRET: &str = "77b1e2f09c8d3a456e5f0a1b2c3d4e9f";

#[tokio::test(start_paused = true)]
async fn a_vote_does_not_outlive_the_account_that_it_was_cast_with() {
    let mut court = Court::new(Rules::of(Mode::SetState));
    let judge = court.start().await;
    court.ask("r1").await;
    judge.outcome(&court.press("alice", Approve, "r1")).await;
    court.world.chat.state().accounts.as_mut().unwrap().set("id-alice", Standing::Deactivated);
    judge.outcome(&court.press("ivan", Approve, "r1")).await;
    court.world.pass(30).await;
    assert_eq!(court.shows("r1"), "PENDING, 1 of 2 for, 0 against, buttons");
    let lines = court.trail();
    let taken_back: Vec<_> = lines.iter().filter(|line| line.contains("void")).collect();
    assert_eq!(taken_back, ["vote id-alice=alice approve: void (the account is a deactivated account's)"]);
    judge.bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_account_that_changes_hands_is_not_two_people() {
    let mut court = Court::new(Rules::of(Mode::SetState));
    let judge = court.start().await;
    court.ask("r1").await;
    judge.outcome(&court.press("alice", Approve, "r1")).await;
    // Whoever holds the account is called ivan in Teleport from now on.
    court.world.cluster.add_user("alice", "id-new", &[]);
    court.world.cluster.add_user("ivan", "id-alice", &[]);
    court.world.pass(600).await;
    assert_eq!(judge.outcome(&court.press("alice", Approve, "r1")).await.0, Outcome::Recorded, "as ivan");
    court.world.pass(30).await;
    assert_eq!(court.shows("r1"), "PENDING, 1 of 2 for, 0 against, buttons");
    assert_eq!(court.world.cluster.decided(), []);
    judge.bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn votes_are_no_forgeries_because_fewer_roles_were_granted() {
    let mut court = Court::new(Rules { others: vec![net()], ..Rules::of(Mode::SetState) });
    let judge = court.start().await;
    court.world.cluster.put(for_both_roles(&court));
    court.world.pass(5).await;
    assert_eq!(judge.outcome(&court.press("alice", Approve, "r1")).await.0, Outcome::Recorded);
    court.world.pass(5).await;
    court.world.cluster.change("r1", |request| {
        request.roles.pop();
        request.state = RequestState::Approved;
    });
    court.world.pass(5).await;
    assert!(court.shows("r1").starts_with("APPROVED"), "{}", court.shows("r1"));
    assert!(!court.trail().iter().any(|line| line.contains("forged")), "{:?}", court.trail());
    judge.bot.stop().await;
}

/// Whoever has the role netops may decide about the role net.
fn net() -> Rule {
    let approvers = vec![Approver::Role("netops".into())];
    Rule { roles: "net".into(), approvers, approvals: 1, denials: 1, reason: None }
}

/// Bob asks for net as well.
fn for_both_roles(court: &Court) -> AccessRequest {
    let mut both = bobs("r1", court.world.now());
    both.roles.push("net".into());
    both
}

#[tokio::test(start_paused = true)]
async fn whoever_becomes_an_approver_of_more_can_say_so() {
    let mut court = Court::new(Rules { approvals: 1, others: vec![net()], ..Rules::of(Mode::SetState) });
    let judge = court.start().await;
    court.world.cluster.put(for_both_roles(&court));
    court.world.pass(5).await;
    let press = court.press("alice", Approve, "r1");
    assert_eq!(judge.outcome(&press).await.0, Outcome::Recorded);
    assert_eq!(judge.outcome(&press).await.0, Outcome::Known);
    court.world.pass(5).await;
    assert_eq!(court.shows("r1"), "PENDING, 1 of - for, 0 against, buttons", "nobody has spoken for net");
    court.world.cluster.add_user("alice", "id-alice", &["netops"]);
    assert_eq!(judge.outcome(&court.press("alice", Deny, "r1")).await.0, Outcome::TooLate, "nobody changes their mind");
    assert_eq!(judge.outcome(&press).await.0, Outcome::Recorded);
    court.world.pass(5).await;
    assert_eq!(court.shows("r1"), "APPROVED, 1 of - for, 0 against");
    assert_eq!(court.world.cluster.decided().len(), 1);
    judge.bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn somebody_who_decides_in_teleport_while_the_voters_are_looked_at_is_not_overruled() {
    let mut court = Court::new(Rules { approvals: 1, ..Rules::of(Mode::SetState) });
    let judge = court.start().await;
    court.ask("r1").await;
    let press = court.press("alice", Approve, "r1");
    court.world.cluster.state().people.slowness = Duration::from_secs(4);
    assert_eq!(judge.outcome(&press).await.0, Outcome::Recorded);
    court.world.pass(2).await;
    court.world.cluster.lose_events(true);
    court.world.cluster.resolve("r1", RequestState::Denied, "not today");
    court.world.pass(10).await;
    assert_eq!(court.world.cluster.calls("set_state"), 0, "the request is read right before its state is set");
    assert_eq!(court.shows("r1"), "DENIED, 1 of 1 for, 0 against");
    judge.bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_request_that_ends_before_it_is_carried_out_is_left_alone() {
    let mut court = Court::new(Rules { approvals: 1, ..Rules::of(Mode::SetState) });
    let judge = court.start().await;
    court.ask("r1").await;
    court.world.cluster.slip([Slip::Before; 3]);
    judge.outcome(&court.press("alice", Approve, "r1")).await;
    court.world.pass(1).await;
    court.world.cluster.remove("r1");
    court.world.pass(600).await;
    assert_eq!(court.shows("r1"), "REMOVED, 1 of 1 for, 0 against");
    assert!(court.world.cluster.calls("request") < 20, "{} calls", court.world.cluster.calls("request"));
    judge.bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_vote_whose_answer_never_came_is_shown_soon() {
    let mut court = Court::new(Rules::of(Mode::SetState));
    let judge = court.start().await;
    court.ask("r1").await;
    let press = court.press("alice", Approve, "r1");
    court.world.cluster.answer_next_write_never();
    assert_eq!(judge.outcome(&press).await.0, Outcome::Unclear);
    court.world.pass(5).await;
    assert_eq!(court.shows("r1"), "PENDING, 1 of 2 for, 0 against, buttons");
    judge.bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn votes_that_somebody_else_has_piled_up_hide_no_genuine_one() {
    let mut court = Court::new(Rules::of(Mode::SetState));
    let judge = court.start().await;
    court.ask("r1").await;
    let forged = serde_json::json!({
        "u": "carol", "a": "deny", "id": "x", "n": "x", "for": ["dbadmin"], "t": 1, "k": "00000000", "m": "00",
    });
    let mut ledger: serde_json::Value =
        serde_json::from_str(&court.world.cluster.record("fake", "r1")["accessbot"]).unwrap();
    (ledger["v"], ledger["vo"]) = (2.into(), vec![forged; 1000].into());
    court.world.cluster.forge("fake", "r1", &[("accessbot", &ledger.to_string())]);
    for who in ["alice", "ivan"] {
        assert_eq!(judge.outcome(&court.press(who, Approve, "r1")).await.0, Outcome::Recorded);
        court.world.pass(5).await;
    }
    assert_eq!(court.shows("r1"), "APPROVED, 2 of 2 for, 0 against");
    judge.bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn votes_and_buttons_outlive_a_change_of_the_secret() {
    let mut court = Court::new(Rules::of(Mode::SetState));
    let judge = court.start().await;
    court.ask("r1").await;
    judge.outcome(&court.press("alice", Approve, "r1")).await;
    let old_button = court.press("ivan", Approve, "r1");
    judge.bot.stop().await;
    court.rules.secrets = (NEXT_SECRET, Some(SECRET));
    let judge = court.start().await;
    assert_eq!(court.shows("r1"), "PENDING, 1 of 2 for, 0 against, buttons");
    assert_eq!(judge.outcome(&old_button).await.0, Outcome::Recorded);
    court.world.pass(5).await;
    assert_eq!(court.shows("r1"), "APPROVED, 2 of 2 for, 0 against");
    judge.bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn votes_under_a_secret_that_is_gone_count_for_nothing_and_are_not_blamed_on_others() {
    let mut court = Court::new(Rules::of(Mode::SetState));
    let judge = court.start().await;
    court.ask("r1").await;
    judge.outcome(&court.press("alice", Approve, "r1")).await;
    let old_button = court.press("ivan", Approve, "r1");
    judge.bot.stop().await;
    court.rules.secrets = (NEXT_SECRET, None);
    let judge = court.start().await;
    assert_eq!(court.shows("r1"), "PENDING, 0 of 2 for, 0 against, buttons");
    assert_eq!(judge.outcome(&old_button).await.0, Outcome::NotAllowed);
    let lines = court.trail();
    let line = lines.iter().find(|line| line.contains("forged")).unwrap();
    assert!(line.contains("a secret that this bot does not have"), "{line}");
    judge.bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn the_mode_changes_and_changes_back_while_votes_stand() {
    let mut court = Court::new(Rules::of(Mode::SetState));
    let judge = court.start().await;
    court.ask("r1").await;
    judge.outcome(&court.press("alice", Approve, "r1")).await;
    court.world.pass(5).await;
    for (mode, shows) in [
        (Mode::OnBehalf, "PENDING, 0 of 2 for, 0 against, buttons"),
        (Mode::Link, "PENDING, 0 of - for, 0 against"),
        (Mode::SetState, "PENDING, 1 of 2 for, 0 against, buttons"),
    ] {
        court.rules.mode = mode;
        let judge = court.start().await;
        assert_eq!(court.shows("r1"), shows, "{}", mode.name());
        if mode != Mode::SetState {
            judge.bot.stop().await;
            continue;
        }
        judge.outcome(&court.press("ivan", Approve, "r1")).await;
        court.world.pass(5).await;
        assert_eq!(court.shows("r1"), "APPROVED, 2 of 2 for, 0 against");
        judge.bot.stop().await;
    }
    judge.bot.stop().await;
}

/// Bob lets his request end, and makes another one under its name, for something else.
fn made_anew(court: &Court) {
    court.world.cluster.remove("r1");
    let mut anew = bobs("r1", court.world.now());
    let (cluster, kind, name) = ("lab.example".into(), "db".into(), "payroll".into());
    anew.resources = vec![ResourceId { cluster, kind, name, sub_resource: String::new() }];
    court.world.cluster.put(anew);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_made_anew_under_an_old_name_has_no_votes() {
    let mut court = Court::new(Rules::of(Mode::SetState));
    let judge = court.start().await;
    court.ask("r1").await;
    judge.outcome(&court.press("alice", Approve, "r1")).await;
    court.world.pass(5).await;
    made_anew(&court);
    // Nothing leads back from its end but the next listing.
    court.world.pass(400).await;
    assert_eq!(court.shows("r1"), "PENDING, 0 of 2 for, 0 against, buttons");
    judge.outcome(&court.press("ivan", Approve, "r1")).await;
    court.world.pass(30).await;
    assert_eq!(court.shows("r1"), "PENDING, 1 of 2 for, 0 against, buttons");
    judge.bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_message_about_an_earlier_request_of_that_name_decides_nothing_and_is_changed() {
    let mut court = Court::new(Rules::of(Mode::OnBehalf));
    let judge = court.start().await;
    court.ask("r1").await;
    court.world.cluster.lose_events(true);
    court.world.pass(5).await;
    made_anew(&court);
    let mut reply = court.press("alice", Deny, "r1");
    reply.evidence = Evidence::Reply;
    assert_eq!(judge.outcome(&reply).await.0, Outcome::NotAllowed, "it shows something else");
    court.world.pass(5).await;
    let card = court.world.chat.card("r1");
    assert!(format!("{card:?}").contains("payroll"), "it shows what can be decided now: {card:?}");
    assert_eq!(judge.outcome(&reply).await.0, Outcome::Recorded);
    judge.bot.stop().await;
}
