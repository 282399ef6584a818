//! Somebody pressed a button.

use accessbot_core::backend::MessageRef;
use accessbot_core::backend::decision::{
    ChatUserId, Decision, Doubt, Evidence, Outcome, Press, ReasonRule, TurnedAway,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::answer::markdown;
use super::button::ButtonContext;
use super::inputs::Callbacks;
use super::{Decisions, PATIENCE};
use crate::api::Id;

/// What Mattermost sends when a button is pressed, in parts that we look at. Who pressed, its server signs in the trigger id;
/// everything else anybody can have written who reaches us, the context also whoever made the button.
#[derive(Debug, Deserialize)]
pub(super) struct Click {
    user_id: Id,
    channel_id: Id,
    post_id: Id,
    #[serde(default)]
    trigger_id: String,
    context: Option<Box<RawValue>>,
}

impl Click {
    fn who(&self) -> ChatUserId {
        ChatUserId(self.user_id.to_string())
    }

    fn message(&self) -> MessageRef {
        MessageRef { conversation: self.channel_id.to_string(), message: self.post_id.to_string() }
    }
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
        let context = click.context.as_deref().and_then(|context| ButtonContext::parse(context.get()));
        if let Err(why) = self.vouched_for(&click.trigger_id, &click.user_id).await {
            return self.turned_away(&click, context.as_ref(), why);
        }
        let Some(context) = context else { return self.turned_away(&click, None, Doubt::StrangeButton) };
        let press = Press {
            request: context.request(),
            action: context.act,
            message: click.message(),
            who: click.who(),
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

    fn turned_away(&self, click: &Click, context: Option<&ButtonContext>, why: Doubt) -> ClickReply {
        let call = TurnedAway {
            why,
            who: click.who(),
            message: Some(click.message()),
            request: context.map(ButtonContext::request),
            action: context.map(|context| context.act),
        };
        ClickReply::say(&self.sink.turn_away(&call).text)
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
                ClickReply::say(&self.sink.turn_away(&TurnedAway::press(press, Doubt::NoForm)).text)
            }
        }
    }
}
