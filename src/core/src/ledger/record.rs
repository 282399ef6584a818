//! Between the flat record that Teleport stores and the ledger: two layers, the Go plugin's keys and our own.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use serde::Deserialize;

use super::{Facts, GoKeys, Ledger, VERSION};
use crate::teleport::{Record, RecordChange};

/// The key of our own layer.
pub const OUR_KEY: &str = "accessbot";

/// The largest ledger that is read. Teleport stores at most a million bytes for all plugins together.
const LARGEST: usize = 900_000;

/// The most replies to reviews that a ledger may call for. Its count of reviews is a number that anybody can write, and each
/// reply would be written down before it is posted.
const MOST_REPLIES: usize = 10_000;

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

/// Whether every reply names an announcement that is there, and every item has a marker of its own: what happened to one
/// would else be noted about another, and done again for ever. And whether there is an end to what it calls for.
fn is_sound(ledger: &Ledger) -> bool {
    let reviews = ledger.facts.reviews.saturating_sub(ledger.told_by_go) as usize;
    if ledger.announcements().count().saturating_mul(reviews) > MOST_REPLIES {
        return false;
    }
    let points_well = |under| ledger.items.get(under).is_some_and(super::Item::is_announcement);
    let mut markers = HashSet::new();
    ledger.items.iter().filter_map(|item| item.what.under()).all(points_well)
        && ledger.items.iter().all(|item| markers.insert(&item.marker))
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::backend::{CardState, Marker, MessageRef, Recipient};
    use crate::clock::Timestamp;
    use crate::ledger::{Item, Status, What};
    use crate::request::Progress;

    fn ledger(reason: &str) -> Ledger {
        let facts = Facts {
            user: "bob".into(),
            roles: vec!["dbadmin".into(), "shortlived".into()],
            reason: reason.into(),
            resolve_reason: String::new(),
            state: CardState::Pending,
            resources: vec!["node/db-1".into()],
            created: Some(Timestamp::from_millis(1)),
            expires: Some(Timestamp::from_millis(2)),
            reviews: 1,
            progress: Progress { approvals: 1, denials: 0, needed: Some(2) },
            choices: false,
        };
        let mut ledger = Ledger::new(facts);
        let marker = |number| Marker::from_bytes(&[number; Marker::LENGTH]);
        let to = Some(Recipient::Configured("lab/access".into()));
        let mut standing = Item::intent(What::Announcement, to, marker(1), Timestamp::from_millis(3));
        standing.status = Status::Standing(MessageRef { conversation: "c1".into(), message: "p1".into() });
        ledger.items.push(standing);
        let reply = What::Review { under: 0, number: 1 };
        ledger.items.push(Item::intent(reply, None, marker(2), Timestamp::from_millis(4)));
        ledger
    }

    fn written(ledger: &Ledger) -> Record {
        change(&Record::new(), ledger, true).unwrap().1
    }

    #[test]
    fn the_form_of_the_ledger_is_stable() {
        // A program that reads this must also read what an older one wrote: change it only with the version.
        let record = written(&ledger("need prod db"));
        let text: Vec<String> = record.iter().map(|(key, value)| format!("{key}: {value}")).collect();
        insta::assert_snapshot!(text.join("\n"), @r#"
        accessbot: {"v":1,"rev":0,"f":{"s":"P","res":["node/db-1"],"c":1,"e":2,"n":1,"p":{"a":1,"d":0,"of":2}},"i":[{"w":"ann","to":{"c":"lab/access"},"m":"bbbbbbbbbbbbbbbbbbbbbbbbbb","t":3,"s":{"at":{"c":"c1","m":"p1"}}},{"w":{"rev":{"under":0,"number":1}},"m":"cccccccccccccccccccccccccc","t":4,"s":"intent"}]}
        messages: c1/p1
        request_reason: need prod db
        reviews_count: 1
        roles: dbadmin,shortlived
        user: bob
        "#);
    }

    #[test]
    fn two_items_with_one_marker_are_no_ledger() {
        let mut twice = ledger("why");
        twice.items[1].marker = twice.items[0].marker.clone();
        assert!(matches!(read(&written(&twice)), Stored::Garbage(_)));
    }

    #[test]
    fn replies_without_end_are_no_ledger() {
        let sound = |reviews, told_by_go| {
            let mut ledger = ledger("why");
            (ledger.facts.reviews, ledger.told_by_go) = (reviews, told_by_go);
            matches!(read(&written(&ledger)), Stored::Ours(..))
        };
        assert!(sound(10_000, 0));
        assert!(!sound(10_001, 0));
        assert!(!sound(u32::MAX, 0));
        assert!(sound(u32::MAX, u32::MAX), "nothing is left to tell");
        assert!(sound(0, u32::MAX));
    }

    #[test]
    fn a_claim_expects_every_key_to_be_absent() {
        let (change, _) = change(&Record::new(), &ledger(""), true).unwrap();
        assert_eq!(change.expect.len(), GoKeys::NAMES.len() + 1);
        assert!(change.expect.values().all(String::is_empty));
    }

    #[test]
    fn a_later_write_expects_what_was_read_and_sets_only_what_changes() {
        let before = written(&ledger("why"));
        let mut next = ledger("why");
        next.revision = 2;
        next.facts.state = CardState::Approved;
        let (change, after) = change(&before, &next, true).unwrap();
        assert_eq!(change.expect[OUR_KEY], before[OUR_KEY]);
        assert_eq!(change.expect["messages"], "c1/p1");
        assert_eq!(change.set.keys().map(String::as_str).collect::<Vec<_>>(), [OUR_KEY, "resolution"]);
        assert_eq!(after["resolution"], "APPROVED");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(reason in ".*", revision: u64) {
            let mut ledger = ledger(&reason);
            ledger.revision = revision;
            let Stored::Ours(read, go) = read(&written(&ledger)) else { panic!("not read as ours") };
            prop_assert_eq!(*read, ledger);
            prop_assert_eq!(go.messages.len(), 1);
        }

        /// Whatever somebody writes there, reading it neither panics nor takes it for more than it is.
        #[test]
        fn anything_can_stand_in_a_record(
            entries in proptest::collection::btree_map("accessbot|messages|user|roles|reviews_count|[a-z]{1,8}", ".*", 0..8),
            cut in any::<prop::sample::Index>(),
        ) {
            let _ = read(&entries);
            let mut record = written(&ledger("x"));
            let text = &record[OUR_KEY];
            let at = text.floor_char_boundary(cut.index(text.len()));
            let cut = text[..at].to_owned();
            record.insert(OUR_KEY.into(), cut);
            prop_assert!(!matches!(read(&record), Stored::Ours(..)), "a truncated ledger is not a ledger");
        }
    }
}
