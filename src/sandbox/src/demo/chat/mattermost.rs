//! The Mattermost stand-in as the demo's chat.

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::Value;
use tokio::sync::watch;

use super::message::{Button, Card, Field, Message};
use super::{DemoChat, Place};
use crate::common::error::SandboxError;
use crate::mattermost::{MattermostOptions, MattermostSandbox, PostView, TEAM};

/// The channel that the reviewers read.
const CHANNEL: &str = "access";

/// A Mattermost server with a channel for access requests.
pub(crate) struct MattermostChat(MattermostSandbox);

impl MattermostChat {
    pub(crate) fn start() -> BoxFuture<'static, Result<Box<dyn DemoChat>, SandboxError>> {
        async {
            let server = MattermostSandbox::start(MattermostOptions::default()).await?;
            Ok(Box::new(Self(server)) as Box<dyn DemoChat>)
        }
        .boxed()
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
        self.0.url()
    }

    fn section(&self, _: &Path) -> Result<String, SandboxError> {
        Ok(format!(
            "[mattermost]\n\
             url = \"{}\"\n\
             token = \"{}\"\n\
             recipients = [\"{TEAM}/{CHANNEL}\"]\n\
             # Here both systems take their names from the same place: alice in Teleport is alice in the chat.\n\
             match_usernames = true\n",
            self.0.url(),
            self.0.token(),
        ))
    }

    fn name_of(&self, place: Place) -> String {
        match place {
            Place::Channel => format!("~{CHANNEL}"),
            Place::Person(name) => format!("@{name}"),
        }
    }

    fn messages(&self, place: Place, most: usize) -> Vec<Message> {
        self.0.last_posts(&address(place), most).iter().map(message).collect()
    }

    async fn stop(&self) {
        self.0.stop().await;
    }

    fn start_again(&self) -> Result<(), SandboxError> {
        self.0.start_again()
    }

    fn slow_down(&self, by: Duration) {
        let faults = self.0.faults();
        if by.is_zero() {
            faults.clear();
        } else {
            faults.delay("*", by);
        }
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes()
    }
}

fn message(post: &PostView) -> Message {
    Message {
        id: post.id.clone(),
        author: post.author.clone(),
        at: post.created.as_millis(),
        text: post.message.clone(),
        edited: post.edits > 0,
        cards: post.attachments.iter().map(card).collect(),
        blocks: Vec::new(),
        replies: post.replies.iter().map(message).collect(),
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
    let button = |action: &Value| Button { label: text(action, "name"), style: text(action, "style") };
    Card {
        color: text(attachment, "color"),
        title: text(attachment, "title"),
        title_link: text(attachment, "title_link"),
        text: text(attachment, "text"),
        fields: list("fields").map(field).collect(),
        buttons: list("actions").map(button).collect(),
        footer: text(attachment, "footer"),
    }
}
