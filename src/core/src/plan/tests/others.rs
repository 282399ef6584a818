//! What others have written: strangers, and the Go plugin.

use super::*;
use crate::ledger::{Facts, GoKeys};
use crate::plan::{absorb_go, adopt};

#[test]
fn an_intent_for_a_stranger_is_dropped_and_the_configured_recipients_are_told() {
    let random = Random::seeded(2);
    let stranger = Policy { recipients: vec![Recipient::Configured("lab/town-square".into())], ..Policy::default() };
    let forged = intend(None, &living(Pending, &[]), &stranger, NOW, &mut || random.marker()).unwrap();
    let seen = living(Pending, &[]);
    let mended = intend(Some(forged), &seen, &policy(), NOW, &mut || random.marker()).unwrap();
    let mended = intend(Some(mended), &seen, &policy(), NOW, &mut || random.marker()).unwrap();
    let told: Vec<_> = mended
        .announcements()
        .filter(|(_, item)| item.status == Status::Intended)
        .filter_map(|(_, item)| item.to.clone())
        .collect();
    assert_eq!(told, policy().recipients);
    let again = intend(Some(mended.clone()), &seen, &policy(), NOW, &mut || random.marker()).unwrap();
    assert_eq!(again, mended, "and that only once");
}

#[test]
fn what_the_go_plugin_announced_is_adopted_and_not_told_again() {
    let random = Random::seeded(2);
    let go = GoKeys {
        user: "bob".into(),
        roles: "dbadmin".into(),
        reviews_count: 1,
        messages: vec![MessageRef { conversation: "c0".into(), message: "p".into() }],
        ..GoKeys::default()
    };
    let mut desk = Desk::new();
    let seen = request(Pending, &[("alice", Approved)]);
    desk.ledger = Some(adopt(&go, Facts::of(&seen), NOW, &mut || random.marker()));
    desk.see(&living(Pending, &[("alice", Approved)]), &Sighting::Gone, NOW);
    assert_eq!((desk.said.len(), desk.updates), (0, 1));
    desk.see(&living(Approved, &[("alice", Approved), ("ivan", Approved)]), &Sighting::Gone, NOW);
    let decided = What::Decided { state: CardState::Approved };
    let end = What::Resolution { under: 0, state: CardState::Approved };
    assert_eq!(desk.kinds(), [&What::Review { under: 0, number: 2 }, &end, &decided]);
}

#[test]
fn what_the_go_plugin_did_meanwhile_is_not_told_again() {
    let mut desk = Desk::new();
    desk.see(&living(Pending, &[]), &Sighting::Gone, NOW);
    let go = GoKeys { reviews_count: 1, resolution: "APPROVED".into(), ..GoKeys::default() };
    let random = Random::seeded(9);
    assert!(absorb_go(desk.ledger.as_mut().unwrap(), &go, NOW, &mut || random.marker()));
    desk.said.clear();
    desk.see(&living(Approved, &[("alice", Approved)]), &Sighting::Gone, NOW);
    assert_eq!(desk.kinds(), [&What::Decided { state: CardState::Approved }], "which the Go plugin does not tell");
    assert_eq!(desk.updates, 2, "the Go plugin's edits are replaced");
}
