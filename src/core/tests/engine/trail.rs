//! The audit trail: each thing is told once, and nothing is missing when something goes wrong.

use accessbot_core::backend::decision::{Action::Approve, Outcome};
use accessbot_core::review::Mode;
use accessbot_core::teleport::TeleportErrorKind;

use crate::court::{Court, Rules};
use crate::people::Slip;

/// What the trail tells of votes after they were cast.
fn fates(court: &Court) -> Vec<String> {
    court.trail().into_iter().filter(|line| line.starts_with("vote ")).collect()
}

#[tokio::test(start_paused = true)]
async fn what_was_carried_out_is_told_although_its_answer_was_lost() {
    let mut court = Court::new(Rules { approvals: 1, ..Rules::of(Mode::SetState) });
    let judge = court.start().await;
    court.ask("r1").await;
    court.world.cluster.slip([Slip::After]);
    judge.outcome(&court.press("alice", Approve, "r1")).await;
    court.world.pass(30).await;
    assert_eq!(court.shows("r1"), "APPROVED, 1 of 1 for, 0 against");
    insta::assert_snapshot!(
        fates(&court).join("\n"),
        @"vote id-alice=alice approve: carried_out (Teleport's answer was lost, and this is what is there now)"
    );
    judge.bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_review_of_the_bot_whose_answer_was_lost_is_told_and_not_submitted_again() {
    let mut court = Court::new(Rules { approvals: 1, ..Rules::of(Mode::AsBot) });
    let judge = court.start().await;
    court.ask("r1").await;
    court.world.cluster.slip([Slip::After]);
    judge.outcome(&court.press("alice", Approve, "r1")).await;
    court.world.pass(300).await;
    assert_eq!(court.world.cluster.calls("submit_review"), 1);
    insta::assert_snapshot!(
        fates(&court).join("\n"),
        @"vote id-alice=alice approve: carried_out (Teleport's answer was lost, and this is what is there now)"
    );
    judge.bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_vote_that_is_taken_back_is_told_once_whatever_is_in_the_way() {
    let (unavailable, conflict) = (TeleportErrorKind::Unavailable, TeleportErrorKind::Conflict);
    for (after_effect, kind) in [(false, unavailable), (true, unavailable), (false, conflict)] {
        is_taken_back_and_told_once(after_effect, kind).await;
    }
}

async fn is_taken_back_and_told_once(after_effect: bool, kind: TeleportErrorKind) {
    let mut court = Court::new(Rules::of(Mode::SetState));
    let judge = court.start().await;
    court.ask("r1").await;
    judge.outcome(&court.press("alice", Approve, "r1")).await;
    court.world.pass(5).await;
    court.world.cluster.lock("alice");
    court.world.cluster.state().people.slowness = std::time::Duration::from_millis(100);
    assert_eq!(judge.outcome(&court.press("ivan", Approve, "r1")).await.0, Outcome::Recorded);
    // The worker takes its lease and looks at the voters; then what it writes goes wrong, in this way or that.
    while court.world.cluster.calls("user") < 4 {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    court.world.cluster.fail_next_write(after_effect, kind);
    court.world.pass(60).await;
    assert_eq!(court.shows("r1"), "PENDING, 1 of 2 for, 0 against, buttons");
    assert_eq!(fates(&court), ["vote id-alice=alice approve: void (the Teleport user is locked)"]);
    judge.bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_forged_vote_does_not_flood_the_trail() {
    let mut court = Court::new(Rules::of(Mode::SetState));
    let judge = court.start().await;
    court.ask("r1").await;
    let long = "x".repeat(200_000);
    let forged = serde_json::json!({
        "u": long, "a": "deny", "id": long, "n": long, "w": long,
        "for": ["dbadmin"], "t": 1, "k": "00000000", "m": "00",
    });
    let mut ledger: serde_json::Value =
        serde_json::from_str(&court.world.cluster.record("fake", "r1")["accessbot"]).unwrap();
    (ledger["v"], ledger["vo"]) = (2.into(), vec![forged].into());
    court.world.cluster.forge("fake", "r1", &[("accessbot", &ledger.to_string())]);
    court.world.pass(700).await;
    assert_eq!(fates(&court).len(), 1);
    assert!(court.longest_line() < 2_000, "{} bytes", court.longest_line());
    judge.bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_decision_that_nobody_waits_for_is_told_as_well() {
    let mut court = Court::new(Rules::of(Mode::SetState));
    let judge = court.start().await;
    court.ask("r1").await;
    let (alice, ivan) = (court.press("alice", Approve, "r1"), court.press("ivan", Approve, "r1"));
    court.world.cluster.answer_next_write_never();
    let second = std::time::Duration::from_secs(1);
    assert!(tokio::time::timeout(second, judge.decide(&alice)).await.is_err(), "whoever asked has gone away");
    court.world.cluster.state().people.slowness = 10 * second;
    assert!(tokio::time::timeout(second, judge.decide(&ivan)).await.is_err(), "before anything was sent");
    court.world.pass(5).await;
    insta::assert_snapshot!(court.trail().join("\n"), @"
    decision id-alice=alice approve: unclear (nobody waited for the answer to its end)
    decision id-ivan=- approve: not_recorded (nobody waited for the answer to its end)
    ");
    assert_eq!(court.shows("r1"), "PENDING, 1 of 2 for, 0 against, buttons", "what was sent is seen soon");
    judge.bot.stop().await;
}
