//! Deciding in the chat, by every way that a chat has for it: one source tells a story of each.

mod door;
mod mattermost;
mod slack;

use std::path::PathBuf;

use accessbot_core::backend::decision::Action;
use accessbot_sandbox::teleport::{Role, TeleportOptions, TeleportVersion};

pub use self::door::Door;
pub use self::mattermost::{MattermostButtons, MattermostReactions, MattermostReplies};
pub use self::slack::{SlackHttp, SlackSocket};
use super::{CHANNEL, ChatStandIn, Shown, World};

/// What buttons and votes are sealed with.
pub const SECRET: &str = "8b1f6c20d94e7a3358c7e0a1f2b4d6987c5e3a1092f4b6d8e0c2a4f6819d3b57";
/// Everybody who has an account in the chat and is a user in Teleport.
const PEOPLE: [&str; 3] = ["alice", "ivan", "bob"];
/// The trait that holds the id of a user's account in the chat.
const TRAIT: &str = "chat_id";

/// A way in which people decide in a chat. What the chat refuses is a mistake in the story, and panics.
pub trait Input: 'static {
    /// The chat.
    type Chat: ChatStandIn;
    /// Whether a reason can be given.
    const REASONS: bool;

    /// Prepares the chat for a bot that it calls at `port`, if it is to call it, and gives the keys of `[NAME.review]`.
    fn set_up(chat: &Self::Chat, port: u16) -> String;
    /// How many bots are connected to hear of what people do; `None` if they are called.
    fn connections(chat: &Self::Chat) -> Option<usize>;
    /// Somebody decides on this message, and says why if the chat asks for it.
    fn decide(
        chat: &Self::Chat,
        who: &str,
        message: &Shown,
        action: Action,
        reason: Option<&str>,
    ) -> impl Future<Output = ()> + Send;
    /// What the bot has told somebody where nobody else sees it, oldest first, beside the news of their own requests.
    fn told(chat: &Self::Chat, who: &str) -> Vec<String>;
    /// What must not stand in any log: tokens, and what buttons and forms carry now.
    fn secrets(chat: &Self::Chat) -> Vec<String>;
}

/// What a decision becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Becomes {
    /// A review on the person's behalf, of which Teleport makes what it is worth.
    Review,
    /// A vote, which the operator's rules make something of: alice and ivan may decide about dbadmin, two must approve, and
    /// one denies.
    Vote,
    /// The same, and what people have voted for becomes the bot's own review, which is enough for Teleport.
    BotsReview,
}

impl Becomes {
    /// Those in which each person's word counts by itself: in Teleport, or with us.
    pub const ALL: [Self; 2] = [Self::Review, Self::Vote];
}

impl<C: ChatStandIn> World<C> {
    /// A cluster in which decisions can become this: Teleport 18.11 Enterprise for reviews of people, 16 for those of the
    /// bot, 8.3 open source for votes.
    pub async fn deciding(becomes: Becomes) -> Self {
        let (version, needed) = match becomes {
            Becomes::Review => (TeleportVersion::V18_11, Some(2)),
            Becomes::Vote => (TeleportVersion::V8_3, None),
            Becomes::BotsReview => (TeleportVersion::V16, Some(1)),
        };
        let reviews = needed.is_some();
        let world = Self::with(TeleportOptions { version, reviews, ..TeleportOptions::default() }).await;
        if let Some(needed) = needed {
            world.teleport.add_role(Role::new("devops").may_request(&["dbadmin", "shortlived"]).needs(needed, 1));
        }
        if let Some(mut role) = world.teleport.role("access-plugin") {
            if becomes == Becomes::BotsReview {
                role = role.may_review(&["dbadmin"]);
            }
            role.submit_for_users = PEOPLE.map(str::to_owned).to_vec();
            world.teleport.add_role(role.allow("user", &["list", "read"]).allow("lock", &["list", "read"]));
        }
        for person in PEOPLE {
            world.teleport.set_trait(person, TRAIT, &[&world.chat.account(person)]).unwrap();
        }
        world
    }

    /// Writes the configuration of a bot behind `door` that takes decisions by `I`. A reason is asked for as `reason` says.
    pub fn config_to_decide<I: Input<Chat = C>>(&self, door: &Door, becomes: Becomes, reason: &str) -> PathBuf {
        let (public, port) = (door.port(), door.room());
        let (name, keys) = (C::BACKEND, I::set_up(&self.chat, public));
        let (mode, who, rules) = match becomes {
            Becomes::Review => ("on-behalf", format!("user_trait = \"{TRAIT}\"\n"), ""),
            Becomes::Vote | Becomes::BotsReview => (
                if becomes == Becomes::Vote { "set-state" } else { "as-bot" },
                format!("[{name}.review.users]\n{}", self.accounts()),
                "[review.roles.\"dbadmin\"]\napprovers = [\"user:alice\", \"user:ivan\", \"user:bob\"]\napprovals = 2\n",
            ),
        };
        self.config_with(&format!(
            "{}{}[{name}.review]\n{keys}{who}\
             [http]\nlisten_addr = \"127.0.0.1:{port}\"\npublic_addr = \"http://127.0.0.1:{public}\"\n\
             [review]\nmode = \"{mode}\"\nsecret = \"{SECRET}\"\nreason = \"{reason}\"\n{rules}",
            Self::recipients(&[&C::channel(CHANNEL)]),
            Self::users(),
        ))
    }

    /// Whose account is whose, for the configuration.
    fn accounts(&self) -> String {
        PEOPLE.map(|person| format!("{person} = \"{}\"\n", self.chat.account(person))).concat()
    }

    /// In whose names Teleport has noted changes of states, oldest first.
    pub fn delegators(&self) -> Vec<String> {
        let audit = self.teleport.audit();
        audit.into_iter().map(|event| event.delegator).filter(|delegator| !delegator.is_empty()).collect()
    }

    /// Waits until so many bots, and no others, hear of what people do.
    pub fn is_heard_by<I: Input<Chat = C>>(&self, bots: usize) -> impl Future<Output = ()> + use<'_, C, I> {
        let hear = move |chat: &C| I::connections(chat).is_none_or(|connected| connected == bots);
        async move { self.chat.wait(&format!("{bots} bots hear"), hear).await }
    }

    /// Somebody decides in the chat, on the one message about a request.
    pub async fn decides_in_chat<I: Input<Chat = C>>(&self, who: &str, id: &str, action: Action, reason: Option<&str>) {
        I::decide(&self.chat, who, &self.message(id), action, reason).await;
    }

    /// Waits until somebody is told this, and sees that nobody else is.
    pub async fn is_told_alone<I: Input<Chat = C>>(&self, who: &str, text: &str) {
        let is_told = |chat: &C, person: &str| I::told(chat, person).iter().any(|told| told.contains(text));
        self.chat.wait(&format!("{who} is told alone: {text}"), |chat| is_told(chat, who)).await;
        for other in PEOPLE.iter().filter(|person| **person != who) {
            assert!(!is_told(&self.chat, other), "{other} is told too: {text}");
        }
        for message in self.chat.shown(CHANNEL) {
            let all = message.replies.iter().chain([&message]);
            assert!(all.into_iter().all(|shown| !shown.text.contains(text)), "everybody is told: {text}");
        }
    }
}
