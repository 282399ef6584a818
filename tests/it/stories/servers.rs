//! The main story without a look behind the scenes: on stand-ins, and the same on real servers if there are any.

use accessbot_sandbox::mattermost::MattermostSandbox;
use accessbot_testkit::harness::World;
use accessbot_testkit::harness::servers::Servers;

use crate::bot::Bot;

#[tokio::test(flavor = "multi_thread")]
async fn a_request_travels_on_stand_ins() {
    let world = World::<MattermostSandbox>::open_source().await;
    a_request_travels(&Servers::of(&world)).await;
    world.check();
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::print_stderr, reason = "whoever runs the tests should know what they did not test")]
async fn a_request_travels_on_real_servers() {
    match Servers::of_the_environment() {
        Ok(servers) => a_request_travels(&servers).await,
        Err(variable) => eprintln!("SKIPPED: {variable} is not set, so the bot did not meet real servers"),
    }
}

/// Bob asks and is approved; he asks again while the bot is away, and is denied.
async fn a_request_travels(servers: &Servers) {
    let bot = Bot::start_on(servers.token(), &servers.config());
    let first = servers.bob_asks("The nightly report hangs.").await;
    let message = servers.shows(&first, "PENDING", 0).await;
    assert!(message.text.contains("`bob` asks for role `dbadmin`"), "{message:?}");
    assert!(message.says("The nightly report hangs."), "{message:?}");
    servers.tells("bob", &first, "was received").await;
    servers.tctl_approve(&first, "go ahead").await;
    let message = servers.shows(&first, "APPROVED", 1).await;
    assert!(message.replies[0].contains("was approved") && message.replies[0].contains("go ahead"), "{message:?}");
    servers.tells("bob", &first, "was approved").await;
    bot.stop();

    let second = servers.bob_asks("And the morning report.").await;
    let bot = Bot::start_on(servers.token(), &servers.config());
    servers.shows(&second, "PENDING", 0).await;
    servers.tctl_deny(&second, "not today").await;
    servers.shows(&second, "DENIED", 1).await;
    servers.tells("bob", &second, "was denied").await;
    // What was said stays said.
    servers.shows(&first, "APPROVED", 1).await;
    bot.stop();
    for id in [first, second] {
        servers.tctl_rm(&id).await;
    }
}
