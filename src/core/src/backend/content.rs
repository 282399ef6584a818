//! What a message says: meaning, not markup.
//!
//! The engine writes the words; a backend turns them into its markup within its own limits. Text that came from outside
//! is marked as such, and a backend must show it as text: it can neither mention anybody, nor break out of its place,
//! nor imitate a field. When something does not fit, the least important field goes first ([`Field`] order is the order
//! of display; [`FieldKind::importance`] that of dropping), characters are never split, and a cut says that it is one.

use super::decision::Choices;
use crate::clock::Timestamp;
use crate::request::{Progress, RequestId, RequestState};

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// The standing message about a request, which is updated until the request ends.
    Card(Box<Card>),
    /// A sentence that is posted once and stays as it is: a reply in a thread, or word to the requester.
    Note(Note),
}

/// For whom a card is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// People who may decide.
    Reviewers,
    /// The person who asked.
    Requester,
}

/// The state that a card shows. Two more than Teleport has, for requests that are gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CardState {
    /// Waits for reviews.
    Pending,
    /// Access was granted.
    Approved,
    /// Access was refused.
    Denied,
    /// Became a membership of an access list.
    Promoted,
    /// Nobody decided in time.
    Expired,
    /// Somebody removed the request before it was decided.
    Removed,
}

impl CardState {
    /// One word for people: `APPROVED`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Approved => "APPROVED",
            Self::Denied => "DENIED",
            Self::Promoted => "PROMOTED",
            Self::Expired => "EXPIRED",
            Self::Removed => "REMOVED",
        }
    }

    /// A sign that goes with the word.
    pub fn emoji(self) -> &'static str {
        match self {
            Self::Pending => "⏳",
            Self::Approved => "✅",
            Self::Denied => "❌",
            Self::Promoted => "📋",
            Self::Expired => "⌛",
            Self::Removed => "🗑️",
        }
    }

    /// Whether reviewers are still waited for.
    pub fn is_open(self) -> bool {
        self == Self::Pending
    }
}

impl From<RequestState> for CardState {
    fn from(state: RequestState) -> Self {
        match state {
            RequestState::Pending => Self::Pending,
            RequestState::Approved => Self::Approved,
            RequestState::Denied => Self::Denied,
            RequestState::Promoted => Self::Promoted,
        }
    }
}

/// A piece of text within a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Span {
    /// Our own words; plain text without markup all the same.
    Ours(String),
    /// Words from outside, to be escaped.
    Theirs(String),
    /// A moment, to be shown as the reader's chat shows times.
    Time(Timestamp),
}

/// The standing message about a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// The request. Always shown.
    pub request: RequestId,
    /// For whom it is written.
    pub audience: Audience,
    /// Where the request stands; also sets the colour.
    pub state: CardState,
    /// One line that a phone's notification shows: who asks for what, or how it ended.
    pub headline: Vec<Span>,
    /// What reviewers need to know, in order of display.
    pub fields: Vec<Field>,
    /// How to act on it, while it is open, or where to look at it.
    pub link: Option<Link>,
    /// What can be decided right here, if anything.
    pub choices: Option<Choices>,
}

/// A labelled piece of a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// What it is.
    pub kind: FieldKind,
    /// What it says.
    pub value: FieldValue,
}

/// The fields of a card, in order of display.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FieldKind {
    /// Who asks.
    User,
    /// For which roles.
    Roles,
    /// For which resources.
    Resources,
    /// Why.
    Reason,
    /// Since when.
    Requested,
    /// Until when it can be decided, or the access lasts.
    Expires,
    /// What the reviewers said so far.
    Reviews,
    /// How it stands or ended, and why.
    Status,
}

impl FieldKind {
    /// The label that people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Roles => "Roles",
            Self::Resources => "Resources",
            Self::Reason => "Reason",
            Self::Requested => "Requested",
            Self::Expires => "Expires",
            Self::Reviews => "Reviews",
            Self::Status => "Status",
        }
    }

    /// Fields of the lowest importance are shortened and dropped first. `User`, `Roles` and `Status` are never dropped.
    pub fn importance(self) -> u8 {
        match self {
            Self::User | Self::Roles | Self::Status => 4,
            Self::Reason | Self::Resources => 3,
            Self::Reviews => 2,
            Self::Expires => 1,
            Self::Requested => 0,
        }
    }

    /// Whether the value is short enough to stand beside another field.
    pub fn is_short(self) -> bool {
        !matches!(self, Self::Resources | Self::Reason | Self::Status)
    }
}

/// What a field says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldValue {
    /// One line of text from outside.
    Name(String),
    /// Several short texts from outside.
    Names(Vec<String>),
    /// Text of any length and any number of lines from outside.
    Quote(String),
    /// A moment.
    Time(Timestamp),
    /// Review progress.
    Progress(Progress),
    /// The state, and the reason that was given for it (from outside, may be empty).
    Status(CardState, String),
}

/// How to act on a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// A page in Teleport's web UI.
    Web(String),
    /// Command lines for administrators, on clusters where the web UI cannot review.
    Commands(Vec<String>),
}

/// A sentence that is posted once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The state that the sentence speaks of, for its sign.
    pub state: CardState,
    /// The sentence.
    pub line: Vec<Span>,
    /// Words of somebody else that go with it, of any length and any number of lines: a reason. From outside.
    pub quote: Option<String>,
    /// How to act on it, if the reader can.
    pub link: Option<Link>,
}
