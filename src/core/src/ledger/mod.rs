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

/// The version of the ledger's form that this program writes and reads.
pub const VERSION: u32 = 1;

/// What the bot has said about one request on one backend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// The form's version.
    #[serde(rename = "v")]
    pub version: u32,
    /// How often it was written.
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
        Self { version: VERSION, revision: 0, lease: None, facts, told_by_go: 0, items: Vec::new() }
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
        self.facts.state != CardState::Pending && !self.is_unfinished() && !self.items.iter().any(|item| item.unsure)
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
            Happened::Unclear => item.unsure = true,
            Happened::Settled => item.unsure = false,
            Happened::Ended(status) => item.status = status.clone(),
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
