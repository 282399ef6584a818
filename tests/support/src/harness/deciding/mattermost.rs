//! Deciding in Mattermost.

use accessbot_core::backend::decision::Action;
use accessbot_sandbox::mattermost::{MattermostSandbox, PostView};
use serde_json::json;

use super::Input;
use crate::harness::{CHANNEL, Shown};

/// Buttons, of which Mattermost tells the bot by a call.
#[derive(Debug)]
pub struct MattermostButtons;
/// Replies, of which the bot hears over a connection of its own.
#[derive(Debug)]
pub struct MattermostReplies;
/// Reactions, of which the bot hears over a connection of its own.
#[derive(Debug)]
pub struct MattermostReactions;

impl Input for MattermostButtons {
    type Chat = MattermostSandbox;
    const REASONS: bool = true;

    fn set_up(_: &MattermostSandbox, _: u16) -> String {
        "input = [\"buttons\"]\n".to_owned()
    }

    fn connections(_: &MattermostSandbox) -> Option<usize> {
        None
    }

    async fn decide(chat: &MattermostSandbox, who: &str, message: &Shown, action: Action, reason: Option<&str>) {
        let trigger = chat.click(who, message.place().1, action.word()).await.unwrap();
        let dialogs = chat.dialogs(who).unwrap();
        let dialog = dialogs.iter().find(|dialog| dialog.client_trigger_id == trigger);
        match (dialog, reason) {
            (None, None) => {}
            (Some(dialog), Some(reason)) => {
                let fields = dialog.dialog.elements.clone().unwrap_or_default();
                let submission = json!({ &fields[0].name: reason });
                let said = chat.submit_dialog(who, dialog, CHANNEL, submission).await.unwrap();
                assert!(said.get("errors").is_none() && said.get("error").is_none(), "the form stays open: {said}");
            }
            (dialog, reason) => panic!("the form is {dialog:?}, and the reason {reason:?}"),
        }
    }

    fn told(chat: &MattermostSandbox, who: &str) -> Vec<String> {
        // What became of a form can only be told in a direct message.
        chat.ephemerals(who).unwrap().iter().map(PostView::text).chain(told_directly(chat, who)).collect()
    }

    fn secrets(chat: &MattermostSandbox) -> Vec<String> {
        let mut secrets = vec![chat.token().to_owned()];
        for post in chat.posts(CHANNEL) {
            let actions = post.attachments.iter().filter_map(|attachment| attachment["actions"].as_array()).flatten();
            let proofs = actions.filter_map(|action| action["integration"]["context"]["proof"].as_str());
            secrets.extend(proofs.map(str::to_owned));
        }
        for person in super::PEOPLE {
            secrets.extend(chat.dialogs(person).unwrap().into_iter().map(|dialog| dialog.dialog.state));
        }
        secrets
    }
}

impl Input for MattermostReplies {
    type Chat = MattermostSandbox;
    const REASONS: bool = true;

    fn set_up(_: &MattermostSandbox, _: u16) -> String {
        "input = [\"replies\"]\n".to_owned()
    }

    fn connections(chat: &MattermostSandbox) -> Option<usize> {
        Some(chat.sockets().len())
    }

    async fn decide(chat: &MattermostSandbox, who: &str, message: &Shown, action: Action, reason: Option<&str>) {
        let reply = format!("{} {}", action.word(), reason.unwrap_or_default());
        chat.reply(who, message.place().1, &reply).await.unwrap();
    }

    fn told(chat: &MattermostSandbox, who: &str) -> Vec<String> {
        told_directly(chat, who)
    }

    fn secrets(chat: &MattermostSandbox) -> Vec<String> {
        vec![chat.token().to_owned()]
    }
}

impl Input for MattermostReactions {
    type Chat = MattermostSandbox;
    const REASONS: bool = false;

    fn set_up(_: &MattermostSandbox, _: u16) -> String {
        "input = [\"reactions\"]\n".to_owned()
    }

    fn connections(chat: &MattermostSandbox) -> Option<usize> {
        Some(chat.sockets().len())
    }

    async fn decide(chat: &MattermostSandbox, who: &str, message: &Shown, action: Action, reason: Option<&str>) {
        assert_eq!(reason, None, "a reaction has no room for it");
        let emoji = match action {
            Action::Approve => "white_check_mark",
            Action::Deny => "x",
        };
        chat.react(who, message.place().1, emoji).await.unwrap();
    }

    fn told(chat: &MattermostSandbox, who: &str) -> Vec<String> {
        told_directly(chat, who)
    }

    fn secrets(chat: &MattermostSandbox) -> Vec<String> {
        vec![chat.token().to_owned()]
    }
}

fn told_directly(chat: &MattermostSandbox, who: &str) -> Vec<String> {
    let posts = chat.posts(&format!("@{who}"));
    let answers = posts.iter().filter(|post| post.props.get("accessbot").is_some_and(|mark| mark["kind"] == "answer"));
    answers.map(PostView::text).collect()
}
