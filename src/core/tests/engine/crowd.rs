//! What a dead bot had in hand, and a crowd that comes first.

use std::sync::Arc;
use std::time::Duration;

use accessbot_core::backend::ChatErrorKind;
use accessbot_core::engine::Options;
use accessbot_core::random::Random;

use crate::slow::Slow;
use crate::world::{Bot, World, start};

/// A bot that does one thing at a time, and takes so long for an announcement.
fn start_slow(world: &World, seed: u64, post: Duration) -> Bot {
    let options = Options { workers: 1, random: Random::seeded(seed), ..Options::default() };
    let slow = Slow { chat: world.chat.clone(), post, deletes: ChatErrorKind::Transient };
    start(Arc::new(world.cluster.clone()), Arc::new(slow), Arc::clone(&world.clock), &["lab/access"], options)
}

#[tokio::test(start_paused = true)]
async fn the_time_of_its_lease_runs_while_a_crowd_is_worked_through() {
    let world = World::new();
    let dying = start_slow(&world, 98, Duration::from_secs(30));
    world.pass(1).await;
    world.cluster.ask("in-hand", world.now());
    world.pass(1).await;
    dying.kill().await;
    for n in 0..40 {
        world.pass(1).await;
        world.cluster.ask(&format!("newer-{n}"), world.now());
    }
    let bot = start_slow(&world, 99, Duration::from_secs(1));
    world.pass(38).await;
    assert_eq!(world.shown("in-hand"), Vec::<String>::new(), "the newest come first");
    world.pass(10).await;
    assert_eq!(world.shown("in-hand"), ["lab.access PENDING"]);
    bot.stop().await;
}
