//! Decisions from the chat: who may decide, what proves that a button is ours, and what is kept of it.
//!
//! Everything here is pure; [`engine`](crate::engine) asks Teleport and the chat, and carries out what was decided. In
//! two modes Teleport guards ([`Mode::OnBehalf`], and [`Mode::Link`], in which nothing is decided here); in the other two
//! the [`Policy`] does, votes are collected in the ledger, and each vote is sealed with a key that only the bot has.

pub mod audit;
mod form;
mod identity;
mod keys;
mod mode;
mod pace;
mod policy;
mod proof;
mod reason;
mod tally;
mod vote;

use std::sync::Arc;

pub use form::Form;
pub use identity::{How, IDENTITY_KEYS, IdentityRules};
pub use keys::{KeyError, Keys};
pub use mode::Mode;
pub use pace::{Bucket, Pace};
pub use policy::{Approver, MOST_PEOPLE, Policy, Rule, RuleError};
pub use proof::{Button, Place};
pub use reason::{LONGEST_REASON, ReasonPolicy, ReasonProblem};
pub use tally::{Tally, Verdict, tally};
pub use vote::{Election, Vote};

use audit::AuditLog;

/// How decisions are taken in the chat, for all backends.
#[derive(Debug)]
pub struct Review {
    /// What a decision becomes.
    pub mode: Mode,
    /// What proofs, forms and votes are sealed with.
    pub keys: Keys,
    /// Who may decide, where Teleport does not say.
    pub policy: Policy,
    /// Whether whoever decides must say why.
    pub reason: ReasonPolicy,
    /// Where every decision and every refusal is written.
    pub audit: Arc<AuditLog>,
}

impl Review {
    /// What is asked of whoever decides a request for these roles; `None` if it cannot be decided in the chat.
    pub fn asks(&self, roles: &[String]) -> Option<Vec<&ReasonPolicy>> {
        match self.mode {
            Mode::Link => None,
            Mode::OnBehalf => Some(vec![&self.reason]),
            Mode::AsBot | Mode::SetState => {
                let needed = self.policy.rules_for(roles)?;
                Some(needed.into_iter().map(|rule| rule.reason.as_ref().unwrap_or(&self.reason)).collect())
            }
        }
    }
}
