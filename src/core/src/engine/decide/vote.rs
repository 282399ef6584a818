//! A decision as a vote: written into the ledger, beside whoever else writes there.

use super::eligible;
use super::hearing::{Found, Hearing, answer_recorded};
use super::people::trouble;
use super::refusal::Refusal;
use crate::backend::decision::{Action, Answer};
use crate::engine::job::Recorded;
use crate::ledger::{self, Ledger, Stored};
use crate::request::AccessRequest;
use crate::review::{Election, Mode, Tally, Vote, tally};
use crate::teleport::{Record, TeleportErrorKind};

/// How often the write may be lost to somebody else before the person is asked to try again.
const MOST_CONFLICTS: usize = 8;

impl Hearing<'_> {
    /// Casts the person's vote. It counts as soon as it stands in the ledger.
    pub(super) async fn vote(&mut self, found: Found) -> Result<Answer, Refusal> {
        let Found { request, record, ledger, account, person } = found;
        let (desk, review) = (self.desk(), self.review());
        let rules = review.policy.rules_for(&request.roles).ok_or(Refusal::NoRule)?;
        let approves = eligible::approves(desk, &rules, &person.user, &account.id).await.map_err(Refusal::Trouble)?;
        if approves.is_empty() {
            return Err(Refusal::NoApprover);
        }
        let cluster = desk.cluster.borrow().clone();
        let election = Election { cluster: &cluster.name, chat: &desk.name, request: &request };
        let (action, reason) = (self.decision.action, self.decision.reason.clone().unwrap_or_default());
        let now = desk.clock.now();
        let vote = Vote::cast(&election, &person.user.name, &account, (action, &reason), approves, now, &review.keys);
        let count = |ledger: &Ledger| tally(&election, &ledger.votes, &rules, &review.keys);
        let (mut record, mut ledger) = (record, ledger);
        for _ in 0..MOST_CONFLICTS {
            let before = count(&ledger);
            let theirs = before.counted.iter().find(|place| ledger.votes[**place].user == person.user.name);
            if let Some(place) = theirs {
                let earlier = &mut ledger.votes[*place];
                if earlier.action != action {
                    return Err(Refusal::Changed(earlier.action));
                }
                if vote.rules.iter().all(|rule| earlier.rules.contains(rule)) {
                    return Err(Refusal::Again);
                }
                // They are an approver of more than they were: the new vote stands for the earlier one too.
                earlier.void = true;
            }
            if before.verdict.is_some() {
                return Err(Refusal::Decided);
            }
            ledger.add_vote(vote.clone());
            ledger.revision = ledger.revision.wrapping_add(1);
            match self.write(&record, &ledger, &request).await? {
                Written::Yes => return Ok(recorded(&count(&ledger), action, review.mode)),
                Written::Unclear(why) => return Ok(self.unclear(&why)),
                Written::Conflict => {}
            }
            self.sent = None;
            (record, ledger) = self.again(&request, &ledger).await?;
        }
        Err(Refusal::Contested)
    }

    async fn write(&mut self, old: &Record, ledger: &Ledger, request: &AccessRequest) -> Result<Written, Refusal> {
        let desk = self.desk();
        let messages = desk.backend.capabilities().go_messages;
        let (change, record) =
            ledger::change(old, ledger, messages).map_err(|error| Refusal::Trouble(error.to_string()))?;
        self.sent = Some(request.clone());
        match desk.teleport.change_record(&desk.routing.plugin_name, &request.id, &change).await {
            Ok(()) => {
                desk.voted(request.clone(), Recorded::As(record));
                Ok(Written::Yes)
            }
            Err(error) if error.kind == TeleportErrorKind::Conflict => Ok(Written::Conflict),
            Err(error) if error.kind == TeleportErrorKind::Unavailable => Ok(Written::Unclear(error.to_string())),
            Err(error) => Err(trouble(error)),
        }
    }

    /// The record, and the request, as somebody else has left them.
    async fn again(&self, before: &AccessRequest, ledger: &Ledger) -> Result<(Record, Ledger), Refusal> {
        let desk = self.desk();
        let request = self.living(ledger).await?;
        let asked = |request: &AccessRequest| {
            (request.user.clone(), request.roles.clone(), request.resources.clone(), request.created)
        };
        if asked(&request) != asked(before) {
            return Err(Refusal::Contested);
        }
        let record = desk.teleport.record(&desk.routing.plugin_name, &request.id).await.map_err(trouble)?;
        match ledger::read(&record) {
            Stored::Ours(ledger, _) => Ok((record, *ledger)),
            _ => Err(Refusal::NotOurMessage),
        }
    }
}

/// What became of a write.
enum Written {
    Yes,
    /// Somebody else wrote first.
    Conflict,
    /// Nobody knows; this says why.
    Unclear(String),
}

fn recorded(tally: &Tally, action: Action, mode: Mode) -> Answer {
    let then = match &tally.verdict {
        // That may still not be enough for Teleport.
        Some(verdict) if mode == Mode::AsBot => {
            let does = match verdict.action {
                Action::Approve => "approves",
                Action::Deny => "denies",
            };
            format!("enough people agree, so the bot {does} it in Teleport")
        }
        Some(verdict) if verdict.action == Action::Approve => "the request is being approved".to_owned(),
        Some(_) => "the request is being denied".to_owned(),
        None => match tally.progress.needed {
            Some(needed) if action == Action::Approve => {
                format!("it is {} of {needed} approvals", tally.progress.approvals)
            }
            _ => "more people must agree before the request is decided".to_owned(),
        },
    };
    answer_recorded(action, &then)
}
