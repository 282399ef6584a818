//! Decisions in the chat: who may, on which message, and what they are told.

use std::time::Duration;

use accessbot_core::backend::decision::{
    Action::{Approve, Deny},
    Decision, Doubt, Evidence, Outcome, Press, Proof, ReasonRule, Standing,
};
use accessbot_core::request::RequestState;
use accessbot_core::review::{Approver, IdentityRules, Mode};

use crate::court::{Court, Rules};
use crate::people::Slip;

#[tokio::test(start_paused = true)]
async fn a_review_on_behalf_is_judged_by_teleport() {
    let mut court = Court::new(Rules::of(Mode::OnBehalf));
    let judge = court.start().await;
    court.ask("r1").await;
    assert_eq!(court.shows("r1"), "PENDING, 0 of 2 for, 0 against, buttons");
    let (outcome, text) = judge.outcome(&court.press("alice", Approve, "r1")).await;
    assert_eq!(outcome, Outcome::Recorded);
    assert_eq!(text, "Your approval was recorded; more people must agree before the request is decided.");
    court.world.pass(5).await;
    assert_eq!(court.shows("r1"), "PENDING, 1 of 2 for, 0 against, buttons");
    let (outcome, text) = judge.outcome(&court.press("alice", Approve, "r1")).await;
    assert_eq!((outcome, text.as_str()), (Outcome::Known, "Your decision on this request was already recorded."));
    let (outcome, _) = judge.outcome(&court.press("alice", Deny, "r1")).await;
    assert_eq!(outcome, Outcome::TooLate, "a review cannot be changed");
    let (outcome, text) = judge.outcome(&court.press("mallory", Approve, "r1")).await;
    assert_eq!((outcome, text.as_str()), (Outcome::NotAllowed, "Teleport does not allow you to review this request."));
    let last = court.press("ivan", Approve, "r1");
    let (outcome, text) = judge.outcome(&last).await;
    assert_eq!((outcome, text.as_str()), (Outcome::Recorded, "Your approval was recorded; the request is approved."));
    court.world.pass(5).await;
    assert_eq!(court.shows("r1"), "APPROVED, 2 of 2 for, 0 against");
    let (outcome, text) = judge.outcome(&Decision { who: judge_id("carol"), ..last }).await;
    assert_eq!((outcome, text.as_str()), (Outcome::TooLate, "This request was already approved by alice and ivan."));
    insta::assert_snapshot!(court.trail().join("\n"), @"
    decision id-alice=alice approve: recorded (-)
    decision id-alice=alice approve: known (recorded before)
    decision id-alice=alice deny: too_late (has chosen to approve before)
    decision id-mallory=mallory approve: not_allowed (Teleport: as the test wanted)
    decision id-ivan=ivan approve: recorded (-)
    decision id-carol=- approve: too_late (the request is APPROVED)
    ");
    judge.bot.stop().await;
}

fn judge_id(name: &str) -> accessbot_core::backend::decision::ChatUserId {
    accessbot_core::backend::decision::ChatUserId(format!("id-{name}"))
}

#[tokio::test(start_paused = true)]
async fn nobody_decides_who_is_not_one_known_person() {
    let mut court = Court::new(Rules::of(Mode::SetState));
    let judge = court.start().await;
    court.ask("r1").await;
    let refused = [
        ("bob", "You cannot decide your own request."),
        ("dave", "You are not one of the people who may decide this request."),
        ("nobody", "exactly one Teleport user"),
    ];
    for (who, why) in refused {
        let (outcome, text) = judge.outcome(&court.press(who, Approve, "r1")).await;
        assert_eq!(outcome, Outcome::NotAllowed, "{who}");
        assert!(text.contains(why), "{who}: {text}");
    }
    for standing in [Standing::Bot, Standing::Guest, Standing::Stranger, Standing::Deactivated] {
        court.world.chat.state().accounts.as_mut().unwrap().set("id-alice", standing);
        let (outcome, text) = judge.outcome(&court.press("alice", Approve, "r1")).await;
        assert_eq!(outcome, Outcome::NotAllowed, "{standing:?}");
        assert!(text.starts_with("Only members of this organisation"), "{text}");
    }
    court.world.chat.state().accounts.as_mut().unwrap().set("id-alice", Standing::Member);
    court.world.cluster.add_user("eve", "id-alice", &[]);
    court.world.pass(600).await;
    let (outcome, _) = judge.outcome(&court.press("alice", Approve, "r1")).await;
    assert_eq!(outcome, Outcome::NotAllowed, "an account of two users is nobody's");
    assert_eq!(court.shows("r1"), "PENDING, 0 of 2 for, 0 against, buttons");
    judge.bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_lock_and_a_deletion_count_at_the_next_click() {
    let mut court = Court::new(Rules::of(Mode::SetState));
    let judge = court.start().await;
    court.ask("r1").await;
    court.ask("r2").await;
    assert_eq!(judge.outcome(&court.press("alice", Approve, "r1")).await.0, Outcome::Recorded);
    court.world.cluster.lock("alice");
    let (outcome, text) = judge.outcome(&court.press("alice", Approve, "r2")).await;
    assert_eq!(
        (outcome, text.as_str()),
        (Outcome::NotAllowed, "Your Teleport user is locked, so you cannot decide requests.")
    );
    court.world.cluster.remove_user("ivan");
    assert_eq!(judge.outcome(&court.press("ivan", Approve, "r2")).await.0, Outcome::NotAllowed);
    judge.bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn people_are_mapped_by_the_map_by_the_trait_or_by_the_address_and_by_nothing_else() {
    let users = |name: &str| [(judge_id(name), name.to_owned())].into();
    let address = IdentityRules { allow_email_match: true, ..IdentityRules::default() };
    for (identity, expected) in [
        (IdentityRules { users: users("alice"), ..IdentityRules::default() }, Outcome::Recorded),
        (IdentityRules { users: users("ivan"), ..IdentityRules::default() }, Outcome::NotAllowed),
        (IdentityRules { user_trait: Some("chat".into()), ..IdentityRules::default() }, Outcome::Recorded),
        (IdentityRules { user_trait: Some("other".into()), ..IdentityRules::default() }, Outcome::NotAllowed),
        (address, Outcome::NotAllowed),
        (IdentityRules::default(), Outcome::NotAllowed),
    ] {
        let mut court = Court::new(Rules { identity: identity.clone(), ..Rules::of(Mode::OnBehalf) });
        let judge = court.start().await;
        court.ask("r1").await;
        assert_eq!(judge.outcome(&court.press("alice", Approve, "r1")).await.0, expected, "{identity:?}");
        judge.bot.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_address_counts_only_if_the_chat_vouches_for_it_or_teleport_judges_the_person() {
    for (vouched_for, mode, expected) in [
        (Some(true), Mode::OnBehalf, Outcome::Recorded),
        (None, Mode::OnBehalf, Outcome::Recorded),
        (Some(false), Mode::OnBehalf, Outcome::NotAllowed),
        (Some(true), Mode::SetState, Outcome::Recorded),
        (None, Mode::SetState, Outcome::NotAllowed),
        (Some(false), Mode::SetState, Outcome::NotAllowed),
    ] {
        let identity = IdentityRules { allow_email_match: true, ..IdentityRules::default() };
        let approvers = vec![Approver::User("alice@example.com".into())];
        let mut court = Court::new(Rules { approvers, identity, ..Rules::of(mode) });
        court.world.cluster.add_user("alice@example.com", "", &[]);
        court.world.chat.state().accounts.as_mut().unwrap().vouched_for = vouched_for;
        let judge = court.start().await;
        court.ask("r1").await;
        let outcome = judge.outcome(&court.press("alice", Approve, "r1")).await.0;
        assert_eq!(outcome, expected, "{vouched_for:?} in {}", mode.name());
        judge.bot.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_form_is_opened_for_our_buttons_only_and_for_one_person() {
    let mut court = Court::new(Rules::of(Mode::OnBehalf).asking_for(ReasonRule::Required));
    let judge = court.start().await;
    court.ask("r1").await;
    let Decision { request, action, message, who, evidence, .. } = court.press("alice", Deny, "r1");
    let Evidence::Button(proof) = evidence else { panic!("a button") };
    let press = Press { request, action, message, who, proof };
    let calls = court.world.cluster.calls("request") + court.world.cluster.calls("record");
    let state = judge.ask_why(&press).expect("a form");
    assert_eq!(
        court.world.cluster.calls("request") + court.world.cluster.calls("record"),
        calls,
        "no call before the form"
    );
    assert_eq!(
        judge.ask_why(&Press { proof: Proof::new("x"), ..press.clone() }).unwrap_err().outcome,
        Outcome::NotAllowed
    );
    assert_eq!(judge.reopen(&state, "id-bob").unwrap_err().outcome, Outcome::NotAllowed);
    assert_eq!(judge.reopen(&state, "id-alice").as_ref(), Ok(&press));
    let mut decision = court.press("alice", Deny, "r1");
    assert_eq!(judge.outcome(&decision).await.0, Outcome::ReasonWanted);
    decision.reason = Some("not today".into());
    assert_eq!(judge.outcome(&decision).await.0, Outcome::Recorded);
    court.world.pass(1000).await;
    assert_eq!(judge.reopen(&state, "id-alice").unwrap_err().outcome, Outcome::NotAllowed, "too old");
    judge.bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_click_before_the_message_is_recorded_counts() {
    let mut court = Court::new(Rules::of(Mode::OnBehalf));
    let judge = court.start().await;
    court.world.chat.fail_next([crate::chat::Fault::LoseAnswer]);
    court.world.cluster.ask("r1", court.world.now());
    court.world.pass(1).await;
    assert_eq!(judge.outcome(&court.press("alice", Approve, "r1")).await.0, Outcome::Recorded);
    judge.bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_recorded_in_time_is_not_recorded_late() {
    let mut court = Court::new(Rules::of(Mode::OnBehalf));
    let judge = court.start().await;
    court.ask("r1").await;
    let press = court.press("alice", Approve, "r1");
    court.world.cluster.go_away();
    assert_eq!(judge.outcome(&press).await.0, Outcome::NotRecorded);
    court.world.cluster.come_back();
    court.world.pass(120).await;
    assert_eq!(court.shows("r1"), "PENDING, 0 of 2 for, 0 against, buttons", "nothing was queued");
    court.world.cluster.slip([Slip::Silence]);
    let quick = Decision { patience: Duration::from_millis(2500), ..press.clone() };
    assert_eq!(judge.outcome(&quick).await.0, Outcome::Unclear);
    court.world.cluster.slip([Slip::After]);
    assert_eq!(judge.outcome(&press).await.0, Outcome::Recorded, "it was found there");
    court.world.cluster.slip([Slip::Before]);
    assert_eq!(judge.outcome(&court.press("ivan", Approve, "r1")).await.0, Outcome::Unclear);
    court.world.pass(5).await;
    assert_eq!(court.shows("r1"), "PENDING, 1 of 2 for, 0 against, buttons");
    judge.bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_a_backend_turns_away_is_in_the_trail() {
    let mut court = Court::new(Rules::of(Mode::OnBehalf));
    let judge = court.start().await;
    court.ask("r1").await;
    let told = Doubt::ALL.map(|why| judge.turn_away("alice", why, court.message("r1")).text);
    insta::assert_snapshot!(told.join("\n"), @"
    Nothing was decided, because this button is not one of the bot's, or is from another version of it; please use the bot's own message.
    Nothing was decided, because this form is not one of the bot's; please press the button of the bot's own message.
    Nothing was decided, because the chat server does not vouch for this press; please press the button of the bot's own message.
    This was not recorded, because the press is too old, or a clock is wrong; please press the button again.
    This was not recorded, because the chat server could not be asked whether the press is yours; please try again.
    This was not recorded, because the form for a reason did not open; please press the button again.
    ");
    insta::assert_snapshot!(court.trail().join("\n"), @"
    decision id-alice=- approve: not_allowed (what the button carries is not of our making)
    decision id-alice=- approve: not_allowed (what the form carries is not of our making)
    decision id-alice=- approve: not_allowed (the call is not signed by the chat server for this account)
    decision id-alice=- approve: not_recorded (the chat server's signature is too old, or ahead of our clock)
    decision id-alice=- approve: not_recorded (the chat server's key could not be read)
    decision id-alice=- approve: not_recorded (the form for a reason did not open)
    ");
    judge.bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn approvers_may_be_whoever_is_in_a_private_channel() {
    let channel = |name: &str| Approver::Channel { backend: "fake".into(), channel: name.into() };
    let rules = Rules {
        approvals: 1,
        approvers: vec![channel("lab/approvers"), channel("lab/town")],
        ..Rules::of(Mode::SetState)
    };
    let mut court = Court::new(rules);
    court.world.chat.state().accounts.as_mut().unwrap().admit("id-dave");
    let judge = court.start().await;
    court.ask("r1").await;
    assert_eq!(
        judge.outcome(&court.press("alice", Approve, "r1")).await.0,
        Outcome::NotAllowed,
        "the other one is public"
    );
    assert_eq!(judge.outcome(&court.press("dave", Approve, "r1")).await.0, Outcome::Recorded);
    court.world.pass(5).await;
    assert_eq!(court.shows("r1"), "APPROVED, 1 of 1 for, 0 against");
    judge.bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_long_term_request_has_no_buttons_and_takes_no_decision() {
    let mut court = Court::new(Rules::of(Mode::OnBehalf));
    let judge = court.start().await;
    court.ask("r1").await;
    let press = court.press("alice", Approve, "r1");
    court.world.cluster.change("r1", |request| request.long_term = true);
    assert_eq!(judge.outcome(&press).await.0, Outcome::NotAllowed);
    court.world.cluster.review("r1", "carol", RequestState::Approved);
    court.world.pass(5).await;
    assert_eq!(court.shows("r1"), "PENDING, 1 of 2 for, 0 against");
    judge.bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn the_buttons_go_however_the_request_ends() {
    let mut court = Court::new(Rules::of(Mode::OnBehalf));
    let judge = court.start().await;
    court.ask("r1").await;
    court.ask("r2").await;
    court.world.cluster.remove("r1");
    court.world.cluster.resolve("r2", RequestState::Denied, "no");
    court.world.pass(5).await;
    assert_eq!(court.shows("r1"), "REMOVED, 0 of - for, 0 against");
    assert_eq!(court.shows("r2"), "DENIED, 0 of - for, 0 against");
    judge.bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn messages_are_open_until_the_request_is_decided() {
    let mut court = Court::new(Rules::of(Mode::OnBehalf));
    let judge = court.start().await;
    court.ask("r1").await;
    court.ask("r2").await;
    assert_eq!(judge.open_messages().await, 2);
    court.world.cluster.resolve("r1", RequestState::Denied, "no");
    court.world.pass(5).await;
    assert_eq!(judge.open_messages().await, 1);
    judge.bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_the_bot_may_not_do_is_not_blamed_on_the_person() {
    let mut court = Court::new(Rules::of(Mode::OnBehalf));
    let judge = court.start().await;
    court.ask("r1").await;
    let press = court.press("alice", Approve, "r1");
    court.world.cluster.slip([Slip::NotOurs]);
    assert_eq!(judge.outcome(&press).await.0, Outcome::NotRecorded);
    assert_eq!(judge.outcome(&press).await.0, Outcome::Recorded);
    judge.bot.stop().await;
}
