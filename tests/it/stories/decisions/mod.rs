//! Deciding in the chat, by every way that there is for it.

mod dual;
mod refused;

use accessbot_testkit::harness::{Becomes, Input, SECRET, World};

use crate::bot::Bot;

/// Makes a test for each way of deciding of each of these stories, which are functions over it.
macro_rules! by_every_input {
    ($($story:ident),+ $(,)?) => {
        by_every_input!(@mattermost_buttons, MattermostButtons, $($story),+);
        by_every_input!(@mattermost_replies, MattermostReplies, $($story),+);
        by_every_input!(@mattermost_reactions, MattermostReactions, $($story),+);
        by_every_input!(@slack_socket, SlackSocket, $($story),+);
        by_every_input!(@slack_http, SlackHttp, $($story),+);
    };
    (@$name:ident, $input:ident, $($story:ident),+) => {
        mod $name {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $story() {
                    super::$story::<accessbot_testkit::harness::$input>().await;
                }
            )+
        }
    };
}

use by_every_input;

/// A reason, where it can be given.
fn why<I: Input>(reason: &'static str) -> Option<&'static str> {
    I::REASONS.then_some(reason)
}

/// Whether a reason is asked for: wherever it can be given.
fn reason_rule<I: Input>() -> &'static str {
    if I::REASONS { "required" } else { "off" }
}

/// A world, a bot in it that takes decisions, and the id of bob's request, which waits.
async fn bob_waits<I: Input>(becomes: Becomes) -> (World<I::Chat>, Bot, String) {
    let world = World::<I::Chat>::deciding(becomes).await;
    let bot = Bot::start_with(&world, &world.config_to_decide::<I>(becomes, reason_rule::<I>()));
    world.hears::<I>().await;
    let id = world.bob_asks("need prod db");
    world.shows(&id, "PENDING").await;
    (world, bot, id)
}

/// Stops the bot. What must hold must hold, and its log must show none of these, nor what it seals with. Gives the log.
#[track_caller]
fn end<I: Input>(world: &World<I::Chat>, bot: Bot, secrets: &[String]) -> String {
    let log = bot.stop_and_tell();
    for secret in secrets.iter().map(String::as_str).chain([SECRET]) {
        assert!(!log.contains(secret), "the log shows `{secret}`");
    }
    world.check();
    log
}
