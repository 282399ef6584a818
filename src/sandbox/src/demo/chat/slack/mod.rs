//! The Slack stand-in as the demo's chat.

mod blocks;
mod mrkdwn;

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::block::Block;
use super::message::{Form, Message};
use super::{BAIT, BAIT_BUTTON, Before, DemoChat, Forgery, Place};
use crate::common::error::SandboxError;
use crate::demo::world::PEOPLE;
use crate::slack::{ActError, MessageView, SlackOptions, SlackSandbox, Submitted, ViewView};

/// The channel that the reviewers read.
const CHANNEL: &str = "access";

/// Slack tells an app of clicks on its own messages only: nobody else gets even so far.
const FORGER: &str = "somebody who holds the bot's token";
/// The trait that holds the ids of accounts.
const TRAIT: &str = "slack_uid";
/// The field of a form that holds the reason.
const REASON: &str = "reason";

/// A Slack workspace with a channel for access requests.
pub(crate) struct SlackChat {
    server: SlackSandbox,
    /// The bot's account.
    bot: String,
}

impl SlackChat {
    pub(crate) fn start() -> BoxFuture<'static, Result<Box<dyn DemoChat>, SandboxError>> {
        async {
            let options = SlackOptions::default();
            let bot = options.bot.clone();
            let server = SlackSandbox::start(options).await?;
            Ok(Box::new(Self { server, bot }) as Box<dyn DemoChat>)
        }
        .boxed()
    }

    fn message(&self, view: &MessageView) -> Message {
        let blocks = if view.blocks.is_empty() {
            vec![Block::Text { runs: mrkdwn::runs(&view.notification) }]
        } else {
            blocks::blocks(&view.blocks)
        };
        Message {
            id: view.ts.clone(),
            author: view.author.clone(),
            from_bot: view.author == self.bot,
            only_for: String::new(),
            at: view.created().as_millis(),
            // What stands there is in the blocks; the text that was sent with them is for notifications.
            text: String::new(),
            edited: view.edits > 0,
            cards: Vec::new(),
            blocks,
            reactions: Vec::new(),
            replies: view.replies.iter().map(|reply| self.message(reply)).collect(),
        }
    }

    /// What only one of the people sees in a channel.
    fn asides(&self, channel: &str) -> Vec<Message> {
        let of = |name: &'static str| {
            let theirs = self.server.ephemerals(name).into_iter().flatten().filter(|aside| aside.channel == channel);
            theirs.map(|aside| Message { only_for: name.to_owned(), ..self.message(&aside) }).collect::<Vec<_>>()
        };
        PEOPLE.into_iter().flat_map(of).collect()
    }

    /// The row of buttons below the announcement of a request.
    fn genuine(&self, request: &str) -> Result<Value, SandboxError> {
        let posts = self.server.posts(CHANNEL);
        let mut rows = posts.iter().flat_map(|post| &post.blocks).filter(|block| block["type"] == "actions");
        let of_request = rows.find(|row| row["elements"].to_string().contains(request));
        of_request.cloned().ok_or_else(|| SandboxError::unknown("button for", request))
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
impl DemoChat for SlackChat {
    fn product(&self) -> &'static str {
        "Slack"
    }

    fn address(&self) -> String {
        self.server.url()
    }

    fn section(&self, _: &Path) -> Result<String, SandboxError> {
        let users = PEOPLE.map(|name| format!("{name} = \"{name}@example.com\"\n")).concat();
        Ok(format!(
            "[slack]\n\
             api_url = \"{}\"\n\
             token = \"{}\"\n\
             recipients = [\"#{CHANNEL}\"]\n\n\
             # Teleport's users by the addresses that they have in Slack.\n\
             [slack.users]\n{users}\n\
             [slack.review]\n\
             app_token = \"{}\"\n\
             user_trait = \"{TRAIT}\"\n",
            self.server.url(),
            self.server.token(),
            self.server.app_token(),
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
            Place::Channel => format!("#{CHANNEL}"),
            Place::Person(name) => format!("@{name}"),
        }
    }

    fn messages(&self, place: Place, most: usize) -> Vec<Message> {
        let posts = self.server.last_posts(&address(place), most);
        let mut messages: Vec<Message> = posts.iter().map(|post| self.message(post)).collect();
        if let Some(post) = posts.first() {
            let asides = self.asides(&post.channel);
            messages.extend(asides.into_iter().filter(|aside| aside.id >= post.ts));
            messages.sort_by_key(|message| message.at);
        }
        messages
    }

    async fn press(&self, at: Before<'_>, button: &str) -> Result<Option<Form>, SandboxError> {
        // A form that was turned away from is closed.
        for view in self.server.views(at.who)? {
            self.server.close_view(at.who, &view).await.map_err(shown)?;
        }
        let channel = self.server.channel_id(&address(at.place))?;
        let message = self.server.post(&channel, at.message);
        let message = message.ok_or_else(|| SandboxError::unknown("message", at.message))?;
        self.server.click(at.who, &message, button).await.map_err(shown)?;
        Ok(self.server.views(at.who)?.last().map(form))
    }

    async fn submit(&self, who: &str, form: &str, reason: &str) -> Result<Option<String>, SandboxError> {
        let views = self.server.views(who)?;
        let view = views.iter().find(|view| view.id == form).ok_or_else(|| SandboxError::unknown("form", form))?;
        match self.server.submit_view(who, view, &[(REASON, reason)]).await.map_err(shown)? {
            Submitted::Errors(wrong) => Ok(Some(wrong.into_values().collect::<Vec<_>>().join(" "))),
            Submitted::Closed | Submitted::Updated | Submitted::Pushed => Ok(None),
        }
    }

    fn forger(&self) -> &'static str {
        FORGER
    }

    fn forge(&self, request: &str, forgery: Forgery) -> Result<(String, String), SandboxError> {
        let mut row = self.genuine(request)?;
        let mut button = row["elements"][0].take();
        button["text"]["text"] = json!(BAIT_BUTTON);
        let id = button["action_id"].as_str().unwrap_or_default().to_owned();
        if forgery == Forgery::MadeUp {
            let made_up = json!({"v": 1, "req": request, "act": "approve", "ask": "off", "proof": "trust-me"});
            button["value"] = json!(made_up.to_string());
        }
        row["elements"] = json!([button]);
        let bait = json!({"type": "section", "text": {"type": "plain_text", "text": BAIT}});
        Ok((self.server.post_blocks_as_bot(CHANNEL, BAIT, &json!([bait, row]))?, id))
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

fn form(view: &ViewView) -> Form {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let blocks = || view.view["blocks"].as_array().into_iter().flatten();
    let input = blocks().find(|block| block["type"] == "input");
    let label = input.map(|input| {
        format!("{}{}", text(&input["label"]["text"]), if input["optional"] == true { " (optional)" } else { "" })
    });
    Form {
        id: view.id.clone(),
        title: view.title.clone(),
        about: blocks().map(|block| text(&block["text"]["text"])).find(|about| !about.is_empty()).unwrap_or_default(),
        label: label.unwrap_or_default(),
        submit: text(&view.view["submit"]["text"]),
    }
}

/// What the chat shows where an action came to nothing.
fn shown(error: ActError) -> SandboxError {
    match error {
        ActError::Unknown(error) => error,
        ActError::Refused(why) => SandboxError::Refused(why),
        ActError::NotAcknowledged(_) => SandboxError::Refused("the bot did not answer in time".to_owned()),
    }
}
