//! Where backends hand decisions to.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;

use super::{Answer, ChatUserId, Decision, Outcome, Press, TurnedAway};
use crate::backend::MessageRef;
use crate::request::RequestId;
use crate::teleport::TeleportError;

/// A message on which something can be decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenMessage {
    /// The request that it announces.
    pub request: RequestId,
    /// Where it stands. Untrusted: read from a record that others can write.
    pub message: MessageRef,
}

/// Where a backend hands decisions to.
#[async_trait]
pub trait DecisionSink: Send + Sync {
    /// Takes a decision, and tells what became of it, within the decision's patience. Handing over the same decision
    /// twice has the effect of once.
    async fn decide(&self, decision: Decision) -> Answer;

    /// What a form that asks for a reason carries through hands that are not ours, so that
    /// [`reopen`](Self::reopen) knows the press again: at most 1000 bytes of letters, digits, `.`, `-` and `_`. Makes no
    /// call; a form can be opened at once.
    ///
    /// # Errors
    /// What to answer if the button is not ours.
    fn ask(&self, press: &Press) -> Result<String, Answer>;

    /// The press that a form was opened for.
    ///
    /// # Errors
    /// What to answer if the form is not ours, too old, or was opened for somebody else.
    fn reopen(&self, state: &str, who: &ChatUserId) -> Result<Press, Answer>;

    /// Takes down a call that the backend turned away by itself, and tells what to answer. Makes no call. One that keeps no
    /// trail leaves it.
    fn turn_away(&self, call: &TurnedAway) -> Answer {
        call.why.answer()
    }

    /// The messages on which something can be decided now: for backends that may have missed what people did, after a gap.
    ///
    /// # Errors
    /// When Teleport cannot be asked: try again later.
    async fn open_messages(&self) -> Result<Vec<OpenMessage>, TeleportError>;
}

/// The sink of a bot that takes no decisions from the chat: it refuses them all.
#[derive(Clone, Copy, Debug, Default)]
pub struct DecisionsOff;

impl DecisionsOff {
    fn answer() -> Answer {
        Answer::new(Outcome::Off, "Requests are not decided here in the chat; please follow the link in the message.")
    }
}

#[async_trait]
impl DecisionSink for DecisionsOff {
    async fn decide(&self, _: Decision) -> Answer {
        Self::answer()
    }

    fn ask(&self, _: &Press) -> Result<String, Answer> {
        Err(Self::answer())
    }

    fn reopen(&self, _: &str, _: &ChatUserId) -> Result<Press, Answer> {
        Err(Self::answer())
    }

    fn turn_away(&self, _: &TurnedAway) -> Answer {
        Self::answer()
    }

    async fn open_messages(&self) -> Result<Vec<OpenMessage>, TeleportError> {
        Ok(Vec::new())
    }
}

/// A sink that is handed out before there is an engine: until one takes it over, nothing is recorded.
#[derive(Default)]
pub struct LateSink(OnceLock<Arc<dyn DecisionSink>>);

impl LateSink {
    /// Lets `sink` take all decisions from now on. Only the first call counts.
    pub fn install(&self, sink: Arc<dyn DecisionSink>) {
        // A second engine for the same desk would be a bug, and the first one is as good.
        let _ = self.0.set(sink);
    }

    fn not_yet() -> Answer {
        Answer::new(
            Outcome::NotRecorded,
            "This was not recorded, because the bot is still starting; please try again in a moment.",
        )
    }
}

impl std::fmt::Debug for LateSink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LateSink").field("installed", &self.0.get().is_some()).finish()
    }
}

#[async_trait]
impl DecisionSink for LateSink {
    async fn decide(&self, decision: Decision) -> Answer {
        match self.0.get() {
            Some(sink) => sink.decide(decision).await,
            None => Self::not_yet(),
        }
    }

    fn ask(&self, press: &Press) -> Result<String, Answer> {
        self.0.get().map_or_else(|| Err(Self::not_yet()), |sink| sink.ask(press))
    }

    fn reopen(&self, state: &str, who: &ChatUserId) -> Result<Press, Answer> {
        self.0.get().map_or_else(|| Err(Self::not_yet()), |sink| sink.reopen(state, who))
    }

    fn turn_away(&self, call: &TurnedAway) -> Answer {
        self.0.get().map_or_else(|| call.why.answer(), |sink| sink.turn_away(call))
    }

    async fn open_messages(&self) -> Result<Vec<OpenMessage>, TeleportError> {
        match self.0.get() {
            Some(sink) => sink.open_messages().await,
            None => Ok(Vec::new()),
        }
    }
}
