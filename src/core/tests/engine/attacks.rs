//! What people make up, and how much of it: nothing is decided by it, and nobody else is disturbed.

use accessbot_core::backend::MessageRef;
use accessbot_core::backend::decision::{
    Action::{Approve, Deny},
    ChatUserId, Decision, Doubt, Evidence, Outcome, Press, Proof,
};
use accessbot_core::request::RequestId;
use accessbot_core::review::Mode;

use crate::court::{Court, Rules};

#[tokio::test(start_paused = true)]
async fn a_forged_replayed_or_misplaced_button_decides_nothing() {
    let mut court = Court::new(Rules::of(Mode::SetState));
    let judge = court.start().await;
    court.ask("r1").await;
    court.ask("r2").await;
    let genuine = court.press("alice", Approve, "r1");
    let elsewhere = court.world.chat.post_by_hand("lab.access", Some("r1"));
    let other_channel = MessageRef { conversation: "lab.other".into(), ..genuine.message.clone() };
    let with = |change: &dyn Fn(&mut Decision)| {
        let mut decision = genuine.clone();
        change(&mut decision);
        decision
    };
    let forged = [
        ("a made-up proof", with(&|d| d.evidence = Evidence::Button(Proof::new("1.00000000.-.abc.def")))),
        ("another request's button", with(&|d| d.evidence = Evidence::Button(court.proof("r2", Approve)))),
        ("the other action", with(&|d| d.action = Deny)),
        ("another request", with(&|d| d.request = RequestId::new("r2"))),
        ("another channel", with(&|d| d.message = other_channel.clone())),
        ("another message", with(&|d| d.message = court.message("r2"))),
        (
            "somebody's own post with our button",
            with(&|d| d.message = MessageRef { message: "m999".into(), ..d.message.clone() }),
        ),
        ("a reply to somebody's own post", with(&|d| (d.evidence, d.message) = (Evidence::Reply, elsewhere.clone()))),
        (
            "a reaction to another request's message",
            with(&|d| (d.evidence, d.message) = (Evidence::Reaction, court.message("r2"))),
        ),
    ];
    for (attack, decision) in forged {
        let (outcome, text) = judge.outcome(&decision).await;
        assert_eq!(outcome, Outcome::NotAllowed, "{attack}: {text}");
    }
    assert_eq!(
        court.world.cluster.writes().iter().filter(|(_, record)| record["accessbot"].contains("\"vo\"")).count(),
        0
    );
    court.world.pass(7200).await;
    let (outcome, text) = judge.outcome(&genuine).await;
    assert_eq!(
        (outcome, text.contains("not one of the bot's, or is too old")),
        (Outcome::NotAllowed, true),
        "a proof ends with its request"
    );
    judge.bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_storm_of_clicks_is_stopped_and_disturbs_nobody_else() {
    let mut court = Court::new(Rules::of(Mode::SetState));
    let judge = court.start().await;
    court.ask("r1").await;
    let press = court.press("dave", Approve, "r1");
    let mut outcomes = Vec::new();
    for _ in 0..40 {
        outcomes.push(judge.outcome(&press).await.0);
    }
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Outcome::NotRecorded).count(), 20);
    assert_eq!(judge.outcome(&court.press("alice", Approve, "r1")).await.0, Outcome::Recorded);
    let Decision { request, action, message, evidence: Evidence::Button(proof), .. } =
        court.press("ivan", Approve, "r1")
    else {
        panic!("a button")
    };
    let press = Press { request, action, message, who: ChatUserId("id-ivan".into()), proof };
    let forms = (0..40).filter(|_| judge.ask_why(&press).is_ok()).count();
    assert_eq!(forms, 20, "forms are opened at no other pace");
    judge.bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_made_up_calls_does_not_fill_the_trail() {
    let mut court = Court::new(Rules::of(Mode::OnBehalf));
    let judge = court.start().await;
    court.ask("r1").await;
    let mut forged = court.press("alice", Approve, "r1");
    forged.evidence = Evidence::Button(Proof::new("1.made.up"));
    let Decision { request, action, message, who, .. } = forged.clone();
    let press = Press { request, action, message: message.clone(), who, proof: Proof::new("1.made.up") };
    for n in 0..250 {
        judge.turn_away(&n.to_string(), Doubt::Unproven, message.clone());
        judge.ask_why(&press).unwrap_err();
        judge.reopen("1.made.up", "id-alice").unwrap_err();
        // Too fast, after a while.
        judge.decide(&forged).await;
    }
    assert_eq!(court.trail().len(), 20);
    // What somebody does who may is told all the same.
    judge.decide(&court.press("ivan", Approve, "r1")).await;
    court.world.pass(61).await;
    insta::assert_snapshot!(court.trail()[20..].join("\n"), @"
    decision id-ivan=ivan approve: recorded (-)
    decision =- -: left_out (980 refusals like those before, too many to be told one by one)
    ");
    // Afterwards there is room again, and what is counted at the end is said then.
    for _ in 0..25 {
        judge.turn_away("alice", Doubt::Untimely, message.clone());
    }
    judge.bot.stop().await;
    let trail = court.trail();
    assert_eq!(trail.len(), 43);
    insta::assert_snapshot!(trail[42], @"decision =- -: left_out (5 refusals like those before, too many to be told one by one)");
}

#[tokio::test(start_paused = true)]
async fn forged_clicks_in_somebodys_name_take_nothing_from_them() {
    let mut court = Court::new(Rules::of(Mode::SetState));
    let judge = court.start().await;
    court.ask("r1").await;
    let genuine = court.press("alice", Approve, "r1");
    let forged = Decision { evidence: Evidence::Button(Proof::new("1.00000000.-.abc.def")), ..genuine.clone() };
    for _ in 0..40 {
        assert_eq!(judge.outcome(&forged).await.0, Outcome::NotAllowed);
    }
    assert_eq!(judge.outcome(&genuine).await.0, Outcome::Recorded);
    judge.bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_made_up_ledger_of_many_messages_costs_few_calls() {
    let mut court = Court::new(Rules::of(Mode::OnBehalf));
    let judge = court.start().await;
    court.ask("r1").await;
    let mut ledger: serde_json::Value =
        serde_json::from_str(&court.world.cluster.record("fake", "r1")["accessbot"]).unwrap();
    for n in 0..2000 {
        let marker = format!("made{n}up");
        let item = serde_json::json!({"w": "ann", "m": marker, "t": 0, "s": "intent"});
        ledger["i"].as_array_mut().unwrap().push(item);
    }
    court.world.cluster.forge("fake", "r1", &[("accessbot", &ledger.to_string())]);
    let elsewhere = court.world.chat.post_by_hand("lab.access", None);
    let reply = Decision { evidence: Evidence::Reply, message: elsewhere, ..court.press("alice", Approve, "r1") };
    assert_eq!(judge.outcome(&reply).await.0, Outcome::NotAllowed);
    assert!(court.world.chat.calls("verify") < 50, "{} calls", court.world.chat.calls("verify"));
    judge.bot.stop().await;
}
