//! One person's vote, sealed so that nobody else can have cast it.
//!
//! Votes are kept in the ledger, which others can write. Each carries a seal over all that it means; one whose seal does
//! not verify was not cast through us and does not count.

use serde::{Deserialize, Serialize};

use super::keys::{Keys, Purpose, Seal};
use crate::backend::decision::{Action, ChatUser};
use crate::clock::Timestamp;
use crate::request::AccessRequest;

const VERSION: &[u8] = b"1";

/// What is voted on, and where: what a vote is bound to beside itself.
#[derive(Clone, Copy, Debug)]
pub struct Election<'a> {
    /// The cluster's name.
    pub cluster: &'a str,
    /// The chat: the backend's name.
    pub chat: &'a str,
    /// The request, as the cluster has it now.
    pub request: &'a AccessRequest,
}

/// A vote.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Vote {
    /// Whose: a Teleport user.
    #[serde(rename = "u")]
    pub user: String,
    /// For what.
    #[serde(rename = "a")]
    pub action: Action,
    /// The chat account that it was cast with.
    #[serde(rename = "id")]
    pub account: String,
    /// That account's name at the time, for people.
    #[serde(rename = "n")]
    pub name: String,
    /// Why; may be empty.
    #[serde(rename = "w", default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The rules that this person is an approver of.
    #[serde(rename = "for")]
    pub rules: Vec<String>,
    /// When.
    #[serde(rename = "t")]
    pub at: Timestamp,
    #[serde(rename = "k")]
    key_id: String,
    #[serde(rename = "m")]
    pub(super) mac: String,
    /// Whether it was taken back, because that person may not decide any more.
    #[serde(rename = "x", default, skip_serializing_if = "std::ops::Not::not")]
    pub void: bool,
}

impl Vote {
    /// A vote of the Teleport user `user`, who is `who` in the chat and an approver of `rules`.
    pub fn cast(
        election: &Election<'_>,
        user: &str,
        who: &ChatUser,
        (action, reason): (Action, &str),
        rules: Vec<String>,
        at: Timestamp,
        keys: &Keys,
    ) -> Self {
        let mut vote = Self {
            user: user.to_owned(),
            action,
            account: who.id.0.clone(),
            name: who.name.clone(),
            reason: reason.to_owned(),
            rules,
            at,
            key_id: String::new(),
            mac: String::new(),
            void: false,
        };
        let Seal { key_id, mac } = keys.seal(Purpose::Vote, &borrow(&vote.fields(election)));
        (vote.key_id, vote.mac) = (key_id, mac);
        vote
    }

    /// Whether it was cast through us, in this election. Says nothing about whether it counts.
    pub fn is_genuine(&self, election: &Election<'_>, keys: &Keys) -> bool {
        let seal = Seal { key_id: self.key_id.clone(), mac: self.mac.clone() };
        keys.verifies(Purpose::Vote, &seal, &borrow(&self.fields(election)))
    }

    /// Whether its seal says that it was made with one of our secrets: if not, it may be an old one of ours all the same.
    pub fn names_our_secret(&self, keys: &Keys) -> bool {
        keys.knows(&self.key_id)
    }

    fn fields(&self, election: &Election<'_>) -> Vec<Vec<u8>> {
        let Election { cluster, chat, request } = election;
        let mut fields: Vec<Vec<u8>> = vec![VERSION.to_vec()];
        let texts = [
            cluster,
            chat,
            request.id.as_str(),
            request.user.as_str(),
            &self.user,
            self.action.word(),
            &self.account,
            &self.name,
            &self.reason,
        ];
        fields.extend(texts.map(|text| text.as_bytes().to_vec()));
        fields.push(self.at.as_millis().to_be_bytes().to_vec());
        // Whoever asks can let a request end and make another one of the same name.
        let created = request.created.map_or_else(|| "-".to_owned(), |created| created.as_millis().to_string());
        fields.push(created.into_bytes());
        let resources: Vec<String> = request.resources.iter().map(|r| format!("{}/{r}", r.cluster)).collect();
        for list in [&request.roles, &resources, &self.rules] {
            fields.push(list.len().to_be_bytes().to_vec());
            fields.extend(list.iter().map(|text| text.as_bytes().to_vec()));
        }
        fields
    }
}

fn borrow(fields: &[Vec<u8>]) -> Vec<&[u8]> {
    fields.iter().map(Vec::as_slice).collect()
}
