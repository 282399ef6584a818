//! One decision, heard: is it on a message of ours, who is that, may they, and what does it become.

use tracing::{Instrument as _, warn};

use super::people::{Person, trouble};
use super::refusal::Refusal;
use super::{Decisions, crowd, trail};
use crate::backend::decision::{Action, Answer, ChatUser, Decision, Outcome};
use crate::backend::{CardState, ChatErrorKind, Marker};
use crate::engine::desk::DeskState;
use crate::engine::job::Recorded;
use crate::ledger::{self, Ledger, Status, Stored};
use crate::plan::{self, Sighting};
use crate::request::{AccessRequest, RequestState};
use crate::review::audit::Entry;
use crate::review::{Mode, Review};
use crate::teleport::{NewReview, Record, TeleportErrorKind};

/// The most announcements of one ledger that a message is compared with, each by a call to the chat server. Of a made-up
/// ledger there can be thousands.
const MOST_CANDIDATES: usize = 32;

/// One decision, while it is heard.
pub(super) struct Hearing<'a> {
    pub(super) sink: &'a Decisions,
    pub(super) decision: &'a Decision,
    pub(super) entry: Entry,
    /// The request of which something was sent that may count even if its answer is never seen.
    pub(super) sent: Option<AccessRequest>,
    /// Whether its line was written.
    closed: bool,
    /// Whether it was refused for something that anybody can cause.
    anybodys: bool,
}

/// What a hearing found before the decision becomes anything.
pub(super) struct Found {
    pub(super) request: AccessRequest,
    pub(super) record: Record,
    pub(super) ledger: Ledger,
    pub(super) account: ChatUser,
    pub(super) person: Person,
}

impl<'a> Hearing<'a> {
    pub(super) fn new(sink: &'a Decisions, decision: &'a Decision) -> Self {
        Self {
            sink,
            decision,
            entry: trail::of_decision(&sink.desk, &sink.review, decision),
            sent: None,
            closed: false,
            anybodys: false,
        }
    }

    pub(super) fn desk(&self) -> &'a DeskState {
        &self.sink.desk
    }

    pub(super) fn review(&self) -> &'a Review {
        &self.sink.review
    }

    /// Hears the decision, to its end. It was taken by the button of the message with this marker, if by a button.
    pub(super) async fn hear(&mut self, button: Option<&Marker>) -> Answer {
        let span = tracing::info_span!("decision", backend = %self.desk().name, id = %self.decision.request);
        let heard = async {
            let found = self.find(button).await?;
            match self.review().mode {
                Mode::OnBehalf => self.submit(found).await,
                Mode::AsBot | Mode::SetState => self.vote(found).await,
                // Nobody is heard in this mode.
                Mode::Link => Err(Refusal::NoRule),
            }
        };
        match heard.instrument(span).await {
            Ok(answer) => answer,
            Err(refusal) => self.refuse(&refusal),
        }
    }

    /// Notes why it does not count.
    pub(super) fn refuse(&mut self, refusal: &Refusal) -> Answer {
        self.entry.detail = Some(refusal.detail());
        self.anybodys = refusal.is_anybodys();
        refusal.answer()
    }

    /// There was no time to hear it to its end. Whatever was not sent by now never will be.
    pub(super) fn cut_short(&mut self) -> Answer {
        if self.sent.is_some() {
            return self.unclear("Teleport did not answer in time");
        }
        self.refuse(&Refusal::Trouble("there was no answer in time".to_owned()))
    }

    /// What was sent has no answer. If it was a vote, the request's worker looks whether it stands: nothing else tells.
    pub(super) fn unclear(&mut self, why: &str) -> Answer {
        if let Some(request) = self.sent.take().filter(|_| self.review().mode.votes()) {
            self.desk().voted(request, Recorded::Unread);
        }
        self.entry.detail = Some(why.to_owned());
        Answer::new(
            Outcome::Unclear,
            "Teleport did not answer in time, so it is not certain yet whether this counts; the message will show it.",
        )
    }

    /// Writes the audit line.
    pub(super) fn close(&mut self, answer: &Answer) {
        self.closed = true;
        self.entry.result = answer.outcome.word();
        if self.anybodys {
            crowd::note(self.desk(), self.review(), &self.entry);
        } else {
            self.review().audit.note(&self.entry);
        }
    }

    /// Finds out all that the decision rests on. Everything is asked anew: nothing is believed from before.
    async fn find(&mut self, button: Option<&Marker>) -> Result<Found, Refusal> {
        let (desk, decision) = (self.desk(), self.decision);
        let record = desk.teleport.record(&desk.routing.plugin_name, &decision.request).await.map_err(trouble)?;
        let Stored::Ours(ledger, _) = ledger::read(&record) else { return Err(Refusal::NotOurMessage) };
        if !self.is_ours(&ledger, button).await? {
            return Err(Refusal::NotOurMessage);
        }
        let request = self.living(&ledger).await?;
        if plan::is_another(ledger.facts.created, &request) {
            // The message is about an earlier one of that name, until the worker has changed it.
            self.tell(&request);
            return Err(Refusal::NotOurMessage);
        }
        if request.long_term {
            return Err(Refusal::LongTerm);
        }
        let asks = self.review().asks(&request.roles).ok_or(Refusal::NoRule)?;
        let account = desk.identified(&decision.who).await?;
        self.entry.chat_user_name = Some(account.name.clone());
        let person = desk.person(&account).await?;
        self.entry.teleport_user = Some(person.user.name.clone());
        self.entry.mapped_by = Some(person.how.word());
        if person.user.name == request.user {
            return Err(Refusal::Own);
        }
        for asked in asks {
            asked.check(decision.reason.as_deref()).map_err(Refusal::Reason)?;
        }
        Ok(Found { request, record, ledger: *ledger, account, person })
    }

    /// Whether the message is one of ours about this request, as the chat server has it now. The ledger says which marker
    /// it must carry; of a message that is not recorded yet, only the marker is known.
    async fn is_ours(&self, ledger: &Ledger, button: Option<&Marker>) -> Result<bool, Refusal> {
        let (desk, decision) = (self.desk(), self.decision);
        let candidates = ledger.announcements().map(|(_, item)| item).filter(|item| match (&item.status, button) {
            (Status::Standing(_) | Status::Intended, Some(marker)) => item.marker == *marker,
            (Status::Standing(message), None) => *message == decision.message,
            (Status::Intended, None) => true,
            _ => false,
        });
        for item in candidates.take(MOST_CANDIDATES) {
            match desk.backend.verify(&decision.message, &decision.request, &item.marker).await {
                Ok(true) => return Ok(true),
                Ok(false) => {}
                Err(error) if error.kind == ChatErrorKind::MessageGone => return Ok(false),
                Err(error) => return Err(Refusal::Trouble(error.to_string())),
            }
        }
        Ok(false)
    }

    /// The request as it is now, if it can still be decided.
    pub(super) async fn living(&self, ledger: &Ledger) -> Result<AccessRequest, Refusal> {
        let request = self.desk().teleport.request(&self.decision.request).await.map_err(trouble)?;
        let request = request.ok_or(Refusal::Vanished)?;
        if request.state.is_resolved() {
            self.tell(&request);
            return Err(self.over(&request, ledger));
        }
        Ok(request)
    }

    /// A request that was decided, and by whom, if reviews or votes tell.
    fn over(&self, request: &AccessRequest, ledger: &Ledger) -> Refusal {
        let Refusal::Over(state, mut who) = over(request) else { return Refusal::Vanished };
        if let Some(verdict) = self.desk().tally(request, &ledger.votes).and_then(|tally| tally.verdict)
            && who.is_empty()
            && proposed(verdict.action) == request.state
        {
            who = verdict.votes.iter().map(|place| ledger.votes[*place].user.clone()).collect();
        }
        Refusal::Over(state, who)
    }

    /// Lets the request's worker see it as it is.
    pub(super) fn tell(&self, request: &AccessRequest) {
        self.desk().saw(&request.id, Sighting::Living(Box::new(request.clone())));
    }

    /// Submits the person's own review, which Teleport judges.
    async fn submit(&mut self, found: Found) -> Result<Answer, Refusal> {
        let (desk, action) = (self.desk(), self.decision.action);
        let reason = self.decision.reason.clone().unwrap_or_default();
        let author = found.person.user.name;
        let review = NewReview { author: Some(author.clone()), action, reason };
        self.sent = Some(found.request.clone());
        let submitted = desk.teleport.submit_review(&found.request.id, &review).await;
        let error = match submitted {
            Ok(request) => {
                self.tell(&request);
                return Ok(recorded(&request, action));
            }
            Err(error) => error,
        };
        let after = desk.teleport.request(&found.request.id).await;
        let after = after.ok().flatten();
        if let Some(request) = &after {
            self.tell(request);
        }
        let theirs = after.as_ref().and_then(|r| r.reviews.iter().find(|review| review.author == author));
        match (error.kind, theirs) {
            (TeleportErrorKind::AlreadyReviewed, Some(review)) if review.proposed != proposed(action) => {
                Err(Refusal::Changed(other(action)))
            }
            (TeleportErrorKind::AlreadyReviewed, _) => Err(Refusal::Again),
            (TeleportErrorKind::AlreadyResolved, _) => Err(after.as_ref().map_or(Refusal::Vanished, over)),
            (TeleportErrorKind::NotFound, _) => Err(Refusal::Vanished),
            // What an operator can mend is not the person's to hear of.
            (TeleportErrorKind::PermissionDenied, _) => Err(match &error.hint {
                None => Refusal::Teleport(error.message),
                Some(hint) => {
                    warn!(%error, hint, "Teleport does not let the bot submit reviews on behalf of this user");
                    trouble(error)
                }
            }),
            (TeleportErrorKind::Unavailable, Some(review)) if review.proposed == proposed(action) => {
                Ok(after.as_ref().map_or_else(|| self.unclear(&error.message), |request| recorded(request, action)))
            }
            (TeleportErrorKind::Unavailable, _) => Ok(self.unclear(&error.to_string())),
            _ => Err(trouble(error)),
        }
    }
}

/// Whoever asked may go away in the middle, or the process end: then this was all.
impl Drop for Hearing<'_> {
    fn drop(&mut self) {
        if !self.closed {
            let answer = self.cut_short();
            self.entry.detail = Some("nobody waited for the answer to its end".to_owned());
            self.close(&answer);
        }
    }
}

/// The state that a request has once this was carried out.
pub(in crate::engine) fn proposed(action: Action) -> RequestState {
    match action {
        Action::Approve => RequestState::Approved,
        Action::Deny => RequestState::Denied,
    }
}

fn other(action: Action) -> Action {
    match action {
        Action::Approve => Action::Deny,
        Action::Deny => Action::Approve,
    }
}

fn recorded(request: &AccessRequest, action: Action) -> Answer {
    let then = match request.state {
        RequestState::Pending => "more people must agree before the request is decided",
        RequestState::Approved => "the request is approved",
        RequestState::Denied => "the request is denied",
        RequestState::Promoted => "the request was promoted to an access list",
    };
    answer_recorded(action, then)
}

/// What to tell whoever decided, with what follows from it.
pub(super) fn answer_recorded(action: Action, then: &str) -> Answer {
    let what = match action {
        Action::Approve => "Your approval",
        Action::Deny => "Your denial",
    };
    Answer::new(Outcome::Recorded, format!("{what} was recorded; {then}."))
}

/// A request that was decided, and by whom, if reviews tell.
fn over(request: &AccessRequest) -> Refusal {
    let by = request.reviews.iter().filter(|review| review.proposed == request.state);
    Refusal::Over(CardState::from(request.state), by.map(|review| review.author.clone()).collect())
}
