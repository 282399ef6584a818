//! The story that the demo plays in a terminal, and that is its test.

use std::time::Duration;

use accessbot_core::request::RequestState;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::bot_log::BotLog;
use super::chat::message::Message;
use super::chat::{Before, Forgery, Place};
use super::stage::{Stage, StoryError, messages};
use super::world::{DUAL, DemoWorld, REVIEWERS, SINGLE, bob_asks};
use crate::teleport::NewRequest;

/// So long the request waits that nobody answers.
const SHORT: Duration = Duration::from_secs(2);
/// So long the chat is down: enough for the bot to try and to fail.
const DOWN: Duration = Duration::from_millis(1200);

/// Where a request stands whose reviewers are named.
const EVERYWHERE: [Place; 3] = [Place::Channel, Place::Person("alice"), Place::Person("ivan")];
/// Where a request stands without.
const CHANNEL: [Place; 1] = [Place::Channel];

/// Plays the story in a world where the bot is running or about to, and logs into `log`: dual authorization by buttons, a
/// forged click, a denial, an expiry, and a chat that is down for a while. What happens and what the chat shows is told to `say`, text with its line breaks.
///
/// # Errors
/// At the first step that does not come out right.
pub fn play<'a>(
    world: &'a DemoWorld,
    log: &'a BotLog,
    say: &'a mut (dyn FnMut(&str) + Send),
) -> BoxFuture<'a, Result<(), StoryError>> {
    tell(world, log, say).boxed()
}

async fn tell(world: &DemoWorld, log: &BotLog, say: &mut (dyn FnMut(&str) + Send)) -> Result<(), StoryError> {
    let mut stage = Stage::new(world, log, say);
    stage.step("The bot starts.");
    let watches = |world: &DemoWorld| world.teleport.watches() > 0;
    stage.expect("it watches access requests", watches, |world| world.teleport.dump()).await?;
    two_approve(&mut stage).await?;
    one_denies(&mut stage).await?;
    nobody_answers(&mut stage).await?;
    the_chat_is_down(&mut stage).await?;
    stage.say("\nThe story is told: every step came out right.\n");
    Ok(())
}

/// Files a request.
fn asks(stage: &Stage<'_>, new: NewRequest) -> Result<String, StoryError> {
    stage.act(stage.world.teleport.create_request(new))
}

/// Waits until the cluster says that a request is in this state.
async fn is_in_state(stage: &mut Stage<'_>, id: &str, expected: RequestState) -> Result<(), StoryError> {
    let what = format!("in the cluster the request is {}", format!("{expected:?}").to_lowercase());
    let is = |world: &DemoWorld| world.teleport.request(id).is_some_and(|request| request.state == expected);
    stage.expect(&what, is, |world| world.teleport.dump()).await
}

async fn two_approve(stage: &mut Stage<'_>) -> Result<(), StoryError> {
    stage.step(&format!("bob asks for {DUAL}, which takes two approvals. He suggests alice and ivan as reviewers."));
    let id = asks(stage, bob_asks(DUAL, "The nightly report hangs.").reviewers(&REVIEWERS))?;
    stage.says(&EVERYWHERE, &id, "Status", "PENDING").await?;
    stage.says(&CHANNEL, &id, "Reviews", "0 of 2").await?;
    stage.told("bob", &id, "was received").await?;
    stage.show(Place::Channel, &id);

    stage.step("alice presses Approve in the channel, and says why. That is one approval of two.");
    stage.decides("alice", Place::Channel, &id, "Approve", "Fine with me.").await?;
    stage.says(&EVERYWHERE, &id, "Reviews", "1 of 2").await?;
    stage.says(&CHANNEL, &id, "Status", "PENDING").await?;
    stage.replies(&id, 1).await?;
    is_in_state(stage, &id, RequestState::Pending).await?;
    stage.show(Place::Channel, &id);

    bob_approves_himself(stage, &id).await?;
    a_click_is_forged(stage, &id).await?;

    stage.step("ivan presses Approve on the message that he was sent. That is enough.");
    stage.decides("ivan", Place::Person("ivan"), &id, "Approve", "Go ahead.").await?;
    stage.says(&EVERYWHERE, &id, "Status", "APPROVED").await?;
    is_in_state(stage, &id, RequestState::Approved).await?;
    stage.told("bob", &id, "was approved").await?;
    // Both reviews, and the end.
    stage.replies(&id, 3).await?;
    stage.show(Place::Channel, &id);
    stage.show(Place::Person("bob"), &id);
    Ok(())
}

async fn bob_approves_himself(stage: &mut Stage<'_>, id: &str) -> Result<(), StoryError> {
    stage.step("bob presses Approve on his own request. Teleport does not let him.");
    stage.decides("bob", Place::Channel, id, "Approve", "I know myself.").await?;
    stage.hears("bob", "You cannot decide your own request.").await?;
    stage.audited(id, &["\"teleport_user\":\"bob\"", "\"result\":\"not_allowed\""]).await?;
    Ok(())
}

async fn a_click_is_forged(stage: &mut Stage<'_>, id: &str) -> Result<(), StoryError> {
    let forger = stage.world.chat.forger();
    let made_up = "the button's proof is not ours";
    let copied = "the message is not ours";
    for (forgery, carries, detail) in
        [(Forgery::MadeUp, "what was made up", made_up), (Forgery::Copied, "what the bot's own carries", copied)]
    {
        stage.step(&format!("A message by {forger} has a button that carries {carries}, and ivan presses it."));
        let (message, button) = stage.act(stage.world.chat.forge(id, forgery))?;
        let at = Before { who: "ivan", place: Place::Channel, message: &message };
        stage.presses(at, &button, "I like pizza.").await?;
        stage.hears("ivan", "so nothing was decided").await?;
        stage.audited(id, &["\"result\":\"not_allowed\"", detail]).await?;
        stage.says(&CHANNEL, id, "Reviews", "1 of 2").await?;
        stage.replies(id, 1).await?;
        is_in_state(stage, id, RequestState::Pending).await?;
    }
    Ok(())
}

async fn one_denies(stage: &mut Stage<'_>) -> Result<(), StoryError> {
    stage.step(&format!("bob asks for {DUAL} again, and alice presses Deny. One denial is enough."));
    let id = asks(stage, bob_asks(DUAL, "I am curious."))?;
    stage.says(&CHANNEL, &id, "Status", "PENDING").await?;
    stage.decides("alice", Place::Channel, &id, "Deny", "That is no reason.").await?;
    stage.says(&CHANNEL, &id, "Status", "DENIED").await?;
    is_in_state(stage, &id, RequestState::Denied).await?;
    stage.told("bob", &id, "was denied").await?;
    stage.replies(&id, 2).await?;
    stage.show(Place::Channel, &id);
    Ok(())
}

async fn nobody_answers(stage: &mut Stage<'_>) -> Result<(), StoryError> {
    stage.step(&format!("bob asks for {SINGLE}, for two seconds only, and nobody answers."));
    let id = asks(stage, bob_asks(SINGLE, "Just a moment.").ttl(SHORT))?;
    stage.says(&CHANNEL, &id, "Status", "PENDING").await?;
    stage.says(&CHANNEL, &id, "Status", "EXPIRED").await?;
    stage.told("bob", &id, "expired").await?;
    stage.show(Place::Channel, &id);
    Ok(())
}

async fn the_chat_is_down(stage: &mut Stage<'_>) -> Result<(), StoryError> {
    stage.step(&format!("The chat goes down, and bob asks for {SINGLE} meanwhile."));
    stage.world.chat.stop().await;
    let id = asks(stage, bob_asks(SINGLE, "The logs, please."))?;
    tokio::time::sleep(DOWN).await;
    let nothing = |world: &DemoWorld| messages(world, Place::Channel, &id).is_empty();
    let shown = |world: &DemoWorld| messages(world, Place::Channel, &id).iter().flat_map(Message::lines).collect();
    stage.expect("the channel shows nothing of it", nothing, shown).await?;

    stage.step("The chat comes back, and the bot makes up for it.");
    stage.act(stage.world.chat.start_again())?;
    stage.says(&CHANNEL, &id, "Status", "PENDING").await?;
    stage.told("bob", &id, "was received").await?;
    stage.act(stage.world.teleport.review(&id, "ivan", RequestState::Approved, "Welcome back."))?;
    stage.says(&CHANNEL, &id, "Status", "APPROVED").await?;
    stage.told("bob", &id, "was approved").await?;
    let once = |world: &DemoWorld| messages(world, Place::Channel, &id).len() == 1;
    stage.expect("it was announced once", once, shown).await?;
    stage.show(Place::Channel, &id);
    Ok(())
}
