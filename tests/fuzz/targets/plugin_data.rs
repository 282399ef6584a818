//! Plugin data: whoever may write it can put anything there, and all that is made of it must come to an end.
//!
//! The parts of the input are divided by the byte 0x1E: our ledger first, then the Go plugin's keys in the order of
//! [`GoKeys::NAMES`].
#![no_main]

use std::sync::LazyLock;
use std::time::Duration;

use accessbot_core::backend::{CardState, Marker, Recipient};
use accessbot_core::clock::Timestamp;
use accessbot_core::ledger::{self, Facts, GoKeys, Ledger, OUR_KEY, Stored};
use accessbot_core::plan::{self, Attempts, Policy, Sighting};
use accessbot_core::request::{AccessRequest, RequestId, RequestState};
use accessbot_core::review::{Approver, Election, Keys, Rule, tally};
use accessbot_core::secret::Secret;
use accessbot_core::teleport::Record;
use libfuzzer_sys::{Corpus, fuzz_target};
use tokio::time::Instant;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
/// More than all announcements, replies and words for as many bytes can honestly be.
const MOST_ITEMS: usize = 50_000;

/// Nothing in an input was sealed with this.
static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let secret = Secret::new("3f9a1c77d2e84b06a5b1c9d0e7f2341886acbd90571e2f3a4b5c6d7e8f901234");
    Keys::new(&secret, None).expect("a secret of 64 different enough letters")
});

fuzz_target!(|data: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(data) else { return Corpus::Reject };
    let names = std::iter::once(OUR_KEY).chain(GoKeys::NAMES);
    let values = text.split('\u{1e}');
    let record: Record = names.zip(values).map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    match ledger::read(&record) {
        Stored::Ours(ledger, go) => ours(&record, &ledger, &go),
        Stored::GoPlugin(go) | Stored::Garbage(go) => theirs(&go),
        Stored::Nothing | Stored::Newer(_) => {}
    }
    Corpus::Keep
});

fn ours(record: &Record, ledger: &Ledger, go: &GoKeys) {
    // What is read is written as it was read.
    let (change, written) = ledger::change(record, ledger, true).expect("what was JSON can be JSON again");
    assert!(change.expect.contains_key(OUR_KEY), "a write without a condition");
    let Stored::Ours(again, _) = ledger::read(&written) else { panic!("what was written is not read") };
    assert_eq!(*again, tidied(ledger));

    let election = Election { cluster: "lab", chat: "mattermost", request: &request() };
    let rule = rule();
    let tally = tally(&election, &ledger.votes, &[&rule], &KEYS);
    assert!(tally.counted.is_empty() && tally.verdict.is_none(), "a vote that nobody cast counts");

    let requester = Recipient::Person("bob".to_owned());
    plan::is_settled(ledger, go, Some(requester.clone()));
    let policy = Policy {
        recipients: vec![Recipient::Configured("lab/access".to_owned())],
        requester: Some(requester),
        tally: Some(tally),
        ..Policy::default()
    };
    for sighting in [Sighting::Living(Box::new(request())), Sighting::Gone] {
        let mut ledger = ledger.clone();
        plan::absorb_go(&mut ledger, go, NOW, &mut markers());
        plan::lowers(&ledger, &sighting);
        planned(ledger, &sighting, &policy);
    }
}

fn theirs(go: &GoKeys) {
    let adopted = plan::adopt(go, Facts::of(&request()), NOW, &mut markers());
    planned(adopted, &Sighting::Gone, &Policy::default());
}

/// Rounds of the plan. What a stranger intended is dropped in the first, and made good in the second, if nothing is left
/// then; a third must find nothing to add.
fn planned(ledger: Ledger, sighting: &Sighting, policy: &Policy) {
    let mut more = markers();
    let mut round = |ledger: &Ledger| {
        let wanted = plan::intend(Some(ledger.clone()), sighting, policy, NOW, &mut more).expect("a ledger stays one");
        assert!(wanted.items.len() < MOST_ITEMS, "{} items", wanted.items.len());
        assert!((wanted.facts.state == CardState::Pending) == sighting.request().is_some());
        plan::next(&wanted, &mut Attempts::default(), Instant::now(), Duration::from_secs(60));
        wanted
    };
    let first = round(&ledger);
    let second = round(&first);
    assert_eq!(round(&second), second, "planning goes on for ever");
}

/// A ledger as it is read back: what has a place among the Go plugin's keys is only kept there.
fn tidied(ledger: &Ledger) -> Ledger {
    let mut tidy = ledger.clone();
    tidy.facts.roles.retain(|role| !role.is_empty());
    tidy
}

fn markers() -> impl FnMut() -> Marker {
    let mut count = 0_u64;
    move || {
        count += 1;
        let mut bytes = [31; Marker::LENGTH];
        for (place, byte) in bytes.iter_mut().enumerate().take(13) {
            *byte = u8::try_from(count >> (5 * place) & 31).unwrap_or(0);
        }
        Marker::from_bytes(&bytes)
    }
}

fn rule() -> Rule {
    let approvers = vec![Approver::User("alice".to_owned()), Approver::User("ivan".to_owned())];
    Rule { roles: "*".to_owned(), approvers, approvals: 1, denials: 1, reason: None }
}

fn request() -> AccessRequest {
    AccessRequest {
        id: RequestId::new("f7a02cf7-2c95-4bb1-be9c-2e3183218a87"),
        user: "bob".to_owned(),
        roles: vec!["dbadmin".to_owned()],
        resources: Vec::new(),
        state: RequestState::Pending,
        reason: "need prod db".to_owned(),
        resolve_reason: String::new(),
        created: Some(NOW),
        expires: Some(NOW.plus(Duration::from_secs(3600))),
        access_expires: None,
        reviews: Vec::new(),
        thresholds: Vec::new(),
        role_thresholds: std::collections::BTreeMap::new(),
        suggested_reviewers: Vec::new(),
        long_term: false,
    }
}
