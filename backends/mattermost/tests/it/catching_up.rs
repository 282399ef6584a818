//! What people did while nobody heard it: before a start, after a gap, while there was too much.

use std::sync::Arc;
use std::time::Duration;

use accessbot_core::backend::decision::{Action, DecisionSink, Evidence, Outcome, ReasonRule};
use accessbot_core::backend::{BackendContext, ChatBackend, MessageRef};
use accessbot_core::clock::{Clock, SystemClock, Timestamp};
use accessbot_sandbox::Answer;

use crate::hearing::{Listening, everything_was_heard, hears, is_marked, told};
use crate::world::World;

struct Ahead(Duration);

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        SystemClock.now().plus(self.0)
    }
}

#[tokio::test]
async fn what_was_missed_is_looked_up_once_and_told_once() {
    let world = World::start(&["replies", "reactions"]).await;
    let message = world.announce(ReasonRule::Off).await;
    world.script.opens(&message);
    // Records can be forged: these lead nowhere, or to posts that are not what they say.
    let others = world.server.post_as("bob", "access", "hello").unwrap();
    for reference in [others.as_str(), "../users/me", "nopostwiththisnameisthereat"] {
        world.script.opens(&MessageRef { message: reference.to_owned(), ..message.clone() });
    }
    let reply = world.server.reply("alice", &message.message, "approve").await.unwrap();
    world.server.react("ivan", &message.message, "x").await.unwrap();
    let listening = Listening::to(&world).await;
    told(&world, "alice", 1).await;
    told(&world, "ivan", 1).await;
    let acts = |world: &World| -> Vec<_> { world.script.decisions().into_iter().map(|d| (d.action, d.who)).collect() };
    let both = [(Action::Approve, world.user("alice")), (Action::Deny, world.user("ivan"))];
    assert_eq!(acts(&world), both, "in the order in which they were done");
    world.server.wait_until("a mark on the reply", |server| is_marked(server, &reply)).await;
    // The connection ends: nothing is handed over twice.
    world.server.cut_sockets("teleport").unwrap();
    let lists = world.script.lists();
    world.server.wait_until("a second look", |_| world.script.lists() > lists).await;
    everything_was_heard(&world, &message).await;
    assert_eq!(acts(&world)[..2], both);
    assert_eq!(world.script.decisions().len(), 3, "and alice's reaction just now");
    drop(listening);
    // The process ends: the reply is known by its mark, and the reactions by what their owners were told.
    let restarted = World { backend: restarted(&world, Duration::ZERO), ..world };
    let told_before = (restarted.told("alice").len(), restarted.told("ivan").len());
    let _listening = Listening::to(&restarted).await;
    everything_was_heard(&restarted, &message).await;
    assert_eq!(restarted.script.decisions().len(), 4, "a new one alone");
    assert_eq!(restarted.told("ivan").len(), told_before.1);
    assert_eq!(restarted.told("alice").len(), told_before.0 + 1);
}

#[tokio::test]
async fn a_reaction_that_was_not_recorded_is_not_taken_up_again_by_a_new_process() {
    let world = World::start(&["reactions"]).await;
    let message = world.announce(ReasonRule::Off).await;
    world.script.opens(&message);
    let listening = Listening::to(&world).await;
    world.script.answers(Outcome::NotRecorded, "This was not recorded; please try again.");
    world.server.react("ivan", &message.message, "x").await.unwrap();
    told(&world, "ivan", 1).await;
    drop(listening);
    let restarted = World { backend: restarted(&world, Duration::ZERO), ..world };
    let _listening = Listening::to(&restarted).await;
    everything_was_heard(&restarted, &message).await;
    let ivans = || restarted.script.decisions().iter().filter(|d| d.who == restarted.user("ivan")).count();
    assert_eq!(ivans(), 1);
    // The same again is something new.
    restarted.server.unreact("ivan", &message.message, "x").await.unwrap();
    restarted.server.react("ivan", &message.message, "x").await.unwrap();
    restarted.server.wait_until("ivan decides", |_| ivans() == 2).await;
}

#[tokio::test]
async fn whoever_was_not_told_is_heard_again_by_a_new_process() {
    let world = World::start(&["reactions"]).await;
    let message = world.announce(ReasonRule::Off).await;
    world.script.opens(&message);
    let listening = Listening::to(&world).await;
    world.server.faults().fail_next("POST /channels/direct", 1, Answer::internal_error());
    world.server.react("ivan", &message.message, "x").await.unwrap();
    world.server.wait_until("ivan decides", |_| world.script.decisions().len() == 1).await;
    everything_was_heard(&world, &message).await;
    drop(listening);
    let restarted = World { backend: restarted(&world, Duration::ZERO), ..world };
    let _listening = Listening::to(&restarted).await;
    told(&restarted, "ivan", 1).await;
}

/// A new process in the same world, whose clock is ahead.
fn restarted(world: &World, ahead: Duration) -> Arc<dyn ChatBackend> {
    let mut context = BackendContext::new(Arc::new(Ahead(ahead)));
    context.decisions = Arc::clone(&world.script) as Arc<dyn DecisionSink>;
    context.review = true;
    crate::world::backend(&world.server.url(), world.server.token(), &["replies", "reactions"], &context)
}

#[tokio::test]
async fn a_reply_that_is_older_than_ten_minutes_is_asked_for_again_and_a_refused_reaction_is_told_once() {
    let world = World::start(&["replies", "reactions"]).await;
    let message = world.announce(ReasonRule::Off).await;
    world.script.opens(&message);
    let reply = world.server.reply("alice", &message.message, "approve").await.unwrap();
    world.server.react("ivan", &message.message, "x").await.unwrap();
    world.script.answers(Outcome::NotAllowed, "ivan may not decide this.");
    let world = World { backend: restarted(&world, Duration::from_secs(601)), ..world };
    let listening = Listening::to(&world).await;
    let repeat = "This was not taken as a decision, because the reply is more than ten minutes old; please repeat it.";
    assert_eq!(told(&world, "alice", 1).await, [repeat]);
    everything_was_heard(&world, &message).await;
    assert_eq!(world.script.decisions()[0].who, world.user("ivan"));
    assert_eq!(told(&world, "ivan", 1).await, ["ivan may not decide this."]);
    assert!(is_marked(&world.server, &reply));
    assert!(world.script.decisions().iter().all(|decision| decision.evidence == Evidence::Reaction));
    // Nor is he heard, or told, by every process that comes after.
    drop(listening);
    let heard = world.script.decisions().len();
    let world = World { backend: restarted(&world, Duration::from_secs(700)), ..world };
    let _listening = Listening::to(&world).await;
    everything_was_heard(&world, &message).await;
    assert_eq!((world.script.decisions().len(), world.told("ivan").len()), (heard + 1, 1), "alice alone");
}

#[tokio::test]
async fn an_event_that_was_lost_is_looked_up() {
    let (world, message, _listening) = hears(&["reactions"]).await;
    world.script.opens(&message);
    world.server.faults().fail_next("EVENT reaction_added", 1, Answer::rate_limited(1));
    world.server.react("ivan", &message.message, "x").await.unwrap();
    // The next one has a number that shows it.
    world.server.react("alice", &message.message, "+1").await.unwrap();
    told(&world, "alice", 1).await;
    told(&world, "ivan", 1).await;
    assert_eq!(world.script.decisions().len(), 2);
}

#[tokio::test]
async fn a_slow_teleport_loses_nothing_and_keeps_the_order() {
    let (world, first, _listening) = hears(&["reactions"]).await;
    world.script.is_slow(true);
    let mut messages = vec![first];
    for _ in 0..4 {
        messages.push(world.announce(ReasonRule::Off).await);
    }
    for message in &messages {
        world.script.opens(message);
    }
    let tones = ["", "_light_skin_tone", "_medium_light_skin_tone", "_medium_skin_tone", "_dark_skin_tone"];
    let mut count = 0;
    for message in &messages {
        for tone in tones {
            for user in ["alice", "ivan", "bob", "admin"] {
                for emoji in ["+1", "thumbsup", "-1", "thumbsdown"] {
                    world.server.react(user, &message.message, &format!("{emoji}{tone}")).await.unwrap();
                    count += 1;
                }
            }
        }
    }
    assert_eq!(count, 400, "more than are kept");
    world.script.is_slow(false);
    // Three calls for each of them.
    let patience = Duration::from_secs(60);
    world.server.wait_within(patience, "all of them", |_| world.script.decisions().len() == count).await;
    let decisions = world.script.decisions();
    for message in &messages {
        let acts = decisions.iter().filter(|decision| decision.message == *message);
        let acts: Vec<_> = acts.map(|decision| (decision.who.clone(), decision.action)).collect();
        let mut expected = Vec::new();
        for _ in tones {
            for user in ["alice", "ivan", "bob", "admin"] {
                let four = [Action::Approve, Action::Approve, Action::Deny, Action::Deny];
                expected.extend(four.map(|action| (world.user(user), action)));
            }
        }
        assert_eq!(acts, expected);
    }
}

#[tokio::test]
async fn a_post_that_cannot_be_fetched_is_looked_up_again() {
    let (world, message, _listening) = hears(&["reactions"]).await;
    world.script.opens(&message);
    world.server.faults().fail_next("GET /posts/*", 2, Answer::internal_error());
    world.server.react("alice", &message.message, "+1").await.unwrap();
    assert_eq!(told(&world, "alice", 1).await, ["It was recorded."]);
    assert_eq!(world.script.decisions().len(), 1);
}
