//! Somebody pressed a button.

use accessbot_core::backend::MessageRef;
use accessbot_core::backend::decision::{ChatUserId, Decision, Evidence, Outcome, Press, ReasonRule};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::answer::markdown;
use super::button::ButtonContext;
use super::inputs::Callbacks;
use super::{Decisions, PATIENCE};
use crate::api::Id;

/// What Mattermost sends when a button is pressed, in parts that we look at. Whoever pressed it, and on which post, is
/// what its server says; the context is what the button carried, whoever made that button.
#[derive(Debug, Deserialize)]
pub(super) struct Click {
    user_id: Id,
    channel_id: Id,
    post_id: Id,
    #[serde(default)]
    trigger_id: String,
    context: Option<Box<RawValue>>,
}

/// What Mattermost is answered.
#[derive(Debug, Default, Serialize)]
pub(super) struct ClickReply {
    /// Shown to whoever pressed, and to nobody else.
    #[serde(skip_serializing_if = "String::is_empty")]
    ephemeral_text: String,
    /// Otherwise `<url|text>` would become a link.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    skip_slack_parsing: bool,
}

impl ClickReply {
    fn say(text: &str) -> Self {
        Self { ephemeral_text: markdown(text), skip_slack_parsing: true }
    }
}

impl Decisions {
    /// Takes the press to the sink, or asks for a reason first.
    pub(super) async fn clicked(&self, click: Click, callbacks: &Callbacks) -> ClickReply {
        let Some(context) = click.context.as_deref().and_then(|context| ButtonContext::parse(context.get())) else {
            tracing::info!(user = %click.user_id, post = %click.post_id, "a button that is not ours leads to us");
            return ClickReply::say("Nothing was done: this button is not one of the bot's.");
        };
        let press = Press {
            request: context.request(),
            action: context.act,
            message: MessageRef { conversation: click.channel_id.to_string(), message: click.post_id.to_string() },
            who: ChatUserId(click.user_id.to_string()),
            proof: context.proof,
        };
        if context.ask != ReasonRule::Off {
            return self.ask_why(&press, context.ask, &click.trigger_id, callbacks).await;
        }
        let decision = Decision {
            request: press.request.clone(),
            action: press.action,
            reason: None,
            message: press.message.clone(),
            who: press.who.clone(),
            evidence: Evidence::Button(press.proof.clone()),
            patience: PATIENCE,
        };
        let answer = self.sink.decide(decision).await;
        if answer.outcome == Outcome::ReasonWanted {
            // The rule has changed since the button was made.
            return self.ask_why(&press, ReasonRule::Required, &click.trigger_id, callbacks).await;
        }
        ClickReply::say(&answer.text)
    }

    /// Opens the form before anything else is done: there are three seconds for it.
    async fn ask_why(&self, press: &Press, rule: ReasonRule, trigger: &str, callbacks: &Callbacks) -> ClickReply {
        let state = match self.sink.ask(press) {
            Ok(state) => state,
            Err(answer) => return ClickReply::say(&answer.text),
        };
        match self.open_form(press, rule, trigger, &state, callbacks).await {
            Ok(()) => ClickReply::default(),
            Err(problem) => {
                tracing::warn!(request = %press.request, %problem, "cannot open the form for a reason");
                ClickReply::say("This was not recorded, because the form for a reason did not open; please try again.")
            }
        }
    }
}
