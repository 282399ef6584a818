//! Replicas that die or are stopped in the middle of something.

use std::time::Duration;

use accessbot_core::engine::Options;

use crate::replica::Replica;
use crate::weather::Weather;
use crate::world::World;

#[tokio::test(start_paused = true)]
async fn within_thirty_seconds_of_its_owners_death_a_request_is_announced() {
    for polls in 0..60 {
        let (mut world, weather) = (World::new(), Weather::calm());
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
async fn a_replica_that_is_stopped_for_two_minutes_in_the_middle_of_a_post_and_dies_leaves_one_message() {
    for dies in [false, true] {
        let (mut world, weather) = (World::new(), Weather::calm());
        let (owner, other) = (Replica::default(), Replica::default());
        let stopped = world.start_in(&weather, &owner, Options::default());
        world.pass(2).await;
        let living = world.start_in(&weather, &other, Options::default());
        world.pass(2).await;
        weather.stop_next_poster(Duration::from_secs(120));
        world.cluster.ask("r1", world.now());
        world.pass(30).await;
        assert_eq!(world.shown("r1"), ["lab.access PENDING"], "the other has taken over");
        tokio::time::sleep(Duration::from_millis(90_070)).await;
        if dies {
            stopped.kill().await;
        }
        // Its post came two minutes late; it removes it, or whoever takes the third look does.
        world.pass(if dies { 120 } else { 5 }).await;
        assert_eq!(world.shown("r1"), ["lab.access PENDING"], "the stopped one dies: {dies}");
        living.stop().await;
    }
}
