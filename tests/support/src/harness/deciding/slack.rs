//! Deciding in Slack.

use accessbot_core::backend::decision::Action;
use accessbot_sandbox::slack::{MessageView, SlackSandbox, Submitted};
use serde_json::Value;

use super::Input;
use crate::harness::{CHANNEL, Shown};

/// Buttons, of which Slack tells the bot over a connection of the bot's own.
#[derive(Debug)]
pub struct SlackSocket;
/// Buttons, of which Slack tells the bot by a signed call.
#[derive(Debug)]
pub struct SlackHttp;

impl Input for SlackSocket {
    type Chat = SlackSandbox;
    const REASONS: bool = true;

    fn set_up(chat: &SlackSandbox, _: u16) -> String {
        format!("app_token = \"{}\"\n", chat.app_token())
    }

    fn connections(chat: &SlackSandbox) -> Option<usize> {
        Some(chat.sockets().len())
    }

    async fn decide(chat: &SlackSandbox, who: &str, message: &Shown, action: Action, reason: Option<&str>) {
        decide(chat, who, message, action, reason).await;
    }

    fn told(chat: &SlackSandbox, who: &str) -> Vec<String> {
        told(chat, who)
    }

    fn secrets(chat: &SlackSandbox) -> Vec<String> {
        secrets(chat)
    }
}

impl Input for SlackHttp {
    type Chat = SlackSandbox;
    const REASONS: bool = true;

    fn set_up(chat: &SlackSandbox, port: u16) -> String {
        chat.set_request_url(Some(&format!("http://127.0.0.1:{port}/slack/interactive")));
        format!("signing_secret = \"{}\"\n", chat.signing_secret())
    }

    fn connections(_: &SlackSandbox) -> Option<usize> {
        None
    }

    async fn decide(chat: &SlackSandbox, who: &str, message: &Shown, action: Action, reason: Option<&str>) {
        decide(chat, who, message, action, reason).await;
    }

    fn told(chat: &SlackSandbox, who: &str) -> Vec<String> {
        told(chat, who)
    }

    fn secrets(chat: &SlackSandbox) -> Vec<String> {
        secrets(chat)
    }
}

async fn decide(chat: &SlackSandbox, who: &str, message: &Shown, action: Action, reason: Option<&str>) {
    let (channel, ts) = message.place();
    let message = chat.post(channel, ts).unwrap();
    chat.click(who, &message, &format!("accessbot_{}", action.word())).await.unwrap();
    match (chat.views(who).unwrap().pop(), reason) {
        (None, None) => {}
        (Some(view), Some(reason)) => {
            let submitted = chat.submit_view(who, &view, &[("reason", reason)]).await.unwrap();
            assert_eq!(submitted, Submitted::Closed);
        }
        (view, reason) => panic!("the form is {view:?}, and the reason {reason:?}"),
    }
}

fn told(chat: &SlackSandbox, who: &str) -> Vec<String> {
    chat.ephemerals(who).unwrap().iter().map(MessageView::text).collect()
}

fn secrets(chat: &SlackSandbox) -> Vec<String> {
    let mut secrets = [chat.token(), chat.app_token(), chat.signing_secret()].map(str::to_owned).to_vec();
    for message in chat.posts(CHANNEL) {
        let elements = message.blocks.iter().filter_map(|block| block["elements"].as_array()).flatten();
        let carried = elements.filter_map(|element| serde_json::from_str::<Value>(element["value"].as_str()?).ok());
        secrets.extend(carried.filter_map(|carried| Some(carried["proof"].as_str()?.to_owned())));
    }
    for person in super::PEOPLE {
        secrets.extend(chat.views(person).unwrap().into_iter().map(|view| view.private_metadata));
    }
    secrets
}
