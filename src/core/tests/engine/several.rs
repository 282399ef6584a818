//! Several backends in one process, and what a backend listens to.

use std::sync::Arc;
use std::time::Duration;

use accessbot_core::backend::ChatErrorKind;
use accessbot_core::engine::{self, Desk, Options};
use accessbot_core::random::Random;
use accessbot_core::request::RequestState::Approved;
use accessbot_core::routing::Routing;

use crate::chat::{FakeChat, Fault};
use crate::world::World;

/// A bot with a second chat beside the world's, which tells other recipients.
async fn with_two(world: &World, other: &FakeChat, time: Duration) {
    let desk = |name: &str, chat: &FakeChat, recipient: &str| {
        Desk::new(name, Arc::new(chat.clone()), Routing::everything_to(name, &[recipient]))
    };
    let desks = vec![desk("one", &world.chat, "lab/access"), desk("two", other, "ops/access")];
    let options = Options { random: Random::seeded(1), ..Options::default() };
    let cluster = Arc::new(world.cluster.clone());
    let stop = tokio::time::sleep(time);
    engine::run(cluster, desks, Arc::clone(&world.clock), options, stop).await.expect("a clean end");
}

fn shown(chat: &FakeChat, id: &str) -> Vec<String> {
    chat.shown(id).into_iter().map(|(conversation, state)| format!("{conversation} {state}")).collect()
}

#[tokio::test(start_paused = true)]
async fn each_backend_tells_its_own_recipients() {
    let (world, other) = (World::new(), FakeChat::default());
    world.cluster.ask("r1", world.now());
    with_two(&world, &other, Duration::from_secs(10)).await;
    assert_eq!(shown(&world.chat, "r1"), ["lab.access PENDING"]);
    assert_eq!(shown(&other, "r1"), ["ops.access PENDING"]);
    world.cluster.resolve("r1", Approved, "");
    with_two(&world, &other, Duration::from_secs(10)).await;
    assert_eq!(shown(&world.chat, "r1"), ["lab.access APPROVED"]);
    assert_eq!(shown(&other, "r1"), ["ops.access APPROVED"]);
}

#[tokio::test(start_paused = true)]
async fn a_chat_that_is_away_or_refuses_holds_up_no_other() {
    let (world, other) = (World::new(), FakeChat::default());
    other.go_away(true);
    for n in 0..50 {
        world.cluster.ask(&format!("r{n}"), world.now());
    }
    with_two(&world, &other, Duration::from_secs(5)).await;
    for n in 0..50 {
        assert_eq!(shown(&world.chat, &format!("r{n}")), ["lab.access PENDING"], "in five seconds");
    }
    other.go_away(false);
    other.fail_next(vec![Fault::Refuse(ChatErrorKind::RateLimited(Some(Duration::from_secs(30)))); 5]);
    with_two(&world, &other, Duration::from_secs(180)).await;
    for n in 0..50 {
        assert_eq!(shown(&other, &format!("r{n}")), ["ops.access PENDING"]);
        assert_eq!(shown(&world.chat, &format!("r{n}")), ["lab.access PENDING"], "and not again");
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_listened_to_is_made_again_and_not_in_a_hurry() {
    let mut world = World::new();
    world.chat.hangs_up_after(Duration::from_millis(10));
    let bot = world.start();
    world.pass(600).await;
    let made = world.chat.calls("listen");
    assert!((10..=60).contains(&made), "{made} connections in ten minutes");
    world.cluster.ask("r1", world.now());
    world.pass(1).await;
    assert_eq!(world.shown("r1"), ["lab.access PENDING"], "nobody waits for the connection");
    bot.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_backend_that_listens_to_nothing_is_asked_once() {
    let mut world = World::new();
    let bot = world.start();
    world.pass(3600).await;
    assert_eq!(world.chat.calls("listen"), 1);
    bot.stop().await;
}
