//! Between the flat record that Teleport stores and the ledger: two layers, the Go plugin's keys and our own.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use serde::Deserialize;

use super::{Facts, GoKeys, Ledger, VERSION};
use crate::teleport::{Record, RecordChange};

/// The key of our own layer.
pub const OUR_KEY: &str = "accessbot";

/// The largest ledger that is read. Teleport stores at most a million bytes for all plugins together.
const LARGEST: usize = 900_000;

/// The version alone, which every ledger has, whatever else it holds.
#[derive(Deserialize)]
struct Version {
    v: u32,
}

/// What a record turned out to be. It is untrusted input: whoever may write plugin data can put anything there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stored {
    /// Nobody has taken the request up.
    Nothing,
    /// Our ledger, and the Go keys beside it, which a Go plugin may have moved on.
    Ours(Box<Ledger>, GoKeys),
    /// A Go plugin has taken it up.
    GoPlugin(GoKeys),
    /// Our key holds a ledger of a version that this program does not know: left alone.
    Newer(u32),
    /// Our key holds something that no accessbot wrote; the Go keys may be good.
    Garbage(GoKeys),
}

/// Reads a record.
pub fn read(record: &Record) -> Stored {
    let go = GoKeys::read(record);
    let Some(text) = record.get(OUR_KEY).filter(|text| !text.is_empty()) else {
        return if go.is_claim() { Stored::GoPlugin(go) } else { Stored::Nothing };
    };
    if text.len() > LARGEST {
        return Stored::Garbage(go);
    }
    match serde_json::from_str::<Version>(text) {
        Ok(Version { v }) if v > VERSION => return Stored::Newer(v),
        Ok(_) => {}
        Err(_) => return Stored::Garbage(go),
    }
    match serde_json::from_str::<Ledger>(text) {
        Ok(mut ledger) if is_sound(&ledger) => {
            ledger.facts.user.clone_from(&go.user);
            ledger.facts.roles = go.role_list();
            ledger.facts.reason.clone_from(&go.reason);
            ledger.facts.resolve_reason.clone_from(&go.resolve_reason);
            Stored::Ours(Box::new(ledger), go)
        }
        _ => Stored::Garbage(go),
    }
}

/// Whether every reply names an announcement that is there.
fn is_sound(ledger: &Ledger) -> bool {
    let points_well = |under| ledger.items.get(under).is_some_and(super::Item::is_announcement);
    ledger.items.iter().filter_map(|item| item.what.under()).all(points_well)
}

/// The Go plugin's view of a ledger.
fn go_keys(ledger: &Ledger, messages_for_go: bool) -> GoKeys {
    let Facts { user, roles, reason, resolve_reason, state, reviews, .. } = &ledger.facts;
    let standing = ledger.announcements().filter_map(|(_, item)| item.message().cloned());
    GoKeys {
        user: user.clone(),
        roles: roles.join(","),
        reason: reason.clone(),
        reviews_count: *reviews,
        resolution: GoKeys::resolution_of(*state).to_owned(),
        resolve_reason: resolve_reason.clone(),
        messages: if messages_for_go { standing.collect() } else { Vec::new() },
    }
}

/// The change that turns the record `old` into `ledger`, and the record as it will be. Every key that we know is
/// expected to be as it was read, so nothing that somebody else wrote meanwhile is lost or missed.
pub fn change(
    old: &Record,
    ledger: &Ledger,
    messages_for_go: bool,
) -> Result<(RecordChange, Record), serde_json::Error> {
    let mut new = old.clone();
    go_keys(ledger, messages_for_go).write(&mut new);
    new.insert(OUR_KEY.to_owned(), serde_json::to_string(ledger)?);
    let known = || GoKeys::NAMES.into_iter().chain([OUR_KEY]);
    let value = |record: &Record, key| record.get(key).cloned().unwrap_or_default();
    let expect = known().map(|key| (key.to_owned(), value(old, key))).collect();
    let set =
        known().filter(|key| old.get(*key) != new.get(*key)).map(|key| (key.to_owned(), value(&new, key))).collect();
    Ok((RecordChange { set, expect }, new))
}

/// A short name of a record's content, to see whether it changed. Only compared within one process.
pub fn fingerprint(record: &Record) -> u64 {
    let mut hasher = DefaultHasher::new();
    record.hash(&mut hasher);
    hasher.finish()
}
