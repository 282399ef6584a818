//! The Mattermost stand-in as the demo's chat.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::message::{Button, Card, Field, Form, Message, Reaction};
use super::{BAIT, BAIT_BUTTON, Before, DemoChat, Forgery, Place};
use crate::common::error::SandboxError;
use crate::demo::world::PEOPLE;
use crate::mattermost::{ActError, DialogView, MattermostOptions, MattermostSandbox, PostView, ReactionView, TEAM};

/// The channel that the reviewers read.
const CHANNEL: &str = "access";

/// Anybody may post a message with a button that leads anywhere.
const FORGER: &str = "alice";
/// The emoji that the bot takes for decisions unless it is told otherwise.
const EMOJI: &[(&str, &str)] = &[("white_check_mark", "✅"), ("x", "❌")];
/// The trait that holds the ids of accounts.
const TRAIT: &str = "mattermost_id";
/// The name of the forged button among those of its message.
const FORGED: &str = "come";
/// The field of a form that holds the reason.
const REASON: &str = "reason";
/// So long after a click a form may be opened: as on newer servers, so that a slow chat is no reason against it.
const TRIGGER_LIFE: Duration = Duration::from_secs(30);

/// A Mattermost server with a channel for access requests.
pub(crate) struct MattermostChat {
    server: MattermostSandbox,
    /// The bot's account.
    bot: String,
    /// Where the bot is to listen for clicks.
    callbacks: SocketAddr,
}

impl MattermostChat {
    pub(crate) fn start() -> BoxFuture<'static, Result<Box<dyn DemoChat>, SandboxError>> {
        async {
            let options = MattermostOptions { trigger_life: TRIGGER_LIFE, ..MattermostOptions::default() };
            let bot = options.bot.clone();
            let server = MattermostSandbox::start(options).await?;
            Ok(Box::new(Self { server, bot, callbacks: free_address()? }) as Box<dyn DemoChat>)
        }
        .boxed()
    }

    /// What only one of the people sees, below the posts that it belongs to.
    fn asides(&self) -> Vec<(&'static str, PostView)> {
        let of = |name| self.server.ephemerals(name).into_iter().flatten().map(move |post| (name, post));
        PEOPLE.into_iter().flat_map(of).collect()
    }

    fn message(&self, post: &PostView, asides: &[(&str, PostView)]) -> Message {
        let aside = |(name, aside): &(&str, PostView)| Message {
            author: "System".to_owned(),
            from_bot: false,
            only_for: (*name).to_owned(),
            ..self.message(aside, &[])
        };
        let mut replies: Vec<Message> = post.replies.iter().map(|reply| self.message(reply, &[])).collect();
        replies.extend(asides.iter().filter(|(_, aside)| aside.root_id == post.id).map(aside));
        replies.sort_by_key(|reply| reply.at);
        Message {
            id: post.id.clone(),
            author: post.author.clone(),
            from_bot: post.author == self.bot,
            only_for: String::new(),
            at: post.created.as_millis(),
            text: post.message.clone(),
            edited: post.edits > 0,
            cards: post.attachments.iter().map(card).collect(),
            blocks: Vec::new(),
            reactions: post.reactions.iter().map(reaction).collect(),
            replies,
        }
    }

    /// What the button carries that approves a request.
    fn genuine(&self, request: &str) -> Result<Value, SandboxError> {
        let posts = self.server.posts(CHANNEL);
        let actions = posts.iter().flat_map(|post| &post.attachments).filter_map(|card| card["actions"].as_array());
        let carried = actions.flatten().map(|action| &action["integration"]["context"]);
        let mut approving = carried.filter(|carried| carried["req"] == request && carried["act"] == "approve");
        approving.next().cloned().ok_or_else(|| SandboxError::unknown("button for", request))
    }
}

/// A loopback address that is free at the moment.
fn free_address() -> Result<SocketAddr, SandboxError> {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    taken.map_err(|source| SandboxError::Listen { port: 0, source })
}

/// What the chat shows where an action came to nothing.
fn shown(error: ActError) -> SandboxError {
    match error {
        ActError::Unknown(error) => error,
        ActError::Refused { message, .. } => SandboxError::Refused(message),
        ActError::NoAnswer(_) => SandboxError::Refused("the chat does not answer".to_owned()),
    }
}

/// A place in the stand-in's words.
fn address(place: Place) -> String {
    match place {
        Place::Channel => CHANNEL.to_owned(),
        Place::Person(name) => format!("@{name}"),
    }
}

#[async_trait]
impl DemoChat for MattermostChat {
    fn product(&self) -> &'static str {
        "Mattermost"
    }

    fn address(&self) -> String {
        self.server.url()
    }

    fn section(&self, _: &Path) -> Result<String, SandboxError> {
        Ok(format!(
            "[mattermost]\n\
             url = \"{}\"\n\
             token = \"{}\"\n\
             recipients = [\"{TEAM}/{CHANNEL}\"]\n\
             # Here both systems take their names from the same place: alice in Teleport is alice in the chat.\n\
             match_usernames = true\n\n\
             [mattermost.review]\n\
             input = [\"buttons\", \"replies\", \"reactions\"]\n\
             user_trait = \"{TRAIT}\"\n\n\
             # Where Mattermost tells of clicks.\n\
             [http]\n\
             public_addr = \"http://{bot}\"\n\
             listen_addr = \"{bot}\"\n",
            self.server.url(),
            self.server.token(),
            bot = self.callbacks,
        ))
    }

    fn user_trait(&self) -> &'static str {
        TRAIT
    }

    fn account(&self, person: &str) -> Result<String, SandboxError> {
        self.server.user_id(person)
    }

    fn name_of(&self, place: Place) -> String {
        match place {
            Place::Channel => format!("~{CHANNEL}"),
            Place::Person(name) => format!("@{name}"),
        }
    }

    fn messages(&self, place: Place, most: usize) -> Vec<Message> {
        let asides = self.asides();
        self.server.last_posts(&address(place), most).iter().map(|post| self.message(post, &asides)).collect()
    }

    async fn press(&self, at: Before<'_>, button: &str) -> Result<Option<Form>, SandboxError> {
        let pressed = self.server.click(at.who, at.message, button).await.map_err(shown)?;
        let opened = self.server.dialogs(at.who)?;
        Ok(opened.iter().find(|opened| opened.client_trigger_id == pressed).map(form))
    }

    async fn submit(&self, who: &str, form: &str, reason: &str) -> Result<Option<String>, SandboxError> {
        let opened = self.server.dialogs(who)?;
        let dialog = opened.iter().find(|opened| opened.client_trigger_id == form);
        let dialog = dialog.ok_or_else(|| SandboxError::unknown("form", form))?;
        let answer = self.server.submit_dialog(who, dialog, CHANNEL, json!({ REASON: reason })).await.map_err(shown)?;
        let wrong = answer["errors"][REASON].as_str().or_else(|| answer["error"].as_str());
        Ok(wrong.map(str::to_owned))
    }

    fn emoji(&self) -> &'static [(&'static str, &'static str)] {
        EMOJI
    }

    async fn reply(&self, at: Before<'_>, text: &str) -> Result<(), SandboxError> {
        self.server.reply(at.who, at.message, text).await.map(drop).map_err(shown)
    }

    async fn react(&self, at: Before<'_>, emoji: &str) -> Result<(), SandboxError> {
        self.server.react(at.who, at.message, emoji).await.map_err(shown)
    }

    fn forger(&self) -> &'static str {
        FORGER
    }

    fn forge(&self, request: &str, forgery: Forgery) -> Result<(String, String), SandboxError> {
        let context = match forgery {
            Forgery::MadeUp => json!({"v": 1, "req": request, "act": "approve", "ask": "off", "proof": "trust-me"}),
            Forgery::Copied => self.genuine(request)?,
        };
        let url = format!("http://{}/mattermost/action", self.callbacks);
        let integration = json!({"url": url, "context": context});
        let action = json!({"id": FORGED, "name": BAIT_BUTTON, "type": "button", "integration": integration});
        let props = json!({"attachments": [{"actions": [action]}]});
        Ok((self.server.post_with_props_as(FORGER, CHANNEL, BAIT, props)?, FORGED.to_owned()))
    }

    async fn stop(&self) {
        self.server.stop().await;
    }

    fn start_again(&self) -> Result<(), SandboxError> {
        self.server.start_again()
    }

    fn slow_down(&self, by: Duration) {
        let faults = self.server.faults();
        if by.is_zero() {
            faults.clear();
        } else {
            faults.delay("*", by);
        }
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.server.changes()
    }
}

fn reaction(view: &ReactionView) -> Reaction {
    Reaction { user: view.user.clone(), emoji: with_emoji(&format!(":{}:", view.emoji)) }
}

/// Text with its emoji drawn.
fn with_emoji(text: &str) -> String {
    EMOJI.iter().fold(text.to_owned(), |text, (name, glyph)| text.replace(&format!(":{name}:"), glyph))
}

fn form(opened: &DialogView) -> Form {
    let dialog = &opened.dialog;
    let label = dialog
        .elements
        .iter()
        .flatten()
        .next()
        .map(|element| format!("{}{}", element.display_name, if element.optional { " (optional)" } else { "" }));
    Form {
        id: opened.client_trigger_id.clone(),
        title: dialog.title.clone(),
        about: dialog.introduction_text.clone(),
        label: label.unwrap_or_default(),
        submit: dialog.submit_label.clone(),
    }
}

fn card(attachment: &Value) -> Card {
    let text = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let list = |key: &str| attachment[key].as_array().into_iter().flatten();
    let field = |field: &Value| Field {
        title: text(field, "title"),
        // A value may be a number.
        value: field["value"].as_str().map_or_else(|| field["value"].to_string(), str::to_owned),
        short: field["short"] == true || field["short"] == "true",
    };
    let button =
        |action: &Value| Button { id: text(action, "id"), label: text(action, "name"), style: text(action, "style") };
    Card {
        color: text(attachment, "color"),
        title: text(attachment, "title"),
        title_link: text(attachment, "title_link"),
        text: with_emoji(&text(attachment, "text")),
        fields: list("fields").map(field).collect(),
        buttons: list("actions").map(button).collect(),
        footer: text(attachment, "footer"),
    }
}
