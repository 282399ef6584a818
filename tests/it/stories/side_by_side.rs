//! Two chats in one process, each with recipients of its own.

use accessbot_sandbox::mattermost::MattermostSandbox;
use accessbot_sandbox::slack::SlackSandbox;
use accessbot_testkit::harness::{ChatStandIn, World};

use crate::bot::Bot;

/// How many messages stand in a place.
async fn stand<C: ChatStandIn>(chat: &C, place: &str, count: usize) {
    chat.wait(&format!("{count} messages in {place}"), |chat| chat.count(place) == count).await;
}

/// The configuration of a bot that tells the channel `access` in both, and databases about dbadmin in Slack.
fn config(world: &World<MattermostSandbox>, slack: &SlackSandbox) -> std::path::PathBuf {
    slack.new_channel("databases", "Databases", false);
    slack.invite_bot("databases");
    let section = format!(
        "recipients = [\"lab/access\"]\nnotify_requester = false\n\n{}recipients = [\"#access\"]\n\
         notify_requester = false\n[slack.role_to_recipients]\ndbadmin = [\"#databases\"]\n",
        slack.section()
    );
    world.config_with(&section)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_chat_has_its_own_recipients() {
    let (world, slack) = (World::<MattermostSandbox>::new().await, <SlackSandbox as ChatStandIn>::start().await);
    let bot = Bot::start_for_both(&world.chat, &slack, &config(&world, &slack));
    let id = world.bob_asks("both are told");
    stand(&world.chat, "access", 1).await;
    stand(&slack, "databases", 1).await;
    world.teleport.approve(&id, "fine").unwrap();
    world.shows(&id, "APPROVED").await;
    slack.wait("approved", |slack| slack.shown("databases").iter().any(|shown| shown.text.contains("APPROVED"))).await;
    assert_eq!(slack.count("access"), 0, "the role has an entry of its own there");
    bot.stop();
    world.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_that_is_away_holds_up_no_other_and_is_caught_up_with() {
    let (world, slack) = (World::<MattermostSandbox>::new().await, <SlackSandbox as ChatStandIn>::start().await);
    let config = config(&world, &slack);
    ChatStandIn::stop(&slack).await;
    let bot = Bot::start_for_both(&world.chat, &slack, &config);
    let id = world.bob_asks("one is away");
    world.shows(&id, "PENDING").await;
    ChatStandIn::start_again(&slack);
    stand(&slack, "databases", 1).await;
    stand(&world.chat, "access", 1).await;
    bot.stop();
    world.check();
}
