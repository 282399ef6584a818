//! How a desk takes in a listing of everything: the records, then the requests, one by one as they come. What is as it was
//! needs nothing; of what is finished no more is kept than a few numbers; and only the rest goes to the workers.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::sync::Arc;

use super::board::Compared;
use super::desk::{DeskState, digest};
use super::job::{Quiet, Recorded};
use super::planted::Bug;
use super::reconcile::deadline;
use super::status::{GivenUp, Leftover, all_given_up};
use crate::backend::CardState;
use crate::ledger::{self, Facts, GoKeys, Ledger, Stored};
use crate::plan::{self, Policy, Sighting};
use crate::request::{AccessRequest, RequestId};
use crate::teleport::Record;

/// A listing under way. First come all [records](Self::record), then all [requests](Self::request); if it breaks off, what
/// was taken in by then stays, and nothing is taken for gone.
pub(super) struct Intake {
    desk: Arc<DeskState>,
    /// Events that came later than this know better.
    began: u64,
    /// The records that the board did not know, until their requests come.
    records: HashMap<RequestId, Kept>,
}

/// What is kept of a record.
enum Kept {
    /// All, because there is work left.
    Whole(Record),
    /// Nothing is left to do if all is as it seems.
    Gist(Box<Gist>),
}

/// A record of which little is left to be known.
struct Gist {
    /// Name of its content.
    record: u64,
    /// Name of the facts about the request that it shows, if there is nothing to do as long as they are true.
    settled: Option<u64>,
    /// Whether there is nothing to do once the request is gone.
    over: bool,
    given_up: Vec<GivenUp>,
}

impl Intake {
    /// Begins one. Another must not be under way.
    pub(super) fn begin(desk: &Arc<DeskState>) -> Self {
        Self { desk: Arc::clone(desk), began: desk.board().begin_listing(), records: HashMap::new() }
    }

    /// Under which name the records are listed.
    pub(super) fn plugin_name(&self) -> String {
        self.desk.routing.plugin_name.clone()
    }

    /// Takes in a record.
    pub(super) fn record(&mut self, id: RequestId, record: Record) {
        let name = ledger::fingerprint(&record);
        let compared = self.desk.board().record_listed(&id, name);
        let kept = match compared {
            Compared::Same => return,
            Compared::Other => Kept::Whole(record),
            Compared::New => self.judge(&id, name, record),
        };
        self.records.insert(id, kept);
    }

    /// What must be kept of the record of a request that nobody has worked on yet.
    fn judge(&self, id: &RequestId, name: u64, record: Record) -> Kept {
        let stored = ledger::read(&record);
        let over = is_over(&stored);
        let (settled, given_up) = match &stored {
            Stored::Ours(ledger, go) if self.is_settled(ledger, go) => {
                (Some(facts_name(&ledger.facts)), all_given_up(id, ledger))
            }
            _ => (None, Vec::new()),
        };
        if over || settled.is_some() {
            Kept::Gist(Box::new(Gist { record: name, settled, over, given_up }))
        } else {
            Kept::Whole(record)
        }
    }

    fn is_settled(&self, ledger: &Ledger, go: &GoKeys) -> bool {
        plan::is_settled(ledger, go, self.desk.routing.requester(&ledger.facts.user))
    }

    /// What messages say about a request for which nobody has voted in the chat.
    fn facts(&self, request: &AccessRequest) -> Facts {
        let (choices, tally) = (self.desk.is_decidable(request), self.desk.tally(request, &[]));
        plan::facts(request, &Policy { choices, tally, ..Policy::default() })
    }

    /// Takes in a request.
    pub(super) fn request(&mut self, request: &AccessRequest) {
        let id = &request.id;
        let mut board = self.desk.board();
        let (quiet, before) = board.request_listed(id);
        if before.listed {
            return;
        }
        let now = Quiet { request: Some(digest(request)), record: 0, pending: !request.state.is_resolved() };
        let record = match self.records.remove(id) {
            Some(Kept::Whole(record)) => Recorded::As(record),
            Some(Kept::Gist(gist)) if gist.settled == Some(facts_name(&self.facts(request))) => {
                let left = self.leftover(now.pending, gist.given_up);
                let again = now.pending.then(|| deadline(&self.desk, request.expires)).flatten();
                board.settle(id, Quiet { record: gist.record, ..now }, left, again);
                return;
            }
            Some(Kept::Gist(_)) => Recorded::Unread,
            None if before.recorded => {
                if quiet.is_some_and(|was| was == Quiet { record: was.record, ..now }) {
                    return;
                }
                Recorded::Unread
            }
            None => {
                let nobodys = !now.pending && board.listed_as_ended(id);
                if nobodys || quiet == Some(Quiet { record: ledger::fingerprint(&Record::new()), ..now }) {
                    return;
                }
                Recorded::As(Record::new())
            }
        };
        board.listed(id, self.began, Some(Sighting::Living(Box::new(request.clone()))), record);
    }

    fn leftover(&self, pending: bool, given_up: Vec<GivenUp>) -> Leftover {
        if pending {
            return Leftover { given_up, ..Leftover::default() };
        }
        for given_up in given_up {
            self.desk.options.monitor.gave_up(&self.desk.name, given_up);
        }
        Leftover::default()
    }

    /// All has come: whatever was not among it is looked for.
    pub(super) fn finish(self) {
        let looked_for = !self.desk.has(Bug::VanishedNotLookedFor);
        // In order, so that a simulation repeats itself.
        let mut records: Vec<_> = self.records.into_iter().filter(|_| looked_for).collect();
        records.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        let mut board = self.desk.board();
        for (id, kept) in records {
            match kept {
                Kept::Whole(record) if !is_over(&ledger::read(&record)) => {
                    board.listed(&id, self.began, None, Recorded::As(record));
                }
                Kept::Gist(gist) if !gist.over => board.listed(&id, self.began, None, Recorded::Unread),
                _ => {}
            }
        }
        for (id, recorded) in board.quiet_and_unlisted() {
            if looked_for || !recorded {
                let record = if recorded { Recorded::Unread } else { Recorded::As(Record::new()) };
                board.listed(&id, self.began, None, record);
            }
        }
        board.forget_unlisted();
        drop(board);
        self.desk.board_changed();
    }
}

/// A short name of what is known of a request. Only compared within one process.
fn facts_name(facts: &Facts) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(facts)
}

/// Whether the record is of a request that ended and was brought to its end in the chat, by us or by a Go plugin.
fn is_over(stored: &Stored) -> bool {
    match stored {
        Stored::Ours(ledger, _) => ledger.is_over(),
        Stored::GoPlugin(go) => go.state() != CardState::Pending || go.messages.is_empty(),
        Stored::Newer(_) | Stored::Nothing => true,
        Stored::Garbage(go) => go.messages.is_empty(),
    }
}
