//! A replica is frozen while it posts, another posts meanwhile, and the late copy cannot be removed.

use std::sync::Arc;
use std::time::Duration;

use accessbot_core::backend::{ChatErrorKind, Unreachable};
use accessbot_core::engine::Options;
use accessbot_core::engine::status::{GivenUp, Monitor, Task, Waiting};
use accessbot_core::random::Random;

use crate::slow::Slow;
use crate::world::{Bot, World, start};

/// A slow replica has claimed r1, and is overtaken by another one. What the slow one says of itself then.
async fn overtaken(deletes: ChatErrorKind) -> (World, [Bot; 2], Monitor) {
    let mut world = World::new();
    let monitor = Monitor::default();
    let options = Options { monitor: monitor.clone(), random: Random::seeded(99), ..Options::default() };
    let (cluster, slow) = (
        Arc::new(world.cluster.clone()),
        Arc::new(Slow { chat: world.chat.clone(), post: Duration::from_secs(30), deletes }),
    );
    let first = start(cluster, slow, Arc::clone(&world.clock), &["lab/access"], options);
    world.pass(1).await;
    world.cluster.ask("r1", world.now());
    world.pass(1).await;
    let second = world.start();
    world.pass(25).await;
    assert_eq!(world.shown("r1"), ["lab.access PENDING"], "the second has posted");
    world.pass(10).await;
    assert_eq!(world.shown("r1").len(), 2, "and now the first as well");
    (world, [first, second], monitor)
}

#[tokio::test(start_paused = true)]
async fn while_it_cannot_be_removed_its_removal_waits() {
    let (world, bots, monitor) = overtaken(ChatErrorKind::Transient).await;
    let status = monitor.status();
    let [Waiting { request, task, attempts, last_error, .. }] = &status.backends[0].waiting[..] else {
        panic!("one thing waits: {status:?}")
    };
    assert_eq!((request.as_str(), *task), ("r1", Task::Removal));
    assert!(*attempts > 0);
    assert_eq!(last_error.as_deref(), Some("delete: as the test wanted"));
    assert!(status.failures.iter().any(|failure| failure.error == "delete: as the test wanted"));
    // The second replica was not sure, and looks again.
    world.pass(90).await;
    assert_eq!(world.shown("r1"), ["lab.access PENDING"]);
    for bot in bots {
        bot.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn if_it_can_never_be_removed_that_is_given_up() {
    let (_world, bots, monitor) = overtaken(ChatErrorKind::Hopeless(Unreachable::Forbidden)).await;
    let status = monitor.status();
    assert!(!status.is_well());
    assert_eq!(status.backends[0].waiting, []);
    let [GivenUp { request, task, why, .. }] = &status.backends[0].given_up[..] else {
        panic!("one thing is given up: {status:?}")
    };
    assert_eq!((request.as_str(), *task), ("r1", Task::Removal));
    insta::assert_snapshot!(why, @"the message lab.access/m2 is one too many: delete: as the test wanted");
    for bot in bots {
        bot.stop().await;
    }
}
