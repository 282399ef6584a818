//! What only Mattermost has: a connection that may be missing when people decide, and forms that pass through clients.

use accessbot::backend::decision::Action;
use accessbot_sandbox::mattermost::MattermostSandbox;
use accessbot_testkit::harness::{
    Becomes, Door, Input, MattermostButtons, MattermostReactions, MattermostReplies, World,
};
use serde_json::json;

use crate::bot::Bot;

/// A world in which alice and ivan agree by vote, and the bot in it.
async fn bob_waits<I: Input<Chat = MattermostSandbox>>(
    door: &Door,
    reason: &str,
) -> (World<MattermostSandbox>, Bot, String) {
    let world = World::<MattermostSandbox>::deciding(Becomes::Vote).await;
    let bot = Bot::start_with(&world, &world.config_to_decide::<I>(door, Becomes::Vote, reason));
    let id = world.bob_asks("need prod db");
    world.shows(&id, "PENDING").await;
    (world, bot, id)
}

async fn away<I: Input<Chat = MattermostSandbox>>() {
    let door = Door::open().await;
    let (world, bot, id) = bob_waits::<I>(&door, "off").await;
    bot.stop();
    for (person, why) in [("alice", "looks fine"), ("ivan", "me too")] {
        world.decides_in_chat::<I>(person, &id, Action::Approve, I::REASONS.then_some(why)).await;
    }
    let bot = Bot::start_with(&world, &world.config_to_decide::<I>(&door, Becomes::Vote, "off"));
    world.shows(&id, "APPROVED").await;
    for person in ["alice", "ivan"] {
        let told = |chat: &MattermostSandbox| I::told(chat, person).iter().any(|text| text.contains("was recorded"));
        world.chat.wait_until("both are told", told).await;
    }
    bot.stop();
    world.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn replies_that_were_written_while_the_bot_was_away_count() {
    away::<MattermostReplies>().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reactions_that_were_made_while_the_bot_was_away_count() {
    away::<MattermostReactions>().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_is_of_no_use_in_other_hands_and_stays_open_without_a_reason() {
    let door = Door::open().await;
    let (world, bot, id) = bob_waits::<MattermostButtons>(&door, "required").await;
    let card = world.chat.posts("access").pop().unwrap();
    world.chat.click("alice", &card.id, "deny").await.unwrap();
    let form = world.chat.dialogs("alice").unwrap().pop().unwrap();
    let submit = async |who: &str, reason: &str| {
        world.chat.submit_dialog(who, &form, "access", json!({"reason": reason})).await.unwrap()
    };
    let stolen = submit("ivan", "hihi").await;
    assert!(stolen["error"].as_str().unwrap().contains("somebody else"), "{stolen}");
    let empty = submit("alice", " ").await;
    assert!(empty["errors"]["reason"].is_string(), "{empty}");
    assert_eq!(submit("alice", "not today").await, json!({}));
    world.shows(&id, "DENIED").await;
    world.says("Status", &id, "not today").await;
    bot.stop();
    world.check();
}
