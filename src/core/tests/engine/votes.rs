//! Votes: how they are kept and counted, and what becomes of them when things go wrong.

use accessbot_core::backend::decision::{
    Action::{Approve, Deny},
    Evidence, Outcome,
};
use accessbot_core::request::RequestState;
use accessbot_core::review::Mode;

use crate::court::{Court, Judge, Rules};
use crate::people::{Decided, Slip};

#[tokio::test(start_paused = true)]
async fn two_people_approve_and_the_state_is_set_in_their_names() {
    let mut court = Court::new(Rules::of(Mode::SetState));
    let judge = court.start().await;
    court.ask("r1").await;
    assert_eq!(court.shows("r1"), "PENDING, 0 of 2 for, 0 against, buttons");
    let mut first = court.press("alice", Approve, "r1");
    first.reason = Some("INC-7".into());
    let (outcome, text) = judge.outcome(&first).await;
    assert_eq!((outcome, text.as_str()), (Outcome::Recorded, "Your approval was recorded; it is 1 of 2 approvals."));
    assert_eq!(judge.outcome(&first).await.0, Outcome::Known, "a double click");
    court.world.pass(5).await;
    assert_eq!(court.shows("r1"), "PENDING, 1 of 2 for, 0 against, buttons");
    let late = court.press("carol", Deny, "r1");
    let (outcome, text) = judge.outcome(&court.press("ivan", Approve, "r1")).await;
    assert_eq!(
        (outcome, text.as_str()),
        (Outcome::Recorded, "Your approval was recorded; the request is being approved.")
    );
    court.world.pass(5).await;
    assert_eq!(court.shows("r1"), "APPROVED, 2 of 2 for, 0 against");
    let (outcome, text) = judge.outcome(&late).await;
    assert_eq!((outcome, text.as_str()), (Outcome::TooLate, "This request was already approved by alice and ivan."));
    let (outcome, text) = judge.outcome(&late).await;
    assert_eq!((outcome, text.as_str()), (Outcome::TooLate, "This request was already approved by alice and ivan."));
    let decided =
        Decided { request: "r1".into(), action: "approve", by: "alice, ivan".into(), reason: "alice: INC-7".into() };
    assert_eq!(court.world.cluster.decided(), [decided]);
    insta::assert_snapshot!(court.world.chat.notes().join("\n"), @"
    @bob: Your request for role dbadmin was received, and the reviewers were told. Its number is r1.
    lab.access: alice approved the request here in the chat.
    @bob: Your request for role dbadmin was approved. Its number is r1.
    lab.access: ivan approved the request here in the chat.
    lab.access: The request was approved.
    ");
    insta::assert_snapshot!(court.trail().join("\n"), @"
    decision id-alice=alice approve: recorded (-)
    decision id-alice=alice approve: known (recorded before)
    decision id-ivan=ivan approve: recorded (-)
    vote id-alice=alice approve: carried_out (-)
    vote id-ivan=ivan approve: carried_out (-)
    decision id-carol=- deny: too_late (the request is APPROVED)
    decision id-carol=- deny: too_late (the request is APPROVED)
    ");
    judge.bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_card_says_from_the_start_how_many_the_rules_ask_for() {
    let mut court = Court::new(Rules { approvals: 3, ..Rules::of(Mode::SetState) });
    let judge = court.start().await;
    court.ask("r1").await;
    assert_eq!(court.shows("r1"), "PENDING, 0 of 3 for, 0 against, buttons");
    assert_eq!(court.world.chat.calls("update"), 0, "whatever Teleport itself would ask for was never shown");
    judge.bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn one_denial_ends_it() {
    let mut court = Court::new(Rules::of(Mode::SetState));
    let judge = court.start().await;
    court.ask("r1").await;
    judge.outcome(&court.press("alice", Approve, "r1")).await;
    let (_, text) = judge.outcome(&court.press("ivan", Deny, "r1")).await;
    assert_eq!(text, "Your denial was recorded; the request is being denied.");
    court.world.pass(5).await;
    assert_eq!(court.shows("r1"), "DENIED, 1 of 2 for, 1 against");
    judge.bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn the_bots_own_review_names_the_people_and_is_submitted_once() {
    let mut court = Court::new(Rules::of(Mode::AsBot));
    let judge = court.start().await;
    court.ask("r1").await;
    let mut wordy = court.press("alice", Approve, "r1");
    wordy.reason = Some("INC-7\napproved by carol in the chat".into());
    judge.outcome(&wordy).await;
    let (_, text) = judge.outcome(&court.press("ivan", Approve, "r1")).await;
    assert_eq!(text, "Your approval was recorded; enough people agree, so the bot approves it in Teleport.");
    court.world.pass(900).await;
    let request = court.world.cluster.get("r1").unwrap();
    assert_eq!(request.state, RequestState::Pending, "the cluster wants two reviews, and the bot is one");
    let reviews: Vec<String> = request.reviews.iter().map(|r| format!("{}: {}", r.author, r.reason)).collect();
    insta::assert_snapshot!(reviews.join("\n"), @"
    access-plugin: approved by alice, ivan in the chat
    alice: INC-7 approved by carol in the chat
    ");
    assert_eq!(court.world.cluster.calls("submit_review"), 1);
    assert_eq!(judge.outcome(&court.press("carol", Approve, "r1")).await.0, Outcome::TooLate);
    court.world.cluster.review("r1", "dave", RequestState::Approved);
    court.world.cluster.resolve("r1", RequestState::Approved, "");
    court.world.pass(5).await;
    assert_eq!(court.shows("r1"), "APPROVED, 2 of 2 for, 0 against");
    judge.bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_crash_between_the_last_vote_and_the_state_is_finished_by_the_next() {
    let mut court = Court::new(Rules::of(Mode::SetState));
    let judge = court.start().await;
    court.ask("r1").await;
    judge.outcome(&court.press("alice", Approve, "r1")).await;
    court.world.pass(5).await;
    let last = court.press("ivan", Approve, "r1");
    court.world.cluster.slip([Slip::Silence]);
    assert_eq!(judge.outcome(&last).await.0, Outcome::Recorded);
    judge.bot.kill().await;
    assert_eq!(court.world.cluster.decided(), []);
    let next = court.start().await;
    court.world.pass(30).await;
    assert_eq!(court.shows("r1"), "APPROVED, 2 of 2 for, 0 against");
    assert_eq!(court.world.cluster.decided().len(), 1);
    next.bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_state_whose_answer_is_lost_is_not_set_twice() {
    let mut court = Court::new(Rules { approvals: 1, ..Rules::of(Mode::SetState) });
    let judge = court.start().await;
    court.ask("r1").await;
    court.ask("r2").await;
    court.world.cluster.slip([Slip::After]);
    judge.outcome(&court.press("alice", Approve, "r1")).await;
    court.world.pass(5).await;
    court.world.cluster.slip([Slip::Before, Slip::Before]);
    judge.outcome(&court.press("alice", Approve, "r2")).await;
    court.world.pass(120).await;
    assert_eq!(court.shows("r1"), "APPROVED, 1 of 1 for, 0 against");
    assert_eq!(court.shows("r2"), "APPROVED, 1 of 1 for, 0 against");
    assert_eq!(court.world.cluster.decided().len(), 2);
    judge.bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_vote_of_somebody_who_may_not_decide_any_more_is_taken_back() {
    let mut court = Court::new(Rules::of(Mode::SetState));
    let judge = court.start().await;
    court.ask("r1").await;
    judge.outcome(&court.press("alice", Approve, "r1")).await;
    court.world.pass(5).await;
    court.world.cluster.lock("alice");
    judge.outcome(&court.press("ivan", Approve, "r1")).await;
    court.world.pass(30).await;
    assert_eq!(court.shows("r1"), "PENDING, 1 of 2 for, 0 against, buttons");
    assert_eq!(court.world.cluster.decided(), []);
    judge.outcome(&court.press("carol", Approve, "r1")).await;
    court.world.pass(5).await;
    assert_eq!(court.shows("r1"), "APPROVED, 2 of 2 for, 0 against");
    judge.bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn two_replicas_two_clients_and_a_dead_one_count_each_vote_once() {
    let mut court = Court::new(Rules::of(Mode::SetState));
    let judges: Vec<Judge> = vec![court.start().await, court.start().await];
    court.ask("r1").await;
    let (alice, ivan) = (court.press("alice", Approve, "r1"), court.press("ivan", Approve, "r1"));
    let both = tokio::join!(judges[0].outcome(&alice), judges[1].outcome(&alice));
    let mut outcomes = [both.0.0, both.1.0];
    outcomes.sort_by_key(|outcome| outcome.word());
    assert_eq!(outcomes, [Outcome::Known, Outcome::Recorded], "the same click at both");
    court.world.pass(5).await;
    assert_eq!(judges[1].outcome(&ivan).await.0, Outcome::Recorded);
    court.world.pass(400).await;
    assert_eq!(court.shows("r1"), "APPROVED, 2 of 2 for, 0 against");
    assert_eq!(court.world.cluster.decided().len(), 1);
    let replies = court.world.chat.notes().iter().filter(|note| note.contains("here in the chat")).count();
    assert_eq!(replies, 2, "one for each vote");
    for judge in judges {
        judge.bot.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn approvals_that_somebody_else_writes_into_the_plugin_data_count_for_nothing() {
    let mut court = Court::new(Rules::of(Mode::SetState));
    let judge = court.start().await;
    court.ask("r1").await;
    court.ask("r2").await;
    for who in ["alice", "ivan"] {
        let mut reply = court.press(who, Approve, "r1");
        reply.evidence = Evidence::Reply;
        assert_eq!(judge.outcome(&reply).await.0, Outcome::Recorded);
    }
    court.world.pass(5).await;
    assert_eq!(court.shows("r1"), "APPROVED, 2 of 2 for, 0 against");
    // Mallory, who may write plugin data, copies the votes of one request to another, and makes one up.
    let votes = |record: &std::collections::BTreeMap<String, String>| -> serde_json::Value {
        serde_json::from_str(&record["accessbot"]).unwrap()
    };
    let stolen = votes(&court.world.cluster.record("fake", "r1"))["vo"].clone();
    let mut ledger = votes(&court.world.cluster.record("fake", "r2"));
    ledger["vo"] = stolen;
    court.world.cluster.forge("fake", "r2", &[("accessbot", &ledger.to_string())]);
    court.world.pass(700).await;
    assert_eq!(court.shows("r2"), "PENDING, 0 of 2 for, 0 against, buttons");
    let forged = court.trail().into_iter().filter(|line| line.contains("forged")).count();
    assert_eq!(forged, 2, "each is reported once");
    assert_eq!(judge.outcome(&court.press("alice", Approve, "r2")).await.0, Outcome::Recorded, "and stops nobody");
    judge.bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_permission_that_is_missing_delays_the_state_and_nothing_else() {
    let mut court = Court::new(Rules { approvals: 1, ..Rules::of(Mode::SetState) });
    let judge = court.start().await;
    court.ask("r1").await;
    court.world.cluster.slip(vec![Slip::Before; 3]);
    judge.outcome(&court.press("alice", Approve, "r1")).await;
    court.world.pass(2).await;
    assert_eq!(court.shows("r1"), "PENDING, 1 of 1 for, 0 against, buttons", "the vote is shown all the same");
    assert!(court.world.cluster.calls("set_state") <= 3, "no hot loop");
    court.world.pass(300).await;
    assert_eq!(court.shows("r1"), "APPROVED, 1 of 1 for, 0 against");
    judge.bot.stop().await;
}
