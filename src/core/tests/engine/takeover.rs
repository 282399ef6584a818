//! Replicas that die or are stopped in the middle of something.

use std::time::Duration;

use accessbot_core::engine::Options;

use crate::replica::Replica;
use crate::weather::Weather;
use crate::world::World;

#[tokio::test(start_paused = true)]
async fn within_thirty_seconds_of_its_owners_death_a_request_is_announced() {
    for polls in 0..60 {
        let (mut world, weather) = (World::new(), Weather::calm(0));
        let (owner, other) = (Replica::default(), Replica::default());
        let dying = world.start_in(&weather, &owner, Options::default());
        world.pass(2).await;
        let living = world.start_in(&weather, &other, Options::default());
        world.pass(2).await;
        // The owner dies after it went on so many times: before, between and after its calls.
        owner.process.stop_after(polls);
        world.cluster.ask("r1", world.now());
        world.pass(30).await;
        assert_eq!(world.shown("r1"), ["lab.access PENDING"], "dead after {polls} steps");
        dying.kill().await;
        world.pass(300).await;
        assert_eq!(world.shown("r1"), ["lab.access PENDING"], "and later, dead after {polls} steps");
        living.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_replica_that_is_stopped_for_two_minutes_in_the_middle_of_a_post_leaves_one_message_and_if_it_dies_too() {
    let mut late = [0, 0];
    for (chance, dies) in (0..10).map(|n| (n / 2, n % 2 == 1)) {
        let (mut world, weather) = (World::new(), Weather::calm(chance));
        let (owner, other) = (Replica::default(), Replica::default());
        let stopped = world.start_in(&weather, &owner, Options::default());
        world.pass(2).await;
        let living = world.start_in(&weather, &other, Options::default());
        world.pass(2).await;
        weather.stop_next_poster(Duration::from_secs(120));
        world.cluster.ask("r1", world.now());
        world.pass(30).await;
        assert_eq!(world.shown("r1"), ["lab.access PENDING"], "the other has taken over");
        world.pass(89).await;
        // If it was stopped before the post had left, that comes now, two minutes late.
        for _ in 0..2_000 {
            if world.shown("r1").len() == 2 {
                late[usize::from(dies)] += 1;
                break;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        if dies {
            stopped.kill().await;
        }
        // It gave the call up when it went on, so it takes a second look; if it dies before, the other takes a third.
        world.pass(if dies { 120 } else { 65 }).await;
        assert_eq!(world.shown("r1"), ["lab.access PENDING"], "the stopped one dies: {dies}");
        living.stop().await;
    }
    assert!(late[0] > 0 && late[1] > 0, "late posts: {late:?}");
}

#[tokio::test(start_paused = true)]
async fn a_replica_that_was_stopped_while_it_wrote_its_lease_posts_nothing_when_it_goes_on() {
    let (mut world, weather) = (World::new(), Weather::calm(0));
    let (owner, other) = (Replica::default(), Replica::default());
    let stopped = world.start_in(&weather, &owner, Options::default());
    world.pass(2).await;
    world.cluster.ask("r1", world.now());
    // The claim is written, and its author has no answer yet.
    while world.cluster.calls("change_record") == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    owner.stop(0, Duration::from_secs(60));
    let living = world.start_in(&weather, &other, Options::default());
    world.pass(120).await;
    assert_eq!(world.shown("r1"), ["lab.access PENDING"]);
    assert_eq!(world.chat.removed("r1"), 0, "nothing was posted that had to be removed");
    stopped.stop().await;
    living.stop().await;
}
