//! Deciding in the chat, by every way that there is for it.

mod dual;
mod forged;
mod made_up;
mod refused;
mod trouble;

use accessbot_core::backend::decision::Action;
use accessbot_core::request::AccessRequest;
use accessbot_testkit::harness::{Becomes, Door, Input, SECRET, World};

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

/// Whether a reason is asked for: wherever it can be given.
fn reason_rule<I: Input>() -> &'static str {
    if I::REASONS { "required" } else { "off" }
}

/// A world with a request of bob's in it that waits, and a bot that takes decisions about it.
struct Scene<I: Input> {
    world: World<I::Chat>,
    becomes: Becomes,
    door: Door,
    bot: Bot,
    id: String,
    /// What must not stand in a log, as far as it was seen yet.
    secrets: Vec<String>,
}

impl<I: Input> Scene<I> {
    async fn new(becomes: Becomes) -> Self {
        let world = World::<I::Chat>::deciding(becomes).await;
        let door = Door::open().await;
        let bot = Bot::start_with(&world, &world.config_to_decide::<I>(&door, becomes, reason_rule::<I>()));
        world.is_heard_by::<I>(1).await;
        let id = world.bob_asks("need prod db");
        world.shows(&id, "PENDING").await;
        let secrets = I::secrets(&world.chat);
        Self { world, becomes, door, bot, id, secrets }
    }

    async fn approves(&self, who: &str, reason: &'static str) {
        self.world.decides_in_chat::<I>(who, &self.id, Action::Approve, I::REASONS.then_some(reason)).await;
    }

    async fn denies(&self, who: &str, reason: &'static str) {
        self.world.decides_in_chat::<I>(who, &self.id, Action::Deny, I::REASONS.then_some(reason)).await;
    }

    async fn is_told_alone(&self, who: &str, text: &str) {
        self.world.is_told_alone::<I>(who, text).await;
    }

    async fn shows(&self, state: &str) {
        self.world.shows(&self.id, state).await;
    }

    /// The request, which must be there.
    #[track_caller]
    fn request(&self) -> AccessRequest {
        self.world.teleport.request(&self.id).unwrap()
    }

    /// A second bot, behind the same door.
    #[track_caller]
    fn replica(&self) -> Bot {
        let config = self.world.config_to_decide::<I>(&self.door, self.becomes, reason_rule::<I>());
        Bot::start_with(&self.world, &config)
    }

    /// The bot is killed, something happens, and it is started again.
    async fn with_another_bot(mut self, meanwhile: impl FnOnce(&World<I::Chat>)) -> Self {
        self.bot.kill();
        self.world.is_heard_by::<I>(0).await;
        meanwhile(&self.world);
        self.bot = Bot::start_with(&self.world, &self.world.folder().join("bot.toml"));
        self.world.is_heard_by::<I>(1).await;
        self
    }

    /// Stops the bot. What must hold must hold, and its log must show no secret. Gives the log.
    #[track_caller]
    fn end(self) -> String {
        let log = self.bot.stop_and_tell();
        let secrets = self.secrets.into_iter().chain(I::secrets(&self.world.chat)).chain([SECRET.to_owned()]);
        for secret in secrets {
            assert!(!log.contains(&secret), "the log shows `{secret}`");
        }
        self.world.check();
        log
    }
}
