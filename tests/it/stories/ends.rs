//! Every way in which a request can end, seen and unseen.

use std::time::Duration;

use accessbot_sandbox::teleport::NewRequest;
use accessbot_testkit::harness::World;

use crate::bot::Bot;

/// Requests that end in each way, and the state that is shown in the end.
const ENDS: [(&str, &str); 5] = [
    ("approved", "APPROVED"),
    ("denied", "DENIED"),
    ("turned", "DENIED"),
    ("removed", "REMOVED"),
    ("waits", "PENDING"),
];

fn end(world: &World, how: &str, id: &str) {
    match how {
        "approved" => world.tctl_approve(id, "go ahead"),
        "denied" | "turned" => world.tctl_deny(id, "not today"),
        "removed" => world.teleport.remove(id).unwrap(),
        _ => {}
    }
}

async fn all_end(world: &World, away: bool) {
    let bot = Bot::start(world);
    let ids: Vec<String> = ENDS.iter().map(|(how, _)| world.bob_asks(how)).collect();
    for id in &ids {
        world.shows(id, "PENDING").await;
    }
    world.tctl_approve(&ids[2], "at first");
    world.shows(&ids[2], "APPROVED").await;
    world.replies(&ids[2], 1).await;
    let bot = if away {
        bot.stop();
        None
    } else {
        Some(bot)
    };
    for ((how, _), id) in ENDS.iter().zip(&ids) {
        end(world, how, id);
    }
    let bot = bot.unwrap_or_else(|| Bot::start(world));
    for ((_, state), id) in ENDS.iter().zip(&ids) {
        world.shows(id, state).await;
    }
    for (id, replies) in ids.iter().zip([1, 1, 2, 1, 0]) {
        world.replies(id, replies).await;
        assert_eq!(world.message(id).replies.len(), replies, "{}", world.reads(id));
    }
    bot.stop();
    world.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn ends_are_shown_as_they_come() {
    all_end(&World::open_source().await, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ends_that_nobody_saw_are_shown_after_the_next_start() {
    all_end(&World::open_source().await, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_nobody_decides_expires() {
    let world = World::open_source().await;
    let bot = Bot::start(&world);
    let id = world.ask(NewRequest::bob().ttl(Duration::from_secs(2)));
    world.shows(&id, "PENDING").await;
    insta::assert_snapshot!(world.reads(&id), @"
    [#F2A100]
    `bob` asks for role `dbadmin`
    Access request ID
    For administrators:
    ```
    tctl requests approve ID
    tctl requests deny ID
    ```
    User: `bob`
    Roles: `dbadmin`
    Requested: TIME
    Expires: TIME
    Status: ⏳ PENDING
    ");
    world.shows(&id, "EXPIRED").await;
    world.replies(&id, 1).await;
    world.tells("bob", "expired before anybody decided").await;
    insta::assert_snapshot!(world.reads(&id), @"
    [#8D93A1]
    `bob` asks for role `dbadmin`
    Access request ID
    User: `bob`
    Roles: `dbadmin`
    Requested: TIME
    Status: ⌛ EXPIRED
    > ⌛ The request expired before anybody decided.
    ");
    bot.stop();
    world.check();
}
