//! One request in the hands of a worker: what was seen, what is recorded, what is remembered.

use std::collections::HashMap;

use tokio::time::Instant;
use tracing::{error, info, warn};

use super::desk::DeskState;
use super::planted::Bug;
use super::{fates, quorum};
use crate::backend::{CardState, Conversation, Marker, MessageRef};
use crate::ledger::{self, Happened, Ledger, Noted, Stored};
use crate::plan::{self, Attempts, Policy, Sighting};
use crate::request::RequestId;
use crate::teleport::{Record, TeleportError, TeleportErrorKind};

/// A Go plugin that claimed a request and has not posted after this long is dead.
const GO_CLAIM: std::time::Duration = std::time::Duration::from_secs(60);

/// What the next attempt at an unfinished request must know. In memory only; a process that lost it takes the worst.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// Attempts at single items.
    pub(super) attempts: Attempts,
    /// What happened in the chat and is not in the record yet.
    pub(super) unsaved: Vec<(Marker, Happened)>,
    /// Messages that are too many and must go.
    pub(super) doomed: Vec<MessageRef>,
    /// How often in a row one of them could not be removed, and what went wrong last.
    pub(super) unremoved: Option<(u32, String)>,
    /// Where items go, as this process found out itself.
    pub(super) located: HashMap<Marker, Conversation>,
    /// Since when the record has looked like this while somebody else was at work on it.
    pub(super) foreign: Option<(u64, Instant)>,
    /// Since when a Go plugin's claim has stood there without a message.
    pub(super) go_claim: Option<Instant>,
    /// When our lease was last sent to be written.
    pub(super) lease_at: Option<Instant>,
    /// What went wrong with the last attempt at single items.
    pub(super) errors: HashMap<Marker, String>,
    /// Failures of Teleport calls in a row.
    pub(super) failures: u32,
    /// What is remembered of carrying out what was voted for.
    pub(super) quorum: quorum::Attempt,
}

/// What came of opening or writing.
#[derive(Debug)]
pub(super) enum Progress {
    /// Go on.
    On,
    /// Somebody else changed the record: it was read again, start over.
    Again,
    /// Nothing is to be done.
    Nothing,
    /// Nothing can be done before this moment.
    Later(Instant),
}

/// One request in the hands of a worker.
pub(super) struct Case<'a> {
    pub(super) desk: &'a DeskState,
    pub(super) id: &'a RequestId,
    pub(super) sighting: Sighting,
    pub(super) record: Record,
    /// Since when the record is known to look like this.
    pub(super) record_since: Instant,
    /// The ledger as the record has it, or as it was adopted.
    pub(super) ledger: Option<Ledger>,
    /// The ledger as the record has it.
    pub(super) stored: Option<Ledger>,
    pub(super) may_stand: bool,
    pub(super) memory: Memory,
    /// Whether this process has worked on the request before.
    pub(super) known: bool,
}

impl<'a> Case<'a> {
    /// A request whose record is not known yet.
    pub(super) fn new(desk: &'a DeskState, id: &'a RequestId, sighting: Sighting, memory: Memory, known: bool) -> Self {
        let (record, record_since) = (Record::new(), Instant::now());
        Self { desk, id, sighting, record, record_since, ledger: None, stored: None, may_stand: false, memory, known }
    }

    /// The record is known to look like this since that moment.
    pub(super) fn take(&mut self, record: Record, since: Instant) {
        self.record = record;
        self.record_since = since;
    }

    /// Whether the request could still be decided when it was seen.
    pub(super) fn is_pending(&self) -> bool {
        self.sighting.request().is_some_and(|request| !request.state.is_resolved())
    }

    /// Makes sense of the record.
    pub(super) async fn interpret(&mut self) -> Result<Progress, TeleportError> {
        let now = self.desk.clock.now();
        let random = self.desk.random.clone();
        let mut marker = || random.marker();
        self.stored = None;
        self.ledger = None;
        self.may_stand = false;
        match ledger::read(&self.record) {
            Stored::Nothing => {}
            Stored::Newer(version) => {
                info!(version, "left alone: a newer accessbot keeps this request's ledger");
                return Ok(Progress::Nothing);
            }
            Stored::Ours(ledger, go) => {
                self.stored = Some((*ledger).clone());
                fates::taken_back(self);
                let mut ledger = *ledger;
                if plan::absorb_go(&mut ledger, &go, now, &mut marker) {
                    self.report_go();
                }
                self.note_unsaved(&mut ledger);
                self.ledger = Some(ledger);
            }
            Stored::GoPlugin(go) => return Ok(self.interpret_go(&go)),
            Stored::Garbage(go) => {
                warn!(
                    "the record of this request was overwritten by something that no accessbot wrote; it is replaced\n  \
                     hint: find out which identity may write plugin data (access_plugin_data: update)"
                );
                if !go.messages.is_empty() {
                    return Ok(self.interpret_go(&go));
                }
                self.may_stand = true;
            }
        }
        if let Some(ledger) = &self.ledger
            && plan::lowers(ledger, &self.sighting)
            && !self.desk.has(Bug::StaleListBelieved)
        {
            self.look().await?;
        }
        Ok(Progress::On)
    }

    fn interpret_go(&mut self, go: &ledger::GoKeys) -> Progress {
        let now = self.desk.clock.now();
        let Sighting::Living(request) = &self.sighting else {
            // The Go plugin has shown some end already, or its messages are brought to their end now.
            if go.state() != CardState::Pending || go.messages.is_empty() {
                return Progress::Nothing;
            }
            self.adopt(go, facts_of(go), now);
            return Progress::On;
        };
        let facts = ledger::Facts::of(request);
        if go.messages.is_empty() {
            if facts.state != CardState::Pending {
                return Progress::Nothing;
            }
            let since = *self.memory.go_claim.get_or_insert_with(Instant::now);
            let until = since + GO_CLAIM;
            if Instant::now() < until {
                return Progress::Later(until);
            }
            info!("taken over: whoever claimed this request has not announced it");
            self.may_stand = true;
            return Progress::On;
        }
        if go.state() == facts.state && facts.state != CardState::Pending {
            return Progress::Nothing;
        }
        self.adopt(go, facts, now);
        Progress::On
    }

    fn adopt(&mut self, go: &ledger::GoKeys, facts: ledger::Facts, now: crate::clock::Timestamp) {
        let random = self.desk.random.clone();
        info!(messages = go.messages.len(), "adopted from the Go plugin");
        let mut ledger = plan::adopt(go, facts, now, &mut || random.marker());
        self.note_unsaved(&mut ledger);
        self.ledger = Some(ledger);
    }

    fn report_go(&self) {
        if self.known {
            warn!(
                "another bot changes the record of this request under the same name\n  hint: stop the Go plugin, or give \
                 this bot another plugin_name"
            );
        } else {
            info!("taken back from the Go plugin");
        }
    }

    /// Brings what happened in the chat, and is not in the record yet, into a ledger that was read anew.
    fn note_unsaved(&mut self, ledger: &mut Ledger) {
        let contested = ledger.lease.as_ref().is_some_and(|owner| *owner != self.desk.instance);
        for (marker, happened) in &self.memory.unsaved {
            if let Noted::Superseded(message) = ledger.note(marker, happened) {
                if !self.memory.doomed.contains(&message) {
                    self.memory.doomed.push(message);
                }
            } else if contested && matches!(happened, Happened::Stands { .. }) {
                // Whoever took over from us may have posted it too, and may die before seeing that we did.
                ledger.note(marker, &Happened::Unclear);
            }
        }
    }

    /// Sees the request itself, not a copy in some cache.
    pub(super) async fn look(&mut self) -> Result<(), TeleportError> {
        self.sighting = match self.desk.teleport.request(self.id).await? {
            Some(request) => Sighting::Living(Box::new(request)),
            None => Sighting::Gone,
        };
        Ok(())
    }

    /// Reads the record itself.
    pub(super) async fn read(&mut self) -> Result<(), TeleportError> {
        let record = self.desk.teleport.record(&self.desk.routing.plugin_name, self.id).await?;
        self.take(record, Instant::now());
        Ok(())
    }

    /// Who is told about the request as it was seen.
    pub(super) fn policy(&self) -> Policy {
        let routing = &self.desk.routing;
        let request = self.sighting.request();
        let user = request.map(|r| r.user.as_str()).or(self.ledger.as_ref().map(|l| l.facts.user.as_str()));
        let too_old = match (self.desk.options.announce_at_most_old, request.and_then(|r| r.created)) {
            (Some(most), Some(created)) => self.desk.clock.now().since(created) > most,
            _ => false,
        };
        // Before anybody votes, it is for the rules to say how many must.
        let votes = self.ledger.as_ref().map_or(&[][..], |ledger| &ledger.votes);
        Policy {
            recipients: request.map(|r| routing.recipients(r)).unwrap_or_default(),
            requester: user.and_then(|user| routing.requester(user)),
            too_old,
            may_stand: self.may_stand,
            choices: request.is_some_and(|request| self.desk.is_decidable(request)),
            tally: request.and_then(|request| self.desk.tally(request, votes)),
        }
    }

    /// Writes `ledger` into the record, if that is what it was read as.
    pub(super) async fn write(&mut self, mut ledger: Ledger) -> Result<Progress, TeleportError> {
        ledger.revision = self.stored.as_ref().map_or(0, |l| l.revision).wrapping_add(1);
        let messages = self.desk.backend.capabilities().go_messages;
        let Ok((mut change, record)) = ledger::change(&self.record, &ledger, messages) else {
            error!("the ledger cannot be written as text");
            return Ok(Progress::Nothing);
        };
        if self.desk.has(Bug::WriteExpectsNothingOfOurs) {
            change.expect.remove(ledger::OUR_KEY);
        }
        // Others see the lease from some moment after this on.
        let began = Instant::now();
        match self.desk.teleport.change_record(&self.desk.routing.plugin_name, self.id, &change).await {
            Ok(()) => {
                self.memory.lease_at = ledger.lease.is_some().then_some(began);
                self.memory.unsaved.clear();
                self.take(record, Instant::now());
                self.stored = Some(ledger.clone());
                self.ledger = Some(ledger);
                fates::taken_back(self);
                Ok(Progress::On)
            }
            Err(error) if error.kind == TeleportErrorKind::Conflict => {
                self.read().await?;
                Ok(Progress::Again)
            }
            Err(error) if error.kind == TeleportErrorKind::NotFound => {
                // Neither a record nor the request: it ended before anything was said.
                if self.stored.is_none() {
                    let since = ledger.facts.created.unwrap_or_else(|| self.desk.clock.now());
                    self.desk.options.monitor.over_untold(self.desk, self.id, None, since);
                }
                Ok(Progress::Nothing)
            }
            Err(error) => Err(error),
        }
    }
}

/// What the Go plugin's keys tell of a request that is gone.
fn facts_of(go: &ledger::GoKeys) -> ledger::Facts {
    ledger::Facts {
        user: go.user.clone(),
        roles: go.role_list(),
        reason: go.reason.clone(),
        resolve_reason: go.resolve_reason.clone(),
        state: CardState::Pending,
        resources: Vec::new(),
        created: None,
        expires: None,
        reviews: go.reviews_count,
        progress: crate::request::Progress::default(),
        choices: false,
    }
}
