//! Every way in which a request can end, seen and unseen.

use std::time::Duration;

use accessbot_sandbox::teleport::NewRequest;
use accessbot_testkit::harness::{ChatStandIn, World};

use super::every_chat::in_every_chat;
use crate::bot::Bot;

in_every_chat!(
    ends_are_shown_as_they_come,
    ends_that_nobody_saw_are_shown_after_the_next_start,
    a_request_that_nobody_decides_expires,
);

/// Requests that end in each way, and the state that is shown in the end.
const ENDS: [(&str, &str); 5] = [
    ("approved", "APPROVED"),
    ("denied", "DENIED"),
    ("turned", "DENIED"),
    ("removed", "REMOVED"),
    ("waits", "PENDING"),
];

fn end<C: ChatStandIn>(world: &World<C>, how: &str, id: &str) {
    match how {
        "approved" => world.tctl_approve(id, "go ahead"),
        "denied" | "turned" => world.tctl_deny(id, "not today"),
        "removed" => world.teleport.remove(id).unwrap(),
        _ => {}
    }
}

async fn all_end<C: ChatStandIn>(world: &World<C>, away: bool) {
    let config = world.config_for_a_crowd();
    let bot = Bot::start_with(world, &config);
    let ids: Vec<String> = (0..ENDS.len()).map(|n| world.ask(World::<C>::one_of_many(n))).collect();
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
    let bot = bot.unwrap_or_else(|| Bot::start_with(world, &config));
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

async fn ends_are_shown_as_they_come<C: ChatStandIn>() {
    all_end(&World::<C>::open_source().await, false).await;
}

async fn ends_that_nobody_saw_are_shown_after_the_next_start<C: ChatStandIn>() {
    all_end(&World::<C>::open_source().await, true).await;
}

async fn a_request_that_nobody_decides_expires<C: ChatStandIn>() {
    let world = World::<C>::open_source().await;
    let bot = Bot::start(&world);
    let id = world.ask(NewRequest::bob().ttl(Duration::from_secs(2)));
    world.shows(&id, "PENDING").await;
    match C::BACKEND {
        "slack" => insta::assert_snapshot!(world.reads(&id), @"
        ⏳ `bob` asks for role `dbadmin`
        *User*
        `bob`
        *Roles*
        `dbadmin`
        *Requested*
        TIME
        *Expires*
        TIME
        *Status*
        ⏳ PENDING
        For administrators:
        tctl requests approve ID
        tctl requests deny ID
        Access request `ID`
        "),
        _ => insta::assert_snapshot!(world.reads(&id), @"
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
        "),
    }
    world.shows(&id, "EXPIRED").await;
    world.replies(&id, 1).await;
    world.tells("bob", "expired before anybody decided").await;
    match C::BACKEND {
        "slack" => insta::assert_snapshot!(world.reads(&id), @"
        ⌛ `bob` asks for role `dbadmin`
        *User*
        `bob`
        *Roles*
        `dbadmin`
        *Requested*
        TIME
        *Status*
        ⌛ EXPIRED
        Access request `ID`
        > ⌛ The request expired before anybody decided.
        "),
        _ => insta::assert_snapshot!(world.reads(&id), @"
        [#8D93A1]
        `bob` asks for role `dbadmin`
        Access request ID
        User: `bob`
        Roles: `dbadmin`
        Requested: TIME
        Status: ⌛ EXPIRED
        > ⌛ The request expired before anybody decided.
        "),
    }
    bot.stop();
    world.check();
}
