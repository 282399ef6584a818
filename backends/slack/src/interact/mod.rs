//! What people do with our messages: buttons, and the form for a reason. What comes in by either way, the socket or the
//! HTTP endpoint, ends here.
//!
//! Slack waits three seconds for its acknowledgement, and so long a form can be opened. Whatever was not decided by then
//! is not decided at all. Whoever did something is told what became of it, where nobody else sees it.

mod once;
mod payload;
mod teller;

use std::sync::Arc;
use std::time::Duration;

use accessbot_core::backend::MessageRef;
use accessbot_core::backend::decision::{
    Answer, ChatUserId, Decision, DecisionSink, Doubt, Evidence, Outcome, Press, ReasonRule, TurnedAway,
};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

#[cfg(feature = "fuzzing")]
pub(crate) use self::payload::parse;

use self::once::Once;
use self::payload::{Deed, Interaction};
use self::teller::{Teller, ToTell};
use crate::button::Carried;
use crate::client::Client;
use crate::identity::Identity;
use crate::render::{Form, REASON, REASON_BYTES, plain};

/// How long a decision may take: what is left of Slack's three seconds is for the way.
const PATIENCE: Duration = Duration::from_millis(2500);
/// By when Slack must have an answer, as far as it is ours to say.
const DEADLINE: Duration = Duration::from_millis(2700);
/// Things that people do at the same time. What is more is not acknowledged: they are told by Slack, and try again.
const AT_ONCE: usize = 64;

const TOO_LONG: &str = "This is too long; please shorten it.";

/// What goes back to Slack with the acknowledgement, if anything does.
pub(crate) type Acknowledgement = Option<Value>;

/// Takes what people do, and sees that it is done once.
pub(crate) struct Interactions {
    hands: Arc<Hands>,
    teller: Arc<Teller>,
    once: Once<Acknowledgement>,
    room: Arc<Semaphore>,
}

impl Interactions {
    pub(crate) fn new(client: Arc<Client>, identity: Arc<Identity>, sink: Arc<dyn DecisionSink>) -> Self {
        let teller = Arc::new(Teller::new(Arc::clone(&client)));
        let hands = Arc::new(Hands { client, identity, sink });
        Self { hands, teller, once: Once::default(), room: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// Takes one interaction, known by `key`, and returns what to acknowledge it with. `None` if it is not to be
    /// acknowledged, because too much is going on.
    pub(crate) async fn take(&self, key: &[u8], payload: &[u8]) -> Option<Acknowledgement> {
        let (hands, teller, room) = (Arc::clone(&self.hands), Arc::clone(&self.teller), Arc::clone(&self.room));
        let payload = payload.to_owned();
        let work = move || async move {
            let Ok(_place) = room.try_acquire() else {
                tracing::warn!("too much is done in Slack at once; people are asked to try again");
                return None;
            };
            let (acknowledgement, word) = hands.take(&payload).await;
            if let Some(word) = word {
                teller.tell(word);
            }
            Some(acknowledgement)
        };
        self.once.answer(key, work).await
    }
}

/// What it is done with.
struct Hands {
    client: Arc<Client>,
    identity: Arc<Identity>,
    sink: Arc<dyn DecisionSink>,
}

impl Hands {
    async fn take(&self, payload: &[u8]) -> (Acknowledgement, Option<ToTell>) {
        let Interaction { who, app, deed } = match payload::parse(payload) {
            Ok(interaction) => interaction,
            Err(nothing) => {
                tracing::debug!(%nothing, "an interaction in Slack is passed over");
                return (None, None);
            }
        };
        // Where somebody is from is no such sign: in a shared channel it is another workspace, and who may decide is
        // looked up anew.
        let ours = self.identity.kept(&self.client).and_then(|me| me.app_id);
        if ours.is_some() && app.is_some() && app != ours {
            tracing::warn!("an interaction in Slack is about another app than the bot's, and passed over");
            return (None, None);
        }
        match deed {
            Deed::Pressed { message, carried, trigger } => {
                let channel = message.conversation.clone();
                let sentence = match carried {
                    Some(carried) => self.pressed(who.clone(), message, carried, trigger.as_deref()).await,
                    None => Some(self.turned_away(who.clone(), message)),
                };
                (None, sentence.map(|sentence| ToTell { who, channel, sentence }))
            }
            Deed::Submitted { state, reason } => self.submitted(who, &state, reason).await,
        }
    }

    /// Somebody pressed a button. Gives what to tell them, which is nothing if a form has opened.
    async fn pressed(
        &self,
        who: ChatUserId,
        message: MessageRef,
        carried: Carried,
        trigger: Option<&str>,
    ) -> Option<String> {
        let deadline = Instant::now() + DEADLINE;
        let Carried { req: request, act: action, ask, proof, .. } = carried;
        let press = Press { request, action, message, who, proof };
        if ask == ReasonRule::Off {
            let answer = self.sink.decide(decision(press.clone(), None)).await;
            // The rule may have changed since the button was made.
            if answer.outcome != Outcome::ReasonWanted {
                return Some(answer.text);
            }
        }
        let rule = if ask == ReasonRule::Off { ReasonRule::Required } else { ask };
        let state = match self.sink.ask(&press) {
            Ok(state) => state,
            Err(answer) => return Some(answer.text),
        };
        let form = Form::new(&press, rule, state);
        let opened = async {
            let Some(trigger) = trigger else { return Err("the call names no trigger".to_owned()) };
            match timeout_at(deadline, self.client.open_form(trigger, &form)).await {
                Ok(Ok(())) => Ok(()),
                // The same click came to another replica, and that has opened the form.
                Ok(Err(failure)) if failure.code() == Some("exchanged_trigger_id") => Ok(()),
                Ok(Err(failure)) => Err(failure.to_string()),
                Err(_) => Err("Slack is too slow".to_owned()),
            }
        };
        let problem = opened.await.err()?;
        tracing::warn!(problem, request = %press.request, "the form for a reason could not be opened");
        Some(self.sink.turn_away(&TurnedAway::press(&press, Doubt::NoForm)).text)
    }

    /// Somebody pressed a button that is called as ours are, and is not.
    fn turned_away(&self, who: ChatUserId, message: MessageRef) -> String {
        let (why, message) = (Doubt::StrangeButton, Some(message));
        self.sink.turn_away(&TurnedAway { why, who, message, request: None, action: None }).text
    }

    /// Somebody submitted the form. What is wrong with it is said at its field; everything else closes it.
    async fn submitted(
        &self,
        who: ChatUserId,
        state: &str,
        reason: Option<String>,
    ) -> (Acknowledgement, Option<ToTell>) {
        if reason.as_ref().is_some_and(|reason| reason.len() > REASON_BYTES) {
            return (Some(at_the_field(TOO_LONG)), None);
        }
        let press = match self.sink.reopen(state, &who) {
            Ok(press) => press,
            Err(Answer { text, .. }) => return (Some(at_the_field(&text)), None),
        };
        let channel = press.message.conversation.clone();
        let Answer { outcome, text } = self.sink.decide(decision(press, reason)).await;
        if outcome == Outcome::ReasonWanted {
            return (Some(at_the_field(&text)), None);
        }
        (Some(json!({"response_action": "clear"})), Some(ToTell { who, channel, sentence: text }))
    }
}

fn decision(press: Press, reason: Option<String>) -> Decision {
    let Press { request, action, message, who, proof } = press;
    Decision { request, action, reason, message, who, evidence: Evidence::Button(proof), patience: PATIENCE }
}

/// An answer that leaves the form open, with a sentence below its field.
fn at_the_field(sentence: &str) -> Value {
    json!({"response_action": "errors", "errors": {REASON: plain(sentence)}})
}
