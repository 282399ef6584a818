//! Presses that somebody made up: the server vouches for who has pressed, and nothing else is believed.

use std::time::Duration;

use accessbot_core::backend::MessageRef;
use accessbot_core::backend::decision::{Action, Doubt, ReasonRule, TurnedAway};
use accessbot_sandbox::Answer;
use accessbot_sandbox::mattermost::MattermostSandbox;
use axum::http::Request;
use serde_json::{Value, json};

use crate::request;
use crate::world::{PROOF, World};

const KEY: &str = "GET /config/client";
const MINUTE: Duration = Duration::from_secs(60);

/// Somebody calls us with what our own button carries, in the name of alice, and with this trigger id. Gives what they are
/// told.
async fn made_up(world: &World, message: &MessageRef, ask: ReasonRule, trigger: &str) -> String {
    let call = json!({
        "user_id": world.user("alice").0, "channel_id": message.conversation, "post_id": message.message,
        "trigger_id": trigger, "type": "button",
        "context": {"v": 1, "req": request().as_str(), "act": "approve", "ask": ask, "proof": PROOF},
    });
    let call = Request::post("/action").header("content-type", "application/json").body(call.to_string().into());
    let response = world.backend.callback(call.unwrap()).await;
    assert_eq!(response.status(), 200);
    let answer: Value = serde_json::from_slice(response.body()).unwrap();
    answer["ephemeral_text"].as_str().unwrap().replace("\\-", "-")
}

/// Alice presses, and is told this.
async fn alice_is_told(world: &World, message: &MessageRef, text: &str) {
    world.server.click("alice", &message.message, "approve").await.unwrap();
    assert_eq!(world.whispers("alice").pop().unwrap(), text);
}

fn sentence(why: Doubt) -> String {
    why.answer().text
}

/// Time goes by, for all that waits.
async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

#[tokio::test]
async fn a_copied_proof_without_a_press_of_that_person_opens_no_form_and_decides_nothing() {
    let (world, another) = (World::start(&["buttons"]).await, World::start(&["buttons"]).await);
    let ago = |user: &str, minutes: u32| world.server.trigger_of(user, minutes * MINUTE).unwrap();
    let alices = ago("alice", 0);
    let elsewhere = |server: &MattermostSandbox| server.trigger_of("alice", Duration::ZERO).unwrap();
    for ask in [ReasonRule::Off, ReasonRule::Required] {
        let message = world.announce(ask).await;
        for (trigger, why, case) in [
            (String::new(), Doubt::Unproven, "none"),
            ("trigger".to_owned(), Doubt::Unproven, "one that was made up"),
            (ago("bob", 0), Doubt::Unproven, "the attacker's own"),
            (elsewhere(&another.server), Doubt::Unproven, "one of another server"),
            (format!("B{}", &alices[1..]), Doubt::Unproven, "one that was changed"),
            (ago("bob", 10), Doubt::Unproven, "the attacker's own, and an old one"),
            (ago("alice", 10), Doubt::Untimely, "one that she has used long ago"),
        ] {
            assert_eq!(made_up(&world, &message, ask, &trigger).await, sentence(why), "{case}");
            let claimed = TurnedAway {
                why,
                who: world.user("alice"),
                message: Some(message.clone()),
                request: Some(request()),
                action: Some(Action::Approve),
            };
            assert_eq!(world.script.turned_away().pop().unwrap(), claimed, "{case}");
        }
    }
    assert!(!world.script.heard_anything());
    assert_eq!(world.server.calls("POST /actions/dialogs/open"), 0);
    assert_eq!(world.script.turned_away().len(), 14);
}

#[tokio::test]
async fn the_key_is_read_before_anybody_presses() {
    let world = World::start(&["buttons"]).await;
    let message = world.announce(ReasonRule::Off).await;
    world.server.faults().fail_next(KEY, 2, Answer::bad_gateway());
    let backend = world.backend.clone();
    let listening = tokio::spawn(async move { backend.listen().await });
    world.server.wait_until("a look for the key", |server| server.calls(KEY) == 2).await;
    // Whoever is too early waits for that, and what failed is tried again.
    alice_is_told(&world, &message, &sentence(Doubt::Uncertain)).await;
    pass(MINUTE).await;
    world.server.wait_until("another look for the key", |server| server.calls(KEY) == 3).await;
    world.server.faults().fail_next(KEY, 100, Answer::bad_gateway());
    alice_is_told(&world, &message, "It was recorded.").await;
    assert_eq!(world.server.calls(KEY), 3);
    listening.abort();
}

#[tokio::test]
async fn without_the_key_nothing_is_decided() {
    let world = World::start(&["buttons"]).await;
    let message = world.announce(ReasonRule::Off).await;
    let strange = |body: &str| Answer::new(200, "application/json", body);
    for answer in [
        Answer::new(404, "text/plain", "404 page not found"),
        strange("garbage"),
        strange("{}"),
        strange("[]"),
        strange(r#"{"status": "OK"}"#),
        strange(r#"{"Version": "99", "AsymmetricSigningPublicKey": 5}"#),
        strange(r#"{"Version": "99", "AsymmetricSigningPublicKey": "AAAA"}"#),
    ] {
        world.server.faults().fail_next(KEY, 1, answer.clone());
        let before = world.server.calls(KEY);
        alice_is_told(&world, &message, &sentence(Doubt::Uncertain)).await;
        // Right after that nobody is asked: it may be anybody who presses and presses.
        alice_is_told(&world, &message, &sentence(Doubt::Uncertain)).await;
        assert_eq!(world.server.calls(KEY), before + 1, "{answer:?}");
        pass(Duration::from_secs(5)).await;
    }
    assert!(!world.script.heard_anything());
    assert!(world.script.turned_away().iter().all(|call| call.why == Doubt::Uncertain));
    alice_is_told(&world, &message, "It was recorded.").await;
}

#[tokio::test]
async fn a_server_that_is_slow_to_tell_its_key_is_not_waited_for() {
    let world = World::start(&["buttons"]).await;
    let message = world.announce(ReasonRule::Off).await;
    let trigger = world.pressed("alice");
    let hold = world.server.faults().hold(KEY);
    tokio::time::pause();
    let begun = tokio::time::Instant::now();
    assert_eq!(made_up(&world, &message, ReasonRule::Off, &trigger).await, sentence(Doubt::Uncertain));
    assert!(begun.elapsed() < Duration::from_secs(9), "{:?}", begun.elapsed());
    tokio::time::resume();
    hold.release();
}

#[tokio::test]
async fn another_key_of_the_server_is_found_and_made_up_presses_do_not_hammer_it() {
    let world = World::start(&["buttons"]).await;
    let message = world.announce(ReasonRule::Off).await;
    alice_is_told(&world, &message, "It was recorded.").await;
    assert_eq!(world.server.calls(KEY), 1);
    world.server.change_signing_key();
    alice_is_told(&world, &message, "It was recorded.").await;
    assert_eq!(world.server.calls(KEY), 2);
    // A flood of well-made trigger ids that another server has signed, and the key changes once more meanwhile.
    let another = MattermostSandbox::start(accessbot_sandbox::mattermost::MattermostOptions::default()).await.unwrap();
    let flood = async || {
        for _ in 0..50 {
            let trigger = another.trigger_of("alice", Duration::ZERO).unwrap();
            let told = made_up(&world, &message, ReasonRule::Off, &trigger).await;
            assert_eq!(told, sentence(Doubt::Unproven));
        }
        world.server.calls(KEY)
    };
    assert_eq!(flood().await, 2);
    world.server.change_signing_key();
    alice_is_told(&world, &message, &sentence(Doubt::Unproven)).await;
    pass(MINUTE).await;
    alice_is_told(&world, &message, "It was recorded.").await;
    assert_eq!(flood().await, 3);
    // A key that is not told any more still counts, and with less nobody gets through.
    world.server.publish_signing_key(false);
    pass(MINUTE).await;
    assert_eq!(flood().await, 4);
    alice_is_told(&world, &message, "It was recorded.").await;
}

#[tokio::test]
async fn a_server_that_publishes_no_key_is_believed_for_a_minute() {
    let world = World::start(&["buttons"]).await;
    world.server.publish_signing_key(false);
    let message = world.announce(ReasonRule::Off).await;
    alice_is_told(&world, &message, "It was recorded.").await;
    assert_eq!(made_up(&world, &message, ReasonRule::Off, "").await, "It was recorded.");
    assert_eq!(world.server.calls(KEY), 1);
    // As soon as it has one, it counts.
    world.server.publish_signing_key(true);
    pass(MINUTE).await;
    assert_eq!(made_up(&world, &message, ReasonRule::Off, "").await, sentence(Doubt::Unproven));
    alice_is_told(&world, &message, "It was recorded.").await;
    assert_eq!(world.server.calls(KEY), 2);
}

#[tokio::test]
async fn that_there_is_no_key_is_not_believed_of_a_server_in_trouble() {
    let world = World::start(&["buttons"]).await;
    world.server.publish_signing_key(false);
    let message = world.announce(ReasonRule::Off).await;
    alice_is_told(&world, &message, "It was recorded.").await;
    pass(MINUTE).await;
    world.server.faults().fail_next(KEY, 2, Answer::bad_gateway());
    alice_is_told(&world, &message, &sentence(Doubt::Uncertain)).await;
    pass(Duration::from_secs(5)).await;
    alice_is_told(&world, &message, "It was recorded.").await;
}
