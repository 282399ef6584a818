//! The ledger: what the bot has said about one request on one backend, and what it is about to say.
//!
//! It lives in Teleport's plugin data beside the request, so there is no database, and replicas share it. Whoever wants
//! to say something writes the intent first, with the marker that the message will carry, by compare-and-set; so a crash
//! at any moment leaves either nothing or something that the next one can finish.

mod facts;
mod go_keys;
mod item;
mod record;

use serde::{Deserialize, Serialize};

pub use facts::Facts;
pub use go_keys::GoKeys;
pub use item::{Happened, Item, Status, What};
pub use record::{OUR_KEY, Stored, change, fingerprint, read};

use crate::backend::{CardState, Marker, MessageRef};
use crate::review::Vote;

/// The newest version of the ledger's form that this program reads. It writes the oldest that can say what is to be said:
/// version 1 knows no votes.
pub const VERSION: u32 = 2;

/// What the bot has said about one request on one backend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// The form's version.
    #[serde(rename = "v")]
    pub version: u32,
    /// How often it was written. Counts on from whatever stands there, and begins again at the end.
    #[serde(rename = "rev")]
    pub revision: u64,
    /// Who is at work on it. Only while something is unfinished.
    #[serde(rename = "by", default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<String>,
    /// What is known of the request.
    #[serde(rename = "f")]
    pub facts: Facts,
    /// How many reviews the Go plugin has replied to; no reply of ours is due for those.
    #[serde(rename = "go", default, skip_serializing_if = "is_zero")]
    pub told_by_go: u32,
    /// What was said and is to be said. Only ever grows: replies name their announcement by its place.
    #[serde(rename = "i")]
    pub items: Vec<Item>,
    /// What people voted in the chat. Only ever grows: replies name votes by their places. Untrusted until each seal was
    /// verified.
    #[serde(rename = "vo", default, skip_serializing_if = "Vec::is_empty")]
    pub votes: Vec<Vote>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(n: &u32) -> bool {
    *n == 0
}

/// What noting something in a ledger came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Noted {
    /// It stands in the ledger now.
    Written,
    /// Somebody else has said the same meanwhile: this message is one too many and must go.
    Superseded(MessageRef),
}

impl Ledger {
    /// A ledger that nothing was written into yet.
    pub fn new(facts: Facts) -> Self {
        Self { version: 1, revision: 0, lease: None, facts, told_by_go: 0, items: Vec::new(), votes: Vec::new() }
    }

    /// Adds a vote.
    pub fn add_vote(&mut self, vote: Vote) {
        self.version = VERSION;
        self.votes.push(vote);
    }

    /// The announcements, with their places.
    pub fn announcements(&self) -> impl Iterator<Item = (usize, &Item)> {
        self.items.iter().enumerate().filter(|(_, item)| item.is_announcement())
    }

    /// Whether an item of this kind is there already.
    pub fn has(&self, what: &What) -> bool {
        self.items.iter().any(|item| item.what == *what)
    }

    /// Whether something is still to be said or shown.
    pub fn is_unfinished(&self) -> bool {
        let shows = self.facts.digest();
        self.items.iter().any(|item| match &item.status {
            Status::Intended => true,
            Status::Standing(_) => item.is_announcement() && item.shown.as_deref() != Some(shows.as_str()),
            _ => false,
        })
    }

    /// Whether the request has ended, nothing is left to say, and no second look is due.
    pub fn is_over(&self) -> bool {
        self.facts.state != CardState::Pending
            && !self.is_unfinished()
            && !self.items.iter().any(|item| item.unsure.is_some())
    }

    /// Takes over from somebody who may still be carrying out an update: each message is looked at once more when that
    /// is over.
    pub fn doubt_messages(&mut self) {
        for item in &mut self.items {
            if item.is_announcement() && item.message().is_some() {
                item.unsure = Some(self.revision);
            }
        }
    }

    /// Notes what happened to the item with this marker.
    pub fn note(&mut self, marker: &Marker, happened: &Happened) -> Noted {
        let Some(item) = self.items.iter_mut().find(|item| item.marker == *marker) else {
            // Whoever rewrote the ledger does not know of our message, so nobody would keep it true.
            return match happened {
                Happened::Stands { message, .. } => Noted::Superseded(message.clone()),
                _ => Noted::Written,
            };
        };
        match happened {
            Happened::Stands { message, conversation, shown } => match &item.status {
                Status::Standing(other) if other != message => return Noted::Superseded(message.clone()),
                Status::Standing(_) => {}
                _ => {
                    item.status = Status::Standing(message.clone());
                    item.conversation = Some(conversation.clone());
                    item.shown.clone_from(shown);
                }
            },
            Happened::Shows(digest) => item.shown = Some(digest.clone()),
            Happened::Located(conversation) => item.conversation = Some(conversation.clone()),
            Happened::Unclear => {
                item.unsure.get_or_insert(self.revision);
            }
            // It may still come, after the one that is made next: so that is looked at once more when it has.
            Happened::Blurred => {
                item.shown = None;
                item.unsure.get_or_insert(self.revision);
            }
            Happened::Looked => item.shown = None,
            Happened::Settled(doubt) => {
                // Whoever has taken over since doubts anew, and looks later.
                if item.unsure == Some(*doubt) {
                    item.unsure = None;
                }
                // An update of somebody who was frozen may have come late as well, so it is made once more.
                item.shown = None;
            }
            // Somebody else has said meanwhile what we gave up: it stands.
            Happened::Ended(Status::Skipped | Status::Refused | Status::Intended) if item.message().is_some() => {}
            Happened::Ended(status) => item.status = status.clone(),
            Happened::Foreign => item.status = Status::Skipped,
            Happened::Disowned(fresh) => {
                item.marker = fresh.clone();
                item.status = Status::Intended;
                item.conversation = None;
                item.shown = None;
            }
        }
        Noted::Written
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::{Conversation, ConversationKind, Recipient};
    use crate::clock::Timestamp;
    use crate::request::Progress;

    fn ledger() -> (Ledger, Marker) {
        let marker = Marker::from_bytes(&[7; Marker::LENGTH]);
        let facts = Facts {
            user: "bob".into(),
            roles: vec!["dbadmin".into()],
            reason: String::new(),
            resolve_reason: String::new(),
            state: CardState::Pending,
            resources: vec![],
            created: None,
            expires: None,
            reviews: 0,
            progress: Progress::default(),
            choices: false,
        };
        let mut ledger = Ledger::new(facts);
        let to = Some(Recipient::Configured("lab/access".into()));
        ledger.items.push(Item::intent(What::Announcement, to, marker.clone(), Timestamp::from_millis(0)));
        (ledger, marker)
    }

    fn stands(message: &str) -> Happened {
        let conversation = Conversation { id: "c".into(), kind: ConversationKind::Channel };
        let message = MessageRef { conversation: "c".into(), message: message.into() };
        Happened::Stands { message, conversation, shown: Some("d".into()) }
    }

    #[test]
    fn what_somebody_else_has_said_meanwhile_stays_said() {
        let (mut ledger, marker) = ledger();
        assert_eq!(ledger.note(&marker, &stands("theirs")), Noted::Written);
        for given_up in [Status::Skipped, Status::Refused, Status::Intended] {
            ledger.note(&marker, &Happened::Ended(given_up));
            assert!(ledger.items[0].message().is_some());
        }
        let ours = MessageRef { conversation: "c".into(), message: "ours".into() };
        assert_eq!(ledger.note(&marker, &stands("ours")), Noted::Superseded(ours.clone()));
        let unknown = Marker::from_bytes(&[8; Marker::LENGTH]);
        assert_eq!(ledger.note(&unknown, &stands("ours")), Noted::Superseded(ours), "nobody would keep it true");
        ledger.note(&marker, &Happened::Foreign);
        assert_eq!(ledger.items[0].status, Status::Skipped, "unless the message is not ours at all");
    }

    #[test]
    fn an_update_that_may_have_come_late_is_made_once_more() {
        let (mut ledger, marker) = ledger();
        ledger.note(&marker, &stands("m"));
        ledger.doubt_messages();
        assert_eq!(ledger.items[0].unsure, Some(0));
        ledger.revision = 7;
        ledger.doubt_messages();
        ledger.note(&marker, &Happened::Settled(0));
        assert_eq!(ledger.items[0].unsure, Some(7), "somebody has taken over since");
        ledger.note(&marker, &Happened::Settled(7));
        assert_eq!((ledger.items[0].unsure, ledger.items[0].shown.as_deref()), (None, None));
        ledger.note(&marker, &Happened::Shows("d".into()));
        ledger.note(&marker, &Happened::Blurred);
        assert_eq!((ledger.items[0].shown.as_deref(), ledger.items[0].unsure), (None, Some(7)));
    }
}
