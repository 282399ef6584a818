//! What somebody did, taken to the sink, and the answer taken to them.

use std::sync::PoisonError;
use std::time::Duration;

use accessbot_core::backend::decision::{Action, Answer, ChatUserId, Command, Decision, Evidence, Outcome, command};
use accessbot_core::clock::Timestamp;

use super::card::OurCard;
use super::seen::Deed;
use super::task::Task;
use crate::api::{Id, Lookup, Post, Reaction};
use crate::decisions::{Decisions, PATIENCE};
use crate::failure::Failure;

/// After that, nobody can be sure that somebody still means it.
const FRESH: Duration = Duration::from_secs(10 * 60);
/// What we put on replies that were dealt with, so that we know it after a restart.
const EYES: &str = "eyes";

/// How we come to know of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// It was told as it happened.
    Live,
    /// It was found when we looked.
    Found,
}

impl Decisions {
    /// Whether anything comes of it, as far as can be told without asking anybody: most of what is said in a channel is
    /// nothing to us.
    pub(super) fn concerns(&self, me: &Id, task: &Task) -> bool {
        match task {
            Task::Reacted(reaction) => self.meant_by(me, reaction).is_some(),
            Task::Unreacted(reaction) => self.took_back(me, reaction),
            Task::Replied(reply) => self.wanted_by(me, reply).is_some(),
            Task::Look(..) => true,
        }
    }

    /// Somebody reacted to what may be a card of ours.
    pub(super) async fn reacted(&self, me: &Id, reaction: &Reaction) -> Result<(), Failure> {
        if self.meant_by(me, reaction).is_none() {
            return Ok(());
        }
        if let Some(card) = self.our_card(me, &reaction.post_id).await? {
            self.decide_by_reaction(me, reaction, &card, Known::Live).await?;
        }
        Ok(())
    }

    /// What a reaction means, if it is somebody else's and was not dealt with.
    fn meant_by(&self, me: &Id, reaction: &Reaction) -> Option<Action> {
        let action = self.inputs.reactions.as_ref()?.action(&reaction.emoji_name)?;
        (reaction.user_id != *me && !self.dealt_with(&Deed::reaction(reaction))).then_some(action)
    }

    /// Somebody reacted to this card. What was answered once, be it that it was not recorded, is not taken up again because
    /// the reaction still stands there when the bot starts anew: nobody would expect that.
    pub(super) async fn decide_by_reaction(
        &self,
        me: &Id,
        reaction: &Reaction,
        card: &OurCard,
        known: Known,
    ) -> Result<(), Failure> {
        let Some(action) = self.meant_by(me, reaction) else { return Ok(()) };
        let deed = Deed::reaction(reaction);
        if known == Known::Found && self.has_answered(me, reaction).await? {
            self.remember(deed);
            return Ok(());
        }
        let decided = self.decide(card, action, None, &reaction.user_id, Evidence::Reaction).await;
        self.remember(deed.clone());
        self.report(card, &reaction.user_id, decided, known, &deed).await;
        Ok(())
    }

    /// Somebody took a reaction back, which changes nothing: what was decided may have had its effect.
    pub(super) async fn unreacted(&self, me: &Id, reaction: &Reaction) -> Result<(), Failure> {
        if !self.took_back(me, reaction) {
            return Ok(());
        }
        let Some(card) = self.our_card(me, &reaction.post_id).await? else { return Ok(()) };
        let deed = Deed::removal(reaction);
        self.remember(deed.clone());
        let text = "Taking a reaction back changes nothing: if your decision was recorded, it stays.";
        self.say(&card, &reaction.user_id, text, &deed).await;
        Ok(())
    }

    /// Whether somebody took back a reaction that means a decision, and was not told before that it changes nothing.
    fn took_back(&self, me: &Id, reaction: &Reaction) -> bool {
        let means = self.inputs.reactions.as_ref().and_then(|emoji| emoji.action(&reaction.emoji_name));
        means.is_some() && reaction.user_id != *me && !self.dealt_with(&Deed::removal(reaction))
    }

    /// Somebody replied to what may be a card of ours.
    pub(super) async fn replied(&self, me: &Id, reply: &Post) -> Result<(), Failure> {
        if self.wanted_by(me, reply).is_none() {
            return Ok(());
        }
        let Some(root) = Id::parse(&reply.root_id) else { return Ok(()) };
        match self.our_card(me, &root).await? {
            Some(card) if card.message.conversation == reply.channel_id.as_str() => {
                self.decide_by_reply(me, reply, &card, Known::Live).await
            }
            _ => Ok(()),
        }
    }

    /// What a reply wants, if a person wrote it and it was not dealt with.
    fn wanted_by(&self, me: &Id, reply: &Post) -> Option<Command> {
        let by_person = reply.is_standing() && !reply.is_by_program() && reply.user_id != *me;
        let new = self.inputs.replies && by_person && !self.dealt_with(&Deed::Reply(reply.id.clone()));
        if new { command(&reply.message) } else { None }
    }

    /// Somebody replied to this card.
    pub(super) async fn decide_by_reply(
        &self,
        me: &Id,
        reply: &Post,
        card: &OurCard,
        known: Known,
    ) -> Result<(), Failure> {
        let Some(Command { action, reason }) = self.wanted_by(me, reply) else { return Ok(()) };
        let deed = Deed::Reply(reply.id.clone());
        if known == Known::Found && self.has_our_eyes(me, &reply.id).await? {
            self.remember(deed);
            return Ok(());
        }
        let why_not = if reply.edit_at > 0 {
            Some("This was not taken as a decision, because the reply was edited; please repeat it.")
        } else if self.age(reply.create_at) > FRESH {
            Some("This was not taken as a decision, because the reply is more than ten minutes old; please repeat it.")
        } else {
            None
        };
        if let Some(text) = why_not {
            self.remember(deed.clone());
            self.say(card, &reply.user_id, text, &deed).await;
        } else {
            let decided = self.decide(card, action, reason, &reply.user_id, Evidence::Reply).await;
            self.remember(deed.clone());
            self.report(card, &reply.user_id, decided, known, &deed).await;
        }
        if let Err(failure) = self.client.react(me, &reply.id, EYES).await {
            tracing::warn!(post = %reply.id, %failure, "cannot mark a reply that was dealt with");
        }
        Ok(())
    }

    async fn has_our_eyes(&self, me: &Id, post: &Id) -> Result<bool, Failure> {
        Ok(match self.client.reactions(post).await? {
            Lookup::Found(all) => all.iter().any(|reaction| reaction.user_id == *me && reaction.emoji_name == EYES),
            Lookup::Absent | Lookup::Denied => false,
        })
    }

    async fn decide(
        &self,
        card: &OurCard,
        action: Action,
        reason: Option<String>,
        who: &Id,
        evidence: Evidence,
    ) -> Answer {
        let decision = Decision {
            request: card.request.clone(),
            action,
            reason,
            message: card.message.clone(),
            who: ChatUserId(who.to_string()),
            evidence,
            patience: PATIENCE,
        };
        self.sink.decide(decision).await
    }

    /// Tells somebody what became of what they did, unless that would be no news.
    async fn report(&self, card: &OurCard, who: &Id, answer: Answer, known: Known, deed: &Deed) {
        if known == Known::Found && answer.outcome == Outcome::Known {
            return;
        }
        let text = match answer.outcome {
            Outcome::ReasonWanted => format!("{} {}", answer.text, self.where_to_say_why()),
            _ => answer.text,
        };
        self.say(card, who, &text, deed).await;
    }

    fn where_to_say_why(&self) -> &'static str {
        match (self.inputs.replies, self.inputs.buttons.is_some()) {
            (true, _) => "Reply to the message with approve or deny, and why.",
            (false, true) => "Use a button of the message, which asks for it.",
            (false, false) => "A reaction has no room for it.",
        }
    }

    async fn say(&self, card: &OurCard, who: &Id, text: &str, deed: &Deed) {
        if let Err(problem) = self.tell(who, &card.request, text, Some(&deed.name())).await {
            let request = &card.request;
            tracing::warn!(user = %who, %request, %problem, "cannot tell somebody what became of their decision");
        }
    }

    /// How long ago it was, by the server's clock and ours.
    fn age(&self, at: i64) -> Duration {
        self.clock.now().since(Timestamp::from_millis(at))
    }

    fn dealt_with(&self, deed: &Deed) -> bool {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).contains(deed)
    }

    fn remember(&self, deed: Deed) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).remember(deed);
    }
}
