//! The Slack stand-in as the demo's chat.

mod blocks;
mod mrkdwn;

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::watch;

use super::block::Block;
use super::message::Message;
use super::{DemoChat, Place};
use crate::common::error::SandboxError;
use crate::demo::world::PEOPLE;
use crate::slack::{MessageView, SlackOptions, SlackSandbox};

/// The channel that the reviewers read.
const CHANNEL: &str = "access";

/// A Slack workspace with a channel for access requests.
pub(crate) struct SlackChat(SlackSandbox);

impl SlackChat {
    pub(crate) fn start() -> BoxFuture<'static, Result<Box<dyn DemoChat>, SandboxError>> {
        async {
            let server = SlackSandbox::start(SlackOptions::default()).await?;
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
impl DemoChat for SlackChat {
    fn product(&self) -> &'static str {
        "Slack"
    }

    fn address(&self) -> String {
        self.0.url()
    }

    fn section(&self, _: &Path) -> Result<String, SandboxError> {
        let users = PEOPLE.map(|name| format!("{name} = \"{name}@example.com\"\n")).concat();
        Ok(format!(
            "[slack]\n\
             api_url = \"{}\"\n\
             token = \"{}\"\n\
             recipients = [\"#{CHANNEL}\"]\n\n\
             # Teleport's users by the addresses that they have in Slack.\n\
             [slack.users]\n{users}",
            self.0.url(),
            self.0.token(),
        ))
    }

    fn name_of(&self, place: Place) -> String {
        match place {
            Place::Channel => format!("#{CHANNEL}"),
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

fn message(view: &MessageView) -> Message {
    let blocks = if view.blocks.is_empty() {
        vec![Block::Text { runs: mrkdwn::runs(&view.notification) }]
    } else {
        blocks::blocks(&view.blocks)
    };
    Message {
        id: view.ts.clone(),
        author: view.author.clone(),
        at: view.created().as_millis(),
        // What stands there is in the blocks; the text that was sent with them is for notifications.
        text: String::new(),
        edited: view.edits > 0,
        cards: Vec::new(),
        blocks,
        replies: view.replies.iter().map(message).collect(),
    }
}
