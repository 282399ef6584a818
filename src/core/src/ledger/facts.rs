//! What is known of a request, kept in the ledger so that a message can be brought to its end after the request is gone.

use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use crate::backend::CardState;
use crate::clock::Timestamp;
use crate::request::{AccessRequest, Progress};
use crate::text::hex;

/// What messages say about a request.
///
/// The Go plugin's keys hold the user, the roles and the two reasons already, so those are not stored a second time.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Facts {
    /// Who asks.
    #[serde(skip)]
    pub user: String,
    /// For which roles.
    #[serde(skip)]
    pub roles: Vec<String>,
    /// Why.
    #[serde(skip)]
    pub reason: String,
    /// Why it was resolved as it was.
    #[serde(skip)]
    pub resolve_reason: String,
    /// Where it stands, or how it ended.
    #[serde(rename = "s", with = "state_letter")]
    pub state: CardState,
    /// For which resources.
    #[serde(rename = "res", default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<String>,
    /// When it was made.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub created: Option<Timestamp>,
    /// Until when it can be decided.
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// How many reviews there are.
    #[serde(rename = "n", default)]
    pub reviews: u32,
    /// What they say.
    #[serde(rename = "p", default)]
    pub progress: Progress,
    /// Whether it can be decided in the chat, so that messages show how.
    #[serde(rename = "b", default, skip_serializing_if = "std::ops::Not::not")]
    pub choices: bool,
}

impl Facts {
    /// What a living request says.
    pub fn of(request: &AccessRequest) -> Self {
        Self {
            user: request.user.clone(),
            roles: request.roles.clone(),
            reason: request.reason.clone(),
            resolve_reason: request.resolve_reason.clone(),
            state: request.state.into(),
            resources: request.resources.iter().map(ToString::to_string).collect(),
            created: request.created,
            expires: request.expires,
            reviews: u32::try_from(request.reviews.len()).unwrap_or(u32::MAX),
            progress: request.progress(),
            choices: false,
        }
    }

    /// A short name of everything in a message that can change. Two programs that disagree on it would update each
    /// other's messages for ever, so what goes in, and how, changes only together with the ledger's version.
    pub fn digest(&self) -> String {
        let Progress { approvals, denials, needed } = self.progress;
        let mut text = format!(
            "1|{}|{}|{approvals}|{denials}|{}|{}",
            self.state.word(),
            self.reviews,
            needed.map_or(0, u64::from),
            self.resolve_reason
        );
        if self.choices && self.state == CardState::Pending {
            text.push_str("|choices");
        }
        hex(&digest(&SHA256, text.as_bytes()).as_ref()[..8])
    }
}

/// One letter for each state, in the ledger and in reply kinds.
pub(crate) mod state_letter {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::backend::CardState;

    const LETTERS: [(CardState, &str); 6] = [
        (CardState::Pending, "P"),
        (CardState::Approved, "A"),
        (CardState::Denied, "D"),
        (CardState::Promoted, "M"),
        (CardState::Expired, "E"),
        (CardState::Removed, "R"),
    ];

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
    pub(crate) fn serialize<S: Serializer>(state: &CardState, to: S) -> Result<S::Ok, S::Error> {
        let letter = LETTERS.iter().find(|(s, _)| s == state).map_or("P", |(_, letter)| letter);
        to.serialize_str(letter)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<CardState, D::Error> {
        let letter = String::deserialize(from)?;
        let known = LETTERS.iter().find(|(_, l)| *l == letter);
        known.map(|(state, _)| *state).ok_or_else(|| D::Error::custom(format!("unknown state {letter:?}")))
    }
}
