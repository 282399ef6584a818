//! Carries out single steps in the chat. Nothing here decides; every outcome is noted by whoever asked.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::Instant;
use tracing::{error, info, warn};

use super::call::limited;
use super::desk::DeskState;
use super::lease;
use super::planted::Bug;
use crate::backend::{
    ChatError, ChatErrorKind, Content, Conversation, ConversationKind, Marker, MessageRef, OnUncertain, Outgoing,
    Resolution, Sought, Unreachable,
};
use crate::ledger::{Happened, Item, Ledger, Status};
use crate::plan::{Step, StepKind};
use crate::request::{RequestId, Review};
use crate::teleport::Cluster;
use crate::words;

/// How far before the intent a message is looked for: the chat server's clock is not ours.
const CLOCKS_DIFFER: Duration = Duration::from_secs(300);

/// What came of a step.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// The item's place in the ledger.
    pub(super) place: usize,
    /// What is to be noted about it.
    pub(super) happened: Vec<Happened>,
    /// Whether the message turned out to be ours.
    pub(super) verified: bool,
    /// What went wrong in passing: the step is taken again later.
    pub(super) failed: Option<ChatError>,
    /// The lease grew old, or news came, while the step waited for its turn: nothing was done.
    pub(super) renew: bool,
}

/// Carries out the steps of one round.
pub(super) struct Performer<'a> {
    pub(super) desk: &'a DeskState,
    pub(super) id: &'a RequestId,
    pub(super) ledger: &'a Ledger,
    pub(super) reviews: &'a [Review],
    pub(super) cluster: &'a Cluster,
    pub(super) lease_at: Option<Instant>,
}

impl Performer<'_> {
    /// Finds out where the messages of these steps go. What a record says about that is not believed: anybody may have
    /// written it. Returns outcomes for the items that are done with that already: unreachable ones, those that failed,
    /// and those whose conversation another item has.
    pub(super) async fn locate(&self, steps: &[Step], located: &mut HashMap<Marker, Conversation>) -> Vec<Outcome> {
        let needed = steps.iter().filter(|step| {
            let Some(item) = self.item(step.place).filter(|item| item.what.under().is_none()) else { return false };
            match step.kind {
                StepKind::Post | StepKind::FindThenPost | StepKind::FindOrSkip | StepKind::Revisit => true,
                StepKind::Settle => item.message().is_none(),
                StepKind::Skip | StepKind::Verify | StepKind::Update => false,
            }
        });
        let mut outcomes = Vec::new();
        let answers = join_all(needed.map(|step| async move { (step, self.resolve(step.place).await) })).await;
        for (step, answer) in answers {
            let Some(item) = self.item(step.place) else { continue };
            let mut outcome = Outcome { place: step.place, ..Outcome::default() };
            match answer {
                Ok(Resolution::Resolved(conversation)) => {
                    located.insert(item.marker.clone(), conversation);
                    if step.kind != StepKind::Revisit {
                        continue;
                    }
                    outcome.happened.push(Happened::Ended(Status::Intended));
                }
                Ok(Resolution::Unreachable(why)) => outcome.happened.push(Happened::Ended(unreachable(item, why))),
                Err(error) => outcome.failed = Some(error),
            }
            outcomes.push(outcome);
        }
        outcomes.extend(self.duplicates(steps, located, &outcomes));
        outcomes
    }

    /// Of several announcements that turned out to go to one conversation only the first is made.
    fn duplicates(&self, steps: &[Step], located: &HashMap<Marker, Conversation>, done: &[Outcome]) -> Vec<Outcome> {
        let mut taken: HashMap<&str, usize> = HashMap::new();
        for (place, item) in self.ledger.announcements() {
            let known = match &item.status {
                Status::Standing(message) => Some(message.conversation.as_str()),
                Status::Intended => located.get(&item.marker).map(|c| c.id.as_str()),
                _ => None,
            };
            if let Some(conversation) = known {
                // A message that stands comes before any that is only intended.
                let first = taken.entry(conversation).or_insert(place);
                if item.message().is_some() && self.item(*first).is_some_and(|i| i.message().is_none()) {
                    *first = place;
                }
            }
        }
        let is_done = |place: usize| done.iter().any(|outcome| outcome.place == place);
        steps
            .iter()
            .filter(|step| !is_done(step.place))
            .filter_map(|step| {
                let item = self.item(step.place).filter(|i| i.is_announcement() && i.status == Status::Intended)?;
                let conversation = located.get(&item.marker)?;
                (taken.get(conversation.id.as_str()) != Some(&step.place)).then(|| Outcome {
                    place: step.place,
                    happened: vec![Happened::Ended(Status::Skipped)],
                    ..Outcome::default()
                })
            })
            .collect()
    }

    async fn resolve(&self, place: usize) -> Result<Resolution, ChatError> {
        match self.item(place).and_then(|item| item.to.as_ref()) {
            Some(recipient) => limited("resolve", self.desk.directory.resolve(recipient)).await,
            None => Ok(Resolution::Unreachable(Unreachable::Unknown)),
        }
    }

    /// Takes steps one after the other, until one of them must be taken again.
    pub(super) async fn perform_in_order(
        &self,
        steps: Vec<Step>,
        located: &HashMap<Marker, Conversation>,
    ) -> Vec<Outcome> {
        let mut outcomes = Vec::with_capacity(steps.len());
        for step in steps {
            let outcome = self.perform(step, located).await;
            let again = outcome.failed.is_some() || outcome.renew;
            outcomes.push(outcome);
            if again {
                break;
            }
        }
        outcomes
    }

    /// Takes one step.
    async fn perform(&self, step: Step, located: &HashMap<Marker, Conversation>) -> Outcome {
        let mut outcome = Outcome { place: step.place, ..Outcome::default() };
        let Some(item) = self.item(step.place) else { return outcome };
        let turn = self.desk.calls.acquire().await;
        let posts = matches!(step.kind, StepKind::Post | StepKind::FindThenPost);
        if turn.is_err() || (posts && !lease::lets_begin(self.lease_at)) {
            outcome.renew = true;
            return outcome;
        }
        let result = match step.kind {
            StepKind::Skip => skipped(&mut outcome),
            StepKind::Post => self.post(item, located, &mut outcome).await,
            StepKind::FindThenPost => self.find_then(item, located, &mut outcome, true).await,
            StepKind::FindOrSkip => self.find_then(item, located, &mut outcome, false).await,
            StepKind::Verify => self.verify(item, &mut outcome).await,
            StepKind::Update => self.update(item, &mut outcome).await,
            StepKind::Settle => self.settle(item, located, &mut outcome).await,
            // Locating was all of it.
            StepKind::Revisit => Ok(()),
        };
        if let Err(error) = result {
            self.failed(item, step.kind, error, &mut outcome);
        }
        outcome
    }

    /// Where an item goes, and the message whose thread it belongs to.
    fn place_of(
        &self,
        item: &Item,
        located: &HashMap<Marker, Conversation>,
    ) -> Option<(Conversation, Option<MessageRef>)> {
        let Some(under) = item.what.under() else {
            return located.get(&item.marker).cloned().map(|conversation| (conversation, None));
        };
        let announcement = self.item(under)?;
        let root = announcement.message()?.clone();
        let kind = announcement.conversation.as_ref().map_or(ConversationKind::Channel, |c| c.kind);
        Some((Conversation { id: root.conversation.clone(), kind }, Some(root)))
    }

    async fn post(
        &self,
        item: &Item,
        located: &HashMap<Marker, Conversation>,
        outcome: &mut Outcome,
    ) -> Result<(), ChatError> {
        let content = words::content(&item.what, self.id, self.ledger, self.reviews, self.cluster);
        let (Some((conversation, root)), Some(mut content)) = (self.place_of(item, located), content) else {
            // The announcement is gone, or the review is not known any more: there is nothing to say.
            return skipped(outcome);
        };
        self.offer_choices(item, &conversation.id, &mut content);
        let is_over = item.is_announcement() && self.desk.has_news_of_end(self.id);
        if is_over || !lease::lets_post(self.lease_at) {
            outcome.renew = true;
            return Ok(());
        }
        let message = Outgoing { request: self.id, marker: &item.marker, content: &content, root: root.as_ref() };
        let message = limited("post", self.desk.backend.post(&conversation, &message)).await?;
        // Buttons are good in the conversation that they were made for. If it goes by another name, which only the answer
        // tells, the message does not show yet what it should.
        let has_buttons = matches!(&content, Content::Card(card) if card.choices.is_some());
        let is_good = message.conversation == conversation.id || !has_buttons;
        let shown = (item.is_announcement() && is_good).then(|| self.ledger.facts.digest());
        if item.is_announcement() {
            info!(to = item.to.as_ref().map(tracing::field::display), post = %message, "announced");
        }
        outcome.happened.push(Happened::Stands { message, conversation, shown });
        Ok(())
    }

    /// Puts on an announcement what can be decided there.
    fn offer_choices(&self, item: &Item, conversation: &str, content: &mut Content) {
        if let Content::Card(card) = content
            && item.is_announcement()
            && self.ledger.facts.choices
            && self.ledger.facts.state.is_open()
        {
            card.choices = self.desk.choices(self.id, &self.ledger.facts, conversation, &item.marker);
        }
    }

    async fn find(
        &self,
        item: &Item,
        conversation: &Conversation,
        root: Option<&MessageRef>,
        any_marker: bool,
    ) -> Result<Vec<MessageRef>, ChatError> {
        let sought = Sought {
            conversation,
            request: self.id,
            marker: (!any_marker).then_some(&item.marker),
            root,
            // What somebody else posted before our intent was written is no older than the request.
            since: if any_marker { self.ledger.facts.created.unwrap_or(item.since) } else { item.since }
                .minus(CLOCKS_DIFFER),
        };
        limited("find", self.desk.backend.find(&sought)).await
    }

    async fn find_then(
        &self,
        item: &Item,
        located: &HashMap<Marker, Conversation>,
        outcome: &mut Outcome,
        post: bool,
    ) -> Result<(), ChatError> {
        if post && self.desk.has(Bug::NoFind) {
            return self.post(item, located, outcome).await;
        }
        let Some((conversation, root)) = self.place_of(item, located) else { return skipped(outcome) };
        let found = match self.find(item, &conversation, root.as_ref(), item.any_marker).await {
            Err(error) if error.kind == ChatErrorKind::Unsearchable => {
                let repost = self.desk.backend.capabilities().on_uncertain == OnUncertain::Repost;
                warn!(
                    to = item.to.as_ref().map(tracing::field::display), %error, repost,
                    "nothing tells whether a message was posted before its attempt was cut short"
                );
                // No second look either: it would see no more.
                return if post && repost { self.post(item, located, outcome).await } else { skipped(outcome) };
            }
            found => found?,
        };
        // Whatever was found or not: a server that was frozen in the middle of an earlier attempt may still carry it
        // out, and there may have been more attempts than one. The second look removes what is too many.
        outcome.happened.push(Happened::Unclear);
        if let Some(message) = found.into_iter().next() {
            info!(post = %message, "found what was posted before");
            outcome.happened.push(Happened::Stands { message, conversation, shown: None });
            return Ok(());
        }
        if post { self.post(item, located, outcome).await } else { skipped(outcome) }
    }

    async fn verify(&self, item: &Item, outcome: &mut Outcome) -> Result<(), ChatError> {
        let Some(message) = item.message() else { return Ok(()) };
        if limited("verify", self.desk.backend.verify(message, self.id, &item.marker)).await? {
            outcome.verified = true;
            return Ok(());
        }
        warn!(
            post = %message,
            "the record of this request names a message that is not ours; it is not touched\n  hint: find out which \
             identity may write plugin data (access_plugin_data: update)"
        );
        outcome.happened.push(if item.to.is_some() {
            Happened::Disowned(self.desk.random.marker())
        } else {
            Happened::Foreign
        });
        Ok(())
    }

    async fn update(&self, item: &Item, outcome: &mut Outcome) -> Result<(), ChatError> {
        let Some(message) = item.message() else { return Ok(()) };
        let mut content = words::announcement(self.id, &self.ledger.facts, self.cluster);
        self.offer_choices(item, &message.conversation, &mut content);
        let outgoing = Outgoing { request: self.id, marker: &item.marker, content: &content, root: None };
        limited("update", self.desk.backend.update(message, &outgoing)).await?;
        outcome.happened.push(Happened::Shows(self.ledger.facts.digest()));
        Ok(())
    }

    /// The second look: of all that carries the marker only the message that the ledger names may stand.
    async fn settle(
        &self,
        item: &Item,
        located: &HashMap<Marker, Conversation>,
        outcome: &mut Outcome,
    ) -> Result<(), ChatError> {
        if self.desk.has(Bug::NoSecondLook) {
            outcome.happened.push(Happened::Settled(item.unsure.unwrap_or_default()));
            return Ok(());
        }
        let standing = item.message().and(item.conversation.clone()).map(|conversation| (conversation, None));
        let Some((conversation, root)) = self.place_of(item, located).or(standing) else {
            outcome.happened.push(Happened::Settled(item.unsure.unwrap_or_default()));
            return Ok(());
        };
        let found = match self.find(item, &conversation, root.as_ref(), false).await {
            // Then copies that turned up late stand until somebody removes them.
            Err(error) if error.kind == ChatErrorKind::Unsearchable => Vec::new(),
            found => found?,
        };
        let kept = match item.message() {
            Some(standing) => Some(standing),
            None => found.first(),
        };
        // If what stands is not among them, somebody deleted it: removing the rest could remove all.
        for message in found.iter().filter(|m| kept.is_some_and(|kept| found.contains(kept) && *m != kept)) {
            limited("delete", self.desk.backend.delete(message)).await?;
            info!(post = %message, "removed a copy that turned up late");
        }
        if let (None, Some(message)) = (item.message(), kept.cloned()) {
            outcome.happened.push(Happened::Stands { message, conversation, shown: None });
        }
        outcome.happened.push(Happened::Settled(item.unsure.unwrap_or_default()));
        Ok(())
    }

    /// Sorts a failure: what is final is noted, what is passing is tried again.
    fn failed(&self, item: &Item, kind: StepKind, error: ChatError, outcome: &mut Outcome) {
        let to = item.to.as_ref().map(tracing::field::display);
        match &error.kind {
            ChatErrorKind::Hopeless(why) => {
                if let Some(recipient) = &item.to {
                    self.desk.directory.forget(recipient);
                }
                warn!(to, %error, "given up: the message cannot be delivered there; others are told all the same");
                outcome.happened.push(Happened::Ended(unreachable(item, why.clone())));
            }
            ChatErrorKind::MessageGone => {
                info!(to, "somebody deleted the message about this request; it is not posted again");
                outcome.happened.push(Happened::Ended(Status::Gone));
            }
            ChatErrorKind::Rejected | ChatErrorKind::Unsearchable => {
                error!(to, %error, "given up: the chat server refuses the message as malformed, which is a bug of the bot");
                outcome.happened.push(Happened::Ended(Status::Refused));
            }
            ChatErrorKind::Transient | ChatErrorKind::RateLimited(_) | ChatErrorKind::Unauthorized => {
                let unclear = error.maybe_done && !self.desk.has(Bug::UnclearTakenForFailed);
                if unclear && item.status == Status::Intended {
                    outcome.happened.push(Happened::Unclear);
                }
                if error.maybe_done && kind == StepKind::Update {
                    outcome.happened.push(Happened::Blurred);
                }
                outcome.failed = Some(error);
            }
        }
    }

    fn item(&self, place: usize) -> Option<&Item> {
        self.ledger.items.get(place)
    }
}

/// What becomes of an item whose recipient cannot be reached. A requester without a chat account is nothing to mend.
fn unreachable(item: &Item, why: Unreachable) -> Status {
    if item.what.is_for_requester() { Status::Skipped } else { Status::Hopeless(why) }
}

/// It is not said at all.
#[expect(clippy::unnecessary_wraps, reason = "the end of a step, in place of a call's")]
fn skipped(outcome: &mut Outcome) -> Result<(), ChatError> {
    outcome.happened.push(Happened::Ended(Status::Skipped));
    Ok(())
}
